"""What a test expects of its store: the same words, and the same judge, as `expect` in a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from pydantic import ValidationError

from controller.scenarios.felt import Since, amiss
from controller.scenarios.model import Expect, Step
from controller.scenarios.telling import words_of
from controller.scenarios.timing import duration
from controller.testing.mistakes import Mistake, known, one_of, sentences
from controller.virtual.store import VirtualStore
from profiles.plan import Plan


class Expected(TypedDict, total=False):
    """What `store.expect` takes besides `within` and `stays`."""

    zone: str
    profile: str
    light: Mapping[str, object]
    music: Mapping[str, object]
    scent: Mapping[str, object]
    held: str
    device: str
    does: Mapping[str, object]
    stands: str
    right: bool
    stopped: bool
    journal: str
    count: int
    orders_at_most: int
    but_for: str | Iterable[str]


@dataclass(frozen=True, slots=True)
class Asking:
    """An expectation that can be judged, and for how long it may take and has to last."""

    expect: Expect
    within_s: float
    stays_s: float

    def missed(self, store: VirtualStore, before: Since) -> tuple[str, ...]:
        """Let time pass until it is so, and has been for as long as asked; what is not, a sentence each."""
        wrong = amiss(store, self.expect, before)
        if wrong:
            wrong = self._first(store, before, self.within_s, so=True)
        if wrong or not self.stays_s:
            return wrong
        began = store.clock.monotonic()
        wrong = self._first(store, before, self.stays_s, so=False)
        after_s = store.clock.monotonic() - began
        return (f"It was so, and after {after_s:g} s no longer:", *wrong) if wrong else ()

    def _first(self, store: VirtualStore, before: Since, within_s: float, so: bool) -> tuple[str, ...]:
        """What is amiss at the first instant at which it is `so`, or is not; else at the last."""
        wrong: tuple[str, ...] = ()
        for _ in store.instants(within_s):
            wrong = amiss(store, self.expect, before)
            if (not wrong) is so:
                break
        return wrong


def expectation(words: dict[str, Any], plan: Plan) -> Asking:
    """From what a test says. Raises Mistake for words, ids and durations that are none."""
    __tracebackhide__ = True
    one_of("word", words, (*Expected.__annotations__, "within", "stays"), "store.expect")
    said = {key: _plain(value) for key, value in words.items() if value is not None}
    try:
        expect = Expect.model_validate(said)
    except ValidationError as broken:
        raise Mistake(sentences(broken, Expect)) from None
    for kind, name in _named(expect):
        known(kind, name, _ids(plan, kind), plan.store.name)
    try:
        within_s, stays_s = (duration(text).total_seconds() if text else 0.0 for text in (expect.within, expect.stays))
    except ValueError as wrong:
        raise Mistake(f"{wrong}.") from None
    return Asking(expect, within_s, stays_s)


def failure(asked: Asking, wrong: tuple[str, ...], now: datetime, why: str) -> str:
    """The message of a failed assertion. `why`: what the zone is to be, and why; may be empty."""
    said = words_of(Step(at="+0 s", expect=asked.expect)).removeprefix("expect ")
    lines = [f"expected: {said}", *(f"  {sentence}" for sentence in wrong)]
    lines.append(f"It is {now:%a %Y-%m-%d %H:%M:%S} in the store.")
    return "\n".join([*lines, *([f"To be: {why}"] if why else [])])


def _plain(value: object) -> object:
    """Names and settings as a scenario file would have them."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str | bool | int | float):
        return value
    return tuple(value) if isinstance(value, Iterable) else value


def _named(expect: Expect) -> Iterator[tuple[str, str]]:
    for kind in ("zone", "profile", "device"):
        name = getattr(expect, kind)
        if name is not None:
            yield kind, name
    yield from (("device", device) for device in expect.but_for)


def _ids(plan: Plan, kind: str) -> set[str]:
    return {"zone": {zone.id for zone in plan.zones}, "profile": {profile.id for profile in plan.profiles},
            "device": {device.id for device in plan.devices}}[kind]
