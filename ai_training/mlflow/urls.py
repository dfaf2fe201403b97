"""Where MLFLOW_TRACKING_URI points: /mlflow, or /ai/mlflow beside the hub's own API."""

from django.urls import URLPattern, path

from ai_training.mlflow import views


def _below(root: str) -> list[URLPattern]:
    api = f"{root}/api/2.0"
    return [
        path(f"{api}/mlflow-artifacts/artifacts", views.proxy),
        path(f"{api}/mlflow-artifacts/artifacts/<path:path>", views.proxy),
        path(f"{api}/mlflow/<path:word>", views.call),
    ]


urlpatterns = [*_below("mlflow"), *_below("ai/mlflow")]
