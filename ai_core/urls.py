"""Addresses of jobs, their types and their queues, below /ai/."""

from django.urls import path

from ai_core.api import (
    artifacts,
    bulk,
    evidence,
    export,
    job,
    job_types,
    jobs,
    metrics,
    overview,
    queues,
    records,
    verbs,
)

urlpatterns = [
    path("job-types/", job_types.JobTypesView.as_view(), name="ai-job-types"),
    path("job-types/<str:name>/", job_types.JobTypeView.as_view(), name="ai-job-type"),
    path("jobs/", jobs.JobsView.as_view(), name="ai-jobs"),
    path("jobs/bulk/", jobs.ManyJobsView.as_view(), name="ai-jobs-bulk"),
    path("jobs/bulk_action/", bulk.BulkActionView.as_view(), name="ai-jobs-bulk-action"),
    path("jobs/dashboard/", overview.DashboardView.as_view(), name="ai-jobs-dashboard"),
    path("jobs/by_status/", overview.ByStatusView.as_view(), name="ai-jobs-by-status"),
    path("jobs/export/", export.ExportView.as_view(), name="ai-jobs-export"),
    path("jobs/<str:id>/", job.JobView.as_view(), name="ai-job"),
    path("jobs/<str:id>/restore/", job.RestoreView.as_view(), name="ai-job-restore"),
    path("jobs/<str:id>/cancel/", verbs.CancelView.as_view(), name="ai-job-cancel"),
    path("jobs/<str:id>/submit/", verbs.SubmitView.as_view(), name="ai-job-submit"),
    path("jobs/<str:id>/pause/", verbs.PauseView.as_view(), name="ai-job-pause"),
    path("jobs/<str:id>/resume/", verbs.ResumeView.as_view(), name="ai-job-resume"),
    path("jobs/<str:id>/retry/", verbs.RetryView.as_view(), name="ai-job-retry"),
    path("jobs/<str:id>/restart/", verbs.RestartView.as_view(), name="ai-job-restart"),
    path("jobs/<str:id>/promote/", verbs.PromoteView.as_view(), name="ai-job-promote"),
    path("jobs/<str:id>/evidence/", evidence.EvidenceView.as_view(), name="ai-job-evidence"),
    path("jobs/<str:id>/status/", records.StatusView.as_view(), name="ai-job-status"),
    path("jobs/<str:id>/logs/", records.LogsView.as_view(), name="ai-job-logs"),
    path("jobs/<str:id>/events/", records.EventsView.as_view(), name="ai-job-events"),
    path("jobs/<str:id>/stages/", records.StagesView.as_view(), name="ai-job-stages"),
    path("jobs/<str:id>/metrics/", metrics.MetricsView.as_view(), name="ai-job-metrics"),
    path("jobs/<str:id>/artifacts/", artifacts.ArtifactsView.as_view(), name="ai-job-artifacts"),
    path(
        "jobs/<str:id>/artifacts/<int:artifact_id>/link/",
        artifacts.LinkView.as_view(),
        name="ai-artifact-link",
    ),
    path("artifacts/<str:token>/", artifacts.DownloadView.as_view(), name="ai-artifact"),
    path("queues/", queues.QueuesView.as_view(), name="ai-queues"),
    path("queues/<str:name>/", queues.QueueView.as_view(), name="ai-queue"),
]
