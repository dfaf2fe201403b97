"""Addresses of OVH's API, with and without `/1.0`."""

from django.urls import path

from ai_core.doors.ovh import views
from ai_core.doors.ovh.errors import unknown_address
from ai_core.doors.paths import both

_V1 = ("1.0/",)
_JOBS = "cloud/project/<str:project_id>/ai/job"
_JOB = f"{_JOBS}/<str:job_id>"

urlpatterns = [
    *both("auth/time", views.TimeView, "ovh-time", prefixes=_V1),
    *both(_JOBS, views.JobsView, "ovh-jobs", prefixes=_V1),
    *both(_JOB, views.JobView, "ovh-job", prefixes=_V1),
    *both(f"{_JOB}/kill", views.KillView, "ovh-job-kill", prefixes=_V1),
    *both(f"{_JOB}/stop", views.StopView, "ovh-job-stop", prefixes=_V1),
    *both(f"{_JOB}/log", views.LogView, "ovh-job-log", prefixes=_V1),
    *both(f"{_JOB}/label", views.LabelView, "ovh-job-label", prefixes=_V1),
    path("1.0/<path:rest>", unknown_address),
    path("cloud/<path:rest>", unknown_address),
]
