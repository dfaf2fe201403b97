"""What this web process answered, and how long it took; counted where the access log is written."""

from prometheus_client import CollectorRegistry, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
DOORS = (
    ("/v1/", "gateway"),
    ("/static/", "static"),
    ("/ai/mlflow/", "mlflow"),
    ("/api/", "older"),
    ("/admin/", "admin"),
)

registry = CollectorRegistry()
_seconds = Histogram(
    "megahub_request_seconds",
    "Requests that this web process answered, by door, method and class of status.",
    ["door", "method", "status"],
    buckets=BUCKETS,
    registry=registry,
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def door_of(path: str) -> str:
    """Few words for many addresses: a label must not grow with what people type."""
    if path.endswith("/stream/"):
        return "stream"
    for beginning, name in DOORS:
        if path.startswith(beginning):
            return name
    return "hub"


def note(method: str, path: str, status: int, seconds: float) -> None:
    """Count one answer; status 0 is a caller who left before there was one."""
    _seconds.labels(
        door_of(path),
        method if method in METHODS else "other",
        f"{status // 100}xx" if status else "none",
    ).observe(seconds)
