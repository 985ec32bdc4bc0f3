"""The root URL map."""

from django.urls import include, path

from config.web import views

urlpatterns = [
    path("csp", views.csp_report, name="csp_report"),
    path("accounts/", include("allauth.urls")),
    path("", include("patients.urls")),
    path("", include("monitoring.urls")),
]

handler500 = "monitoring.views.clinic.health.server_error"
