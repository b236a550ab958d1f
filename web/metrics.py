"""Figures of this process and of the database in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

from kb.domain.documents import DocumentFilter
from kb.domain.errors import KbError
from kb.storage import documents, generations, jobs
from kb.storage.database import Database

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Figures:
    """Counts requests; one registry for each application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "kb_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "kb_http_request_seconds",
            "Time to answer; streams until their end.",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request under its route, never under its address."""
        route = getattr(scope.get("route"), "path", "none")
        self._requests.labels(scope["method"], route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self, database: Database) -> bytes:
        """All figures, those of the database as of now."""
        stored = CollectorRegistry()
        stored.register(_Stored(database))
        return generate_latest(self._registry) + generate_latest(stored)


class _Stored(Collector):
    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("kb_database_up", "Whether the database answers.")
        try:
            with self._database.read() as tx:
                by_status = documents.count_by_status(tx, DocumentFilter(), None)
                by_state = jobs.counts(tx)
                live = generations.live(tx)
        except KbError:
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        shown = GaugeMetricFamily("kb_documents", "Live documents.", labels=["status"])
        for status, count in by_status.items():
            shown.add_metric([status], count)
        waiting = GaugeMetricFamily("kb_jobs", "Jobs.", labels=["queue", "state"])
        for (queue, state), count in by_state.items():
            waiting.add_metric([queue, state], count)
        passages = GaugeMetricFamily("kb_index_passages", "Passages in the live index.")
        passages.add_metric([], live.passages if live else 0)
        return [up, shown, waiting, passages]
