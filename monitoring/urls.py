"""The URL map of monitoring: patients first, then the team."""

from django.urls import path

from monitoring.views import alerts, check_ins, dashboards, health, offline, plans, reminders, rules

urlpatterns = [
    path("", check_ins.home, name="home"),
    path("checkin/", check_ins.start_check_in, name="start_check_in"),
    path("checkin/<int:number>/", check_ins.check_in_step, name="check_in_step"),
    path("checkin/<int:number>/save/", check_ins.autosave, name="autosave"),
    path("checkin/send/", check_ins.send_check_in, name="send_check_in"),
    path("checkin/later/", reminders.ask_later, name="ask_later"),
    path("checkin/done/", check_ins.check_in_done, name="check_in_done"),
    path("help/", check_ins.help_now, name="help_now"),
    path("c/", reminders.link_start, name="link_start"),
    path("c/done/", reminders.link_receipt, name="link_receipt"),
    path("c/new/", reminders.new_link, name="new_link"),
    path("c/<str:link>/", reminders.open_link, name="open_link"),
    path("offline/", offline.offline_page, name="offline_page"),
    path("service-worker.js", offline.service_worker, name="service_worker"),
    path("me/reminders/", reminders.my_reminders, name="my_reminders"),
    path("me/reminders/pause/", reminders.pause_check_ins, name="pause_check_ins"),
    path("me/reminders/resume/", reminders.resume_check_ins, name="resume_check_ins"),
    path("me/", check_ins.my_settings, name="my_settings"),
    path("me/consent/", check_ins.decide_consent, name="decide_consent"),
    path("me/chart/", dashboards.my_chart, name="my_chart"),
    path("caseload/", dashboards.caseload, name="caseload"),
    path("p/new/", plans.add_patient, name="add_patient"),
    path("p/<uuid:episode_id>/", dashboards.trajectory, name="trajectory"),
    path("p/<uuid:episode_id>/pause/", reminders.pause_episode, name="pause_episode"),
    path("alerts/", alerts.alert_queue, name="alert_queue"),
    path("alerts/<uuid:alert_id>/", alerts.alert_detail, name="alert_detail"),
    path("alerts/<uuid:alert_id>/step/", alerts.alert_step, name="alert_step"),
    path("clinic/rules/", rules.clinic_rules, name="clinic_rules"),
    path("livez", health.livez, name="livez"),
    path("healthz", health.healthz, name="healthz"),
]
