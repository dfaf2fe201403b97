"""Addresses of the pages about jobs."""

from django.urls import path

from ai_core.pages import job, jobs_list

urlpatterns = [
    path("jobs/", jobs_list.jobs_list, name="jobs"),
    path("jobs/<str:job_id>/", job.job_page, name="job"),
    *[
        path(f"jobs/<str:job_id>/{tab}/", job.job_page, {"tab": tab}, name=f"job-{tab}")
        for tab in ("events", "logs", "artifacts", "configuration", "history")
    ],
]
