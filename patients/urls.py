"""The URL map of patients: joining, the clinic's people, and what is tried."""

from django.urls import path

from patients.views import accounts, browsers, care, clinics, exposure, invitations, joining, mending, people, rights

urlpatterns = [
    path("join/<str:token>/", joining.join, name="join"),
    path("join/<str:token>/not-me/", joining.decline, name="decline"),
    path("language/", browsers.choose_language, name="choose_language"),
    path("me/sign-out-everywhere/", browsers.sign_out_everywhere, name="sign_out_everywhere"),
    path("clinic/people/", people.people_page, name="people"),
    path("clinic/people/invite/", invitations.invite_staff, name="invite_staff"),
    path("clinic/people/patients/<uuid:patient_id>/invite/", invitations.invite_patient, name="invite_patient"),
    path(
        "clinic/people/invitations/<uuid:invitation_id>/resend/",
        invitations.resend_invitation,
        name="resend_invitation",
    ),
    path(
        "clinic/people/invitations/<uuid:invitation_id>/revoke/",
        invitations.revoke_invitation,
        name="revoke_invitation",
    ),
    path("clinic/people/roles/<uuid:role_id>/end/", people.end_role, name="end_role"),
    path("clinic/accounts/", accounts.accounts_page, name="accounts"),
    path("clinic/accounts/<uuid:proposal_id>/confirm/", accounts.confirm_colleague, name="confirm_colleague"),
    path("clinic/accounts/<uuid:proposal_id>/refuse/", accounts.refuse_colleague, name="refuse_colleague"),
    path("clinic/safety/", clinics.clinic_safety, name="clinic_safety"),
    path("clinic/choose/", clinics.choose_clinic, name="choose_clinic"),
    path("clinic/requests/", rights.clinic_requests, name="data_requests"),
    path("clinic/requests/<uuid:request_id>/", rights.answer_request, name="answer_request"),
    path("me/safety-plan/", rights.safety_plan, name="safety_plan"),
    path("me/safety-plan/edit/", rights.edit_safety_plan, name="edit_safety_plan"),
    path("me/safety-plan/versions/", rights.safety_plan_versions, name="safety_plan_versions"),
    path("me/access-log/", rights.access_log, name="access_log"),
    path("me/requests/", rights.my_requests, name="my_requests"),
    path("p/<uuid:episode_id>/safety-plan/", rights.read_safety_plan, name="read_safety_plan"),
    path("p/<uuid:episode_id>/interventions/new/", care.start_intervention, name="start_intervention"),
    path(
        "p/<uuid:episode_id>/interventions/<uuid:intervention_id>/change/",
        care.change_intervention,
        name="change_intervention",
    ),
    path(
        "p/<uuid:episode_id>/interventions/<uuid:intervention_id>/stop/",
        care.stop_intervention,
        name="stop_intervention",
    ),
    path(
        "p/<uuid:episode_id>/interventions/<uuid:intervention_id>/sessions/",
        exposure.record_session,
        name="record_session",
    ),
    path("p/<uuid:episode_id>/interventions/<uuid:intervention_id>/expect/", exposure.expect, name="expect"),
    path("p/<uuid:episode_id>/context/", exposure.episode_context, name="episode_context"),
    path("clinic/interactions/", exposure.interaction_list, name="interaction_list"),
    path("clinic/interactions/<uuid:pair_id>/remove/", exposure.remove_interaction, name="remove_interaction"),
    path("p/<uuid:episode_id>/account/", accounts.patient_account, name="patient_account"),
    path("p/<uuid:episode_id>/account/undo/", accounts.undo_claim, name="undo_claim"),
    path("p/<uuid:episode_id>/team/", care.care_team, name="care_team"),
    path("p/<uuid:episode_id>/team/<uuid:membership_id>/leave/", care.leave_care_team, name="leave_care_team"),
    path("p/<uuid:episode_id>/events/new/", care.add_life_event, name="add_life_event"),
    path("p/<uuid:episode_id>/details/", mending.edit_details, name="edit_details"),
    path("p/<uuid:episode_id>/entries/", mending.episode_entries, name="episode_entries"),
    path("p/<uuid:episode_id>/entries/<str:kind>/<uuid:entry_id>/take-out/", mending.void_entry, name="void_entry"),
]
