"""Addresses of the pages about jobs."""

from django.urls import path
from django.views.generic import RedirectView

from ai_core.pages import (
    catalogue,
    compare,
    event_export,
    job,
    jobs_list,
    new_job,
    peek,
    previews,
    queue,
    releases,
    retention,
    views_page,
    workers,
)

urlpatterns = [
    path("job-types/", catalogue.job_types, name="job-types"),
    path("job-types/<str:name>/", catalogue.job_type, name="job-type"),
    path("releases/", releases.releases_page, name="releases-page"),
    path("releases/<int:number>/", releases.release_page, name="release-page"),
    path("settings/retention/", retention.retention_page, name="settings-retention"),
    path("workers/", workers.workers_page, name="workers"),
    path("queue/", queue.queue_page, name="queue"),
    path("jobs/", jobs_list.jobs_list, name="jobs"),
    path("jobs/compare/", compare.compare_page, name="compare-jobs"),
    path("jobs/views/", views_page.keep_view, name="keep-view"),
    path("jobs/views/<int:number>/", views_page.remove_view, name="remove-view"),
    path("jobs/new/", new_job.new_job, name="new-job"),
    path("jobs/new/<str:job_id>/", new_job.review_job, name="review-job"),
    path("jobs/<str:job_id>/", job.job_page, name="job"),
    path("jobs/<str:job_id>/peek/", peek.peek, name="job-peek"),
    path("jobs/<str:job_id>/stopping/", previews.stopping, name="job-stopping"),
    path("jobs/<str:job_id>/promotion/", previews.promotion, name="job-promotion"),
    path("jobs/<str:job_id>/events/export/", event_export.export, name="job-events-export"),
    *[
        path(f"jobs/<str:job_id>/{tab}/", job.job_page, {"tab": tab}, name=f"job-{tab}")
        for tab in ("events", "logs", "artifacts", "configuration", "history")
    ],
    # The addresses of earlier pages (LST-08).
    path("dashboard/lora-training", RedirectView.as_view(url="/jobs/?category=training")),
    path("dashboard/lora-training/new", RedirectView.as_view(url="/jobs/new/")),
    path("dashboard/lora-training/<str:job_id>", RedirectView.as_view(url="/jobs/%(job_id)s/")),
    path("dashboard/training-jobs", RedirectView.as_view(url="/jobs/?category=training")),
    path("training-jobs/<str:job_id>", RedirectView.as_view(url="/jobs/%(job_id)s/")),
]
