"""The URL map of monitoring: patients first, then the team."""

from django.urls import path

from monitoring.views import alerts, check_ins, dashboards, health, plans, rules

urlpatterns = [
    path("", check_ins.home, name="home"),
    path("checkin/", check_ins.start_check_in, name="start_check_in"),
    path("checkin/<int:number>/", check_ins.check_in_step, name="check_in_step"),
    path("checkin/<int:number>/save/", check_ins.autosave, name="autosave"),
    path("checkin/send/", check_ins.send_check_in, name="send_check_in"),
    path("checkin/done/", check_ins.check_in_done, name="check_in_done"),
    path("help/", check_ins.help_now, name="help_now"),
    path("me/", check_ins.my_settings, name="my_settings"),
    path("me/consent/", check_ins.decide_consent, name="decide_consent"),
    path("me/chart/", dashboards.my_chart, name="my_chart"),
    path("caseload/", dashboards.caseload, name="caseload"),
    path("p/new/", plans.add_patient, name="add_patient"),
    path("p/<uuid:episode_id>/", dashboards.trajectory, name="trajectory"),
    path("alerts/", alerts.alert_queue, name="alert_queue"),
    path("alerts/<uuid:alert_id>/", alerts.alert_detail, name="alert_detail"),
    path("alerts/<uuid:alert_id>/step/", alerts.alert_step, name="alert_step"),
    path("clinic/rules/", rules.clinic_rules, name="clinic_rules"),
    path("livez", health.livez, name="livez"),
    path("healthz", health.healthz, name="healthz"),
]
