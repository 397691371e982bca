# ruff: noqa: ARG002 -- a watch need not use every argument
"""Watches of reasons: `resolve` says what the rules say, `until` is kept, and what is told of the past was so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from controller.errors import SinneError
from controller.hunting.aims import Aims
from controller.hunting.bystander import Bystander
from controller.hunting.plainly import Chosen, Felt
from controller.hunting.watches_right import Rightness
from controller.scenarios.model import Step
from profiles.layers import Rank
from profiles.resolve import Resolution, resolve
from profiles.scene import Field

_LOOK_BACK = timedelta(days=8)
_MOST_TURNS = 12
#: Somebody may press at this very instant; what was so just before it stays so.
_TICK = timedelta(milliseconds=1)
#: The past is asked about at so many instants of a story, at least so far apart.
_MOST_SAMPLES, _APART_S = 12, 5400.0


class ResolvesRightly:
    """`resolve` agrees with a plain reading of the rules, field by field, and so does its `until`."""

    rule = "resolves-rightly"

    def __init__(self, bystander: Bystander) -> None:
        """Nothing was asked yet."""
        self._here = bystander

    def happened(self, step: Step, refused: str) -> None:
        """Nothing of its own."""

    def look(self) -> Iterator[str]:
        """Whenever a zone may feel different. After a clock was set, choices may lie in the future: not asked then."""
        here = self._here
        if here.turn is None or here.troubles.clock_was_set:
            return
        live = here.store.memory.live(here.wall - _LOOK_BACK)
        for zone, felt in here.felt.items():
            found = resolve(here.plan, live, zone, here.wall)
            yield from _unlike(found, felt)
            yield from self._until(found, felt)

    def ended(self) -> Iterator[str]:
        """The end is an instant like any other."""
        return self.look()

    def _until(self, found: Resolution, felt: Felt) -> Iterator[str]:
        """Between now and `until` nothing may change, and at `until` something has to."""
        at = self._here.wall.timestamp()
        until = found.until
        for _ in range(_MOST_TURNS):
            at = self._next(found.zone, at)
            if until is not None and at >= until.timestamp():
                at = until.timestamp()
            then = self._felt(found.zone, at)
            changed = [f for f in felt.fields if _ruling(felt, f) != _ruling(then, f)]
            if until is not None and at == until.timestamp():
                if not changed:
                    yield f"{found.zone} was said to change at {until}, and nothing changes then."
                return
            if changed:
                yield (f"{found.zone} was said to stay as it is until {until}, and {changed[0].value} changes at "
                       f"{datetime.fromtimestamp(at, UTC)}.")
                return

    def _next(self, zone: str, at: float) -> float:
        ends = [o.end.timestamp() for o in self._here.alive(zone) if o.end.timestamp() > at]
        return min([self._here.plainly.turns(zone, at), *ends])

    def _felt(self, zone: str, at: float) -> Felt:
        ends = {override.id: override.end.timestamp() for override in self._here.alive(zone)}
        alive: list[Chosen] = [c for c in self._here.choices(zone) if c.rank is Rank.STOP or ends[c.layer] > at]
        return self._here.plainly.felt(zone, at, alive)


@dataclass(frozen=True, slots=True)
class _Sample:
    """A zone that had settled, at an instant: what it felt like, and what its hardware did."""

    zone: str
    at: datetime
    felt: Felt
    aims: Mapping[str, Mapping[str, object]]


class ReasonsTrue:
    """What the panel later says of an instant, its values and whether it came to be, is what the hardware did then."""

    rule = "reasons-true"

    def __init__(self, bystander: Bystander, aims: Aims, rightness: Rightness) -> None:
        """Nothing was seen yet."""
        self._here, self._aims, self._rightness = bystander, aims, rightness
        self._samples: list[_Sample] = []
        self._next = bystander.now + _APART_S / 3

    def happened(self, step: Step, refused: str) -> None:
        """After a clock was set, an instant may come twice: nothing is told of it."""
        if step.clock is not None:
            self._samples.clear()

    def look(self) -> Iterator[str]:
        """Now and then, keep how a zone is that has settled."""
        here = self._here
        if here.turn is not None:
            self._next = max(self._next, here.now + _APART_S / 60)
        if here.now < self._next or here.troubles.clock_was_set or len(self._samples) >= _MOST_SAMPLES:
            return
        if not here.troubles.calm(here.now) or self._rightness.wrong:
            return
        settled = [zone for zone in here.felt if self._settled(zone)]
        if not settled:
            return
        zone = settled[len(self._samples) % len(settled)]
        aims = {d.id: dict(self._aims.of[d.id].wanted) for d in here.devices() if d.zones[0] == zone}
        self._samples.append(_Sample(zone, here.wall - _TICK, here.felt[zone], aims))
        self._next = here.now + _APART_S
        return
        yield

    def ended(self) -> Iterator[str]:
        """Ask about every instant that was kept."""
        if not self._here.store.running:
            return
        for sample in self._samples:
            try:
                told = self._here.store.overview.explain(sample.zone, sample.at)
            except SinneError as refusal:
                yield f"What {sample.zone} was at {sample.at} is not told: {refusal}"
                continue
            for shown in told.fields:
                ruled = sample.felt.fields.get(shown.field)
                if ruled is None or ruled.value != shown.value or ruled.layer != shown.layer.id:
                    was = "nothing" if ruled is None else f"{ruled.value} because of {ruled.layer}"
                    yield (f"It is told that {shown.field.value} of {sample.zone} was {shown.value} at {sample.at}, "
                           f"because of {shown.layer.id}; it was {was}.")
            if told.happened is None or told.happened.agrees is False:
                yield (f"Of {sample.zone} at {sample.at}, when it was as it should be, it is told: "
                       f"{'nothing' if told.happened is None else told.happened.sentence}")

    def _settled(self, zone: str) -> bool:
        for device in self._here.devices():
            if zone in device.zones and device.kind != "contact":
                aim = self._aims.of.get(device.id)
                healthy = self._here.troubles.excused_until(device.id) + _APART_S / 60 < self._here.now
                if aim is None or aim.by + _APART_S / 60 > self._here.now or not healthy:
                    return False
        return True


def _unlike(found: Resolution, felt: Felt) -> Iterator[str]:
    for field in found.fields.keys() | felt.fields.keys():
        said, ruled = found.fields.get(field), felt.fields.get(field)
        if said is None or ruled is None or said.value != ruled.value:
            yield (f"{field.value} of {found.zone} resolves to {None if said is None else said.value} "
                   f"({'' if said is None else said.because.layer.id}), and by the rules it is "
                   f"{None if ruled is None else ruled.value} ({'' if ruled is None else ruled.layer}).")


def _ruling(felt: Felt, field: Field) -> tuple[object, object]:
    ruled = felt.fields.get(field)
    return (None, None) if ruled is None else (ruled.layer, ruled.value)
