"""What a dry run is asked and what it answers: values that cross from one process to another as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from controller.doors import FeltChange

#: As far ahead as anybody looks; longer is `sinne diff`, which asks the plan alone.
MOST_DAYS = 31
USUAL_DAYS = 7


@dataclass(frozen=True, slots=True)
class FeltTogether:
    """All that feels different in a zone in the same windows: when, and what, in words."""

    zone: str
    name: str
    when: str
    what: str


@dataclass(frozen=True, slots=True)
class FeltWindow:
    """From when to when on one day something feels different, and what: `music 40 → 52 %`."""

    start: datetime
    end: datetime
    what: str


@dataclass(frozen=True, slots=True)
class FeltDay:
    """What feels different in a zone on a day of the store, by time."""

    day: date
    zone: str
    name: str
    windows: tuple[FeltWindow, ...]


@dataclass(frozen=True, slots=True)
class ZoneEnergy:
    """What the devices of a zone draw over the whole span, in kWh; a device counts in the first of its zones."""

    zone: str
    name: str
    before_kwh: float
    after_kwh: float


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy in kWh, by zone and in all. `typical`: of how many of `devices` the rated power is not in the plan."""

    before_kwh: float
    after_kwh: float
    devices: int
    typical: int
    zones: tuple[ZoneEnergy, ...]


@dataclass(frozen=True, slots=True)
class ScentUse:
    """What a diffuser uses of a fragrance over the whole span, in ml."""

    diffuser: str
    name: str
    fragrance: str
    fragrance_name: str
    before_ml: float
    after_ml: float


@dataclass(frozen=True, slots=True)
class Cartridge:
    """How long the liquid of a diffuser lasts. `ml`: what was in it; `assumed`: nobody has reported that, so it is
    taken for full. `empty_*`: when it runs out, None: not within the span. `left_*`: at the end of the span, 0 where it
    ran out: a full one was put in then, and nobody asks how long that lasts.
    """

    diffuser: str
    name: str
    ml: float
    assumed: bool
    left_before_ml: float
    left_after_ml: float
    empty_before: datetime | None
    empty_after: datetime | None

    @property
    def changes(self) -> bool:
        """Whether it is worth a word: something else is left in it than as it is, or it runs out."""
        return self.empty_after is not None or self.empty_before is not None \
            or abs(self.left_after_ml - self.left_before_ml) >= 0.1


@dataclass(frozen=True, slots=True)
class PressEnds:
    """A press that is alive now, and what becomes of it with either plan, in one sentence."""

    press: str
    name: str
    zones: tuple[str, ...]
    by: str
    end: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """Two weeks that did not happen: the store as it is, and with the candidate, in [start, end).

    `version`: in force, that was compared with; None: a plan file. `digest`, `candidate`: of the store's own part of
    it, and of the one that was tried, with what was asked put into it; both ran with what HQ says. `warnings`: of
    `check`, that the plan in force does not have. `seen`: what the run with the candidate showed, and the other did
    not. `together`: the changes of `felt`, those of a zone and the same windows in one; `by_day`: day by day.
    """

    store: str
    version: int | None
    digest: str
    candidate: str
    start: datetime
    end: datetime
    days: int
    seed: int
    sentence: str
    felt: tuple[FeltChange, ...]
    together: tuple[FeltTogether, ...]
    by_day: tuple[FeltDay, ...]
    parts: tuple[str, ...]
    energy: Energy
    scent: tuple[ScentUse, ...]
    cartridges: tuple[Cartridge, ...]
    warnings: tuple[str, ...]
    seen: tuple[str, ...]
    presses: tuple[PressEnds, ...]
