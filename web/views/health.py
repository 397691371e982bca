"""`/health` for a supervisor and `/metrics` for Prometheus.

`/health` needs no sign-in, so it says little: whether the store is well, and one sentence. `/metrics` is for a token or
a session of any role, and for this machine itself, where an agent that collects numbers usually sits. A request that
came through a proxy (`Forwarded`, `X-Forwarded-For`) is not taken for local, wherever the proxy stands.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from controller.health import HealthShown
from web.answers import json_answer
from web.auth import actor, needs
from web.context import services

health = Blueprint("health", __name__)


@health.get("/health")
@needs(None)
def well() -> Response:
    """503 only when starting the store again would help; `ok` is false for any trouble. Asking waits for nothing."""
    found = services().overview.health()
    hq = {} if found.hq_connected is None else {"hq_connected": found.hq_connected}
    return json_answer({"ok": found.ok, "alive": found.alive, "sentence": found.sentence, **hq},
                       200 if found.alive else 503)


@health.get("/metrics")
@needs(None)
def metrics() -> Response:
    """Numbers for Prometheus, in its text format."""
    if not _is_local():
        actor()
    registry = CollectorRegistry()
    registry.register(_Numbers(services().overview.health()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Numbers(Collector):
    """One look at the store, as metrics. Made for each request, so nothing is counted twice or kept."""

    def __init__(self, found: HealthShown) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        found = self._found
        for name, words, value in (
            ("sinne_ok", "1 if the store is well.", found.ok),
            ("sinne_broker_connected", "1 if the broker is connected.", found.broker_connected),
            ("sinne_engine_age_seconds", "Seconds since the engine last turned.", found.engine_age_s),
            ("sinne_uptime_seconds", "Seconds since the store started.", found.uptime_s),
            ("sinne_devices", "Devices of the plan.", found.devices),
            ("sinne_devices_converged", "Devices that report what they should be.", found.converged),
            ("sinne_devices_lost", "Devices out of reach.", found.lost),
            ("sinne_alarms", "Devices that need somebody.", found.alarms),
        ):
            yield GaugeMetricFamily(name, words, value=float(value))
        if found.hq_connected is not None:
            yield GaugeMetricFamily("sinne_hq_connected", "1 if HQ's broker is connected.",
                                    value=float(found.hq_connected))
        for name, words, count in (
            ("sinne_orders_sent", "Documents sent to devices since the start.", found.orders_sent),
            ("sinne_reports_taken", "Reports taken in since the start.", found.reports_taken),
            ("sinne_payloads_malformed", "Payloads that could not be read since the start.", found.malformed),
            ("sinne_retries", "Documents sent again since the start.", found.retries),
        ):
            yield CounterMetricFamily(name, words, value=float(count))


def _is_local() -> bool:
    if any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
