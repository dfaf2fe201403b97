"""How many event streams this web process holds open."""

from collections.abc import Iterator

from django.conf import settings
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ai_core.streams import doors


class OpenStreams(Collector):
    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "megahub_streams_open",
            "Event streams open in this process.",
            value=doors.open_streams(),
        )
        yield GaugeMetricFamily(
            "megahub_streams_most",
            "Event streams that this process lets in.",
            value=settings.STREAMS_AT_MOST,
        )
