"""Addresses of the pages about jobs."""

from django.urls import path

from ai_core.pages import job, jobs_list, new_job, queue

urlpatterns = [
    path("queue/", queue.queue_page, name="queue"),
    path("jobs/", jobs_list.jobs_list, name="jobs"),
    path("jobs/new/", new_job.new_job, name="new-job"),
    path("jobs/new/<str:job_id>/", new_job.review_job, name="review-job"),
    path("jobs/<str:job_id>/", job.job_page, name="job"),
    *[
        path(f"jobs/<str:job_id>/{tab}/", job.job_page, {"tab": tab}, name=f"job-{tab}")
        for tab in ("events", "logs", "artifacts", "configuration", "history")
    ],
]
