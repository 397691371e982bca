"""When a native device speaks unasked: its heartbeat, how often it tells of a fade, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from devices.simulator.wire import compact


@dataclass(frozen=True, slots=True)
class Heart:
    """`phase_s` spreads the heartbeats of a fleet over the interval.

    `wall_zero_s`: Unix seconds at `now` = 0, for `ts`. `beats`, `progress_s`: as in `specs.Manner`.
    """

    every_s: float = 60.0
    phase_s: float = 0.0
    wall_zero_s: float = 0.0
    beats: bool = True
    progress_s: float = 1.0

    def description(self, kind: str, of_body: Mapping[str, object]) -> bytes:
        """The `meta` document of a device of this kind."""
        return compact({"kind": kind, **of_body, "heartbeat_s": self.every_s, "maker": "Sinne Labs",
                        "firmware": "1.0.0"})
