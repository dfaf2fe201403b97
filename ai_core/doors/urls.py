"""Addresses of the older front doors, from the root of the hub."""

from django.urls import include, path

from ai_core.doors import jobs_door, releases, wizard
from ai_core.doors.paths import both

_JOB = "api/jobs/<str:id>"
_RELEASE = "api/releases/<int:id>"
_DRAFT = "api/wizard/jobs/<str:id>"

urlpatterns = [
    *both("api/jobs", jobs_door.JobsDoor, "older-jobs"),
    *both(_JOB, jobs_door.JobDoor, "older-job"),
    *both(f"{_JOB}/status", jobs_door.StatusDoor, "older-job-status"),
    *both(f"{_JOB}/logs", jobs_door.LogsDoor, "older-job-logs"),
    *both(f"{_JOB}/cancel", jobs_door.CancelDoor, "older-job-cancel"),
    *both("api/releases", releases.ReleasesView, "releases"),
    *both(_RELEASE, releases.ReleaseView, "release"),
    *both(f"{_RELEASE}/jobs", releases.ReleaseJobsView, "release-jobs"),
    *both("api/wizard/jobs", wizard.DraftsView, "wizard-jobs"),
    *both(_DRAFT, wizard.DraftView, "wizard-job"),
    *both(f"{_DRAFT}/submit", wizard.SubmitView, "wizard-job-submit"),
    *both(f"{_DRAFT}/status", wizard.StatusView, "wizard-job-status"),
    *both(f"{_DRAFT}/logs", wizard.LogsView, "wizard-job-logs"),
    *both(f"{_DRAFT}/analysis", wizard.AnalysisView, "wizard-job-analysis"),
    path("", include("ai_core.doors.ovh.urls")),
]
