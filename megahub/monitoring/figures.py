"""The figures of all apps, measured now and then and kept in between."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db import connection, transaction
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from megahub.monitoring import database, valkey

log = logging.getLogger(__name__)

Measure = Callable[[], Iterable[Metric]]
KEPT_SECONDS = 5.0
SHARE = 20  # measuring takes at most one part in so many of the time
STATEMENT_SECONDS = 4


def parts() -> dict[str, Measure]:
    """Everybody who measures something, by name."""
    found: dict[str, Measure] = {"database": database.measure, "valkey": valkey.measure}
    for app in apps.get_app_configs():
        module = f"{app.name}.monitoring"
        if app.name != "megahub" and find_spec(module):
            found[app.label] = import_module(module).measure
    return found


class Figures(Collector):
    """Measures at most every five seconds; whoever asks meanwhile gets what was measured last."""

    def __init__(self, measures: Mapping[str, Measure]) -> None:
        self._measures = measures
        self._lock = threading.Lock()
        self._kept: list[Metric] = []
        self._until = 0.0

    def describe(self) -> list[Metric]:
        """Nothing is measured only to be registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if time.monotonic() >= self._until:
                begun = time.monotonic()
                self._kept = list(self._measured())
                took = time.monotonic() - begun
                self._until = time.monotonic() + max(KEPT_SECONDS, took * SHARE)
            yield from self._kept

    def _measured(self) -> Iterator[Metric]:
        success = GaugeMetricFamily(
            "megahub_measured", "Whether a part could be measured (1) or not (0).", labels=["part"]
        )
        seconds = GaugeMetricFamily(
            "megahub_measure_seconds", "How long measuring a part took.", labels=["part"]
        )
        for name, measure in self._measures.items():
            begun = time.monotonic()
            try:
                yield from _measured(measure)
            except Exception as error:  # a part that fails must not hide the others
                log.warning("%s could not be measured: %s", name, error)
                success.add_metric([name], 0)
            else:
                success.add_metric([name], 1)
            seconds.add_metric([name], time.monotonic() - begun)
        yield success
        yield seconds


def _measured(measure: Measure) -> list[Metric]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true), "
            "set_config('transaction_read_only', 'on', true)",
            [f"{STATEMENT_SECONDS}s"],
        )
        return list(measure())
