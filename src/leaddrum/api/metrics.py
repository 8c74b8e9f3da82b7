"""`GET /metrics` for Prometheus.

Only with an `admin` or `read` token, and only about that token's company: that a caller is on the loopback says
nothing when a proxy stands in front. The latencies are this process's, of all companies together, by route.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from leaddrum import clock
from leaddrum.api import errors
from leaddrum.api.bearer import READ, unknown
from leaddrum.api.errors import Refusal
from leaddrum.models import Cycle, Effect, Heartbeat, Incident

_OF_THE_PROCESS = CollectorRegistry()
LATENCY = Histogram(
    "leaddrum_http_seconds",
    "Time to answer an API call.",
    ["route", "method", "status"],
    registry=_OF_THE_PROCESS,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)
_RECENT = 200  # incidents the verdict lag is read from


@csrf_exempt
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    try:
        token = READ(request)
        if token is None:
            raise unknown()
    except Refusal as refusal:
        return errors.answer(refusal.status, [refusal.problem], refusal.headers)
    registry = CollectorRegistry()
    registry.register(_OfTheCompany(token.company_id, clock.now()))
    text = generate_latest(registry) + generate_latest(_OF_THE_PROCESS)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


class _OfTheCompany(Collector):
    """Read from the tables at each scrape, by indexes only."""

    def __init__(self, company_id: int, now: datetime) -> None:
        self.company, self.now = company_id, now

    def collect(self) -> Iterable[GaugeMetricFamily]:
        yield from self._cycles()
        yield self._outbox()
        yield _one("leaddrum_verdict_lag_seconds", "Deadline to verdict, worst of the recent misses.", self._lag())
        beat = Heartbeat.objects.aggregate(newest=Max("beat_at"))["newest"]
        if beat is not None:
            age = (self.now - beat).total_seconds()
            yield _one("leaddrum_engine_age_seconds", "Since an engine last beat.", age)

    def _cycles(self) -> Iterable[GaugeMetricFamily]:
        waiting = GaugeMetricFamily("leaddrum_leads", "Leads waiting, by the state of their cycle.", labels=["state"])
        cycles = Cycle.objects.filter(company=self.company, ended_at=None)
        counted = dict(cycles.values_list("state").annotate(Count("pk")).order_by())
        for state in (Cycle.State.OFFERED, Cycle.State.HELD, Cycle.State.WITH_HEAD):
            waiting.add_metric([state], counted.get(state, 0))
        yield waiting
        overdue = Cycle.objects.filter(
            company=self.company, state=Cycle.State.OFFERED, next_at__lte=self.now, due_at__lte=self.now
        )
        yield _one("leaddrum_turns_overdue", "Turns past their deadline without a verdict yet.", overdue.count())

    def _outbox(self) -> GaugeMetricFamily:
        pending = GaugeMetricFamily("leaddrum_outbox_pending", "Notices still to be delivered.", labels=["channel"])
        # The condition in the very words of the partial index: SQLite does not recognise it with parameters.
        where = ["leaddrum_effect.state IN ('pending', 'failed')"]
        waiting = Effect.objects.extra(where=where).filter(company=self.company)  # noqa: S610 - a constant
        for channel, count in waiting.values_list("channel").annotate(Count("pk")).order_by("channel"):
            pending.add_metric([channel], count)
        return pending

    def _lag(self) -> float:
        """Seconds; the engine's punctuality, the drum's own verdict delay included."""
        recent = Incident.objects.filter(company=self.company, missed_at__gte=self.now - timedelta(hours=1))
        times = recent.order_by("-pk").values_list("due_at", "missed_at")[:_RECENT]
        return max(((missed - due).total_seconds() for due, missed in times), default=0.0)


def _one(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)
