"""What a supervisor and the metrics are told: is the store alive, is it well, and its counters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HealthShown:
    """For a supervisor. `ok` is False when the engine does not turn, the broker is away, or the disk refuses.

    `alive` is False only when starting again would help: the engine does not turn.
    `hq_connected`: None where the store belongs to nobody; a store is well without HQ.
    `engine_age_s`: seconds since the engine last turned. Counts are totals since the start.
    """

    ok: bool
    alive: bool
    sentence: str
    broker_connected: bool
    engine_age_s: float
    devices: int
    converged: int
    lost: int
    alarms: int
    orders_sent: int
    reports_taken: int
    malformed: int
    retries: int
    uptime_s: float
    hq_connected: bool | None = None
