"""Addresses of trainings: below /ai/, and the older ones below /api/."""

from typing import Any

from django.urls import include, path

from ai_core.doors.paths import both
from ai_training.api import catalogue, older, runner, runs, webhook

_RUN = "ai/training/runs/<str:id>"
_OLDER = "api/training/jobs"
_ONE: Any = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
_ALL: Any = {"get": "list", "post": "create"}


def _catalogue(word: str, view: type[catalogue.CatalogueView]) -> list:
    return [
        path(f"ai/training/{word}/", view.as_view(_ALL), name=f"training-{word}"),
        path(f"ai/training/{word}/<int:pk>/", view.as_view(_ONE), name=f"training-{word}-one"),
    ]


urlpatterns = [
    path("", include("ai_training.mlflow.urls")),
    path("ai/training/datasets/upload/", catalogue.DatasetUploadView.as_view()),
    *_catalogue("datasets", catalogue.DatasetsView),
    path(
        "ai/training/datasets/<int:pk>/file/",
        catalogue.DatasetFileView.as_view({"get": "file"}),
        name="training-dataset-file",
    ),
    *_catalogue("configurations", catalogue.ConfigurationsView),
    *_catalogue("offers", catalogue.OffersView),
    path("ai/training/presets/", catalogue.PresetsView.as_view(), name="training-presets"),
    path("ai/training/estimate/", runs.EstimateView.as_view(), name="training-estimate"),
    path("ai/training/compare/", runs.CompareView.as_view(), name="training-compare"),
    path("ai/training/claim/", runner.ClaimAnyView.as_view(), name="training-claim"),
    path("ai/training/runs/", runs.RunsView.as_view(), name="training-runs"),
    path(f"{_RUN}/", runs.RunView.as_view(), name="training-run"),
    path(f"{_RUN}/pause/", runs.PauseRunView.as_view(), name="training-run-pause"),
    path(f"{_RUN}/resume/", runs.ResumeRunView.as_view(), name="training-run-resume"),
    path(f"{_RUN}/cost/", runs.CostView.as_view(), name="training-run-cost"),
    path(f"{_RUN}/metrics/", runs.CurveView.as_view(), name="training-run-metrics"),
    path(f"{_RUN}/checkpoints/", runs.CheckpointsView.as_view(), name="training-run-checkpoints"),
    path(f"{_RUN}/secret/", runs.SecretView.as_view(), name="training-run-secret"),
    path(f"{_RUN}/claim/", runner.ClaimView.as_view(), name="training-run-claim"),
    path(f"{_RUN}/beat/", runner.BeatView.as_view(), name="training-run-beat"),
    path(f"{_RUN}/report/", runner.ReportView.as_view(), name="training-run-report"),
    path(f"{_RUN}/files/", runner.ArtifactUploadView.as_view(), name="training-run-files"),
    path(
        "ai/webhooks/training/<str:job_id>/",
        webhook.TrainingWebhookView.as_view(),
        name="training-webhook",
    ),
    *both(_OLDER, older.TrainingJobsDoor, "older-training-jobs"),
    *both(f"{_OLDER}/<str:id>", older.TrainingJobDoor, "older-training-job"),
    *both(f"{_OLDER}/<str:id>/metrics", older.TrainingMetricsDoor, "older-training-metrics"),
    *both(f"{_OLDER}/<str:id>/events", older.TrainingEventsDoor, "older-training-events"),
    *both(f"{_OLDER}/<str:id>/cancel", older.TrainingCancelDoor, "older-training-cancel"),
]
