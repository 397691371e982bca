"""`LightStore`: one store as HQ meets it. What is real is what HQ can see; its devices are numbers.

It remembers nothing over a restart: it comes back as a store does whose disk was lost, and takes everything anew.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from controller.crowd.composing import Composed, Composer
from controller.crowd.diary import Diary
from controller.crowd.shares import Manners
from controller.hq.enrolling import keyring_of
from controller.hq.fitting import newest_that_fits
from controller.hq.link.effects import CarryOut, Decline, Effect, NoteAcknowledged
from controller.hq.link.end import StoreEnd
from controller.hq.link.telling import Telling, batches
from controller.hq.reporting import canonical, packed_plan
from controller.hq.said import DeviceCounts, Place, Request, Standing, payload_of
from controller.hq.sealed import Keyring
from controller.hq.selecting import Concerning, concerning
from controller.hq.topics import HALT, up_topic
from devices.messages import Message
from profiles.composing import FromHq
from profiles.places import Store
from profiles.plan import Live

#: Staff and customers notice a new campaign within so many seconds.
_NOTICE_S = (2.0, 30.0)
#: Who was told to be away says who it is first, and leaves after so long.
_LEAVES_S = 5.0
#: Devices of a store, drawn once.
_DEVICES = (4, 60)
_NOTHING = Concerning(FromHq(), ())
_NOBODY = canonical(Live()).encode()

Publish = Callable[[Message], bool]


@dataclass(frozen=True, slots=True)
class Moment:
    """Now: the wall clock and steady seconds."""

    at: datetime
    steady: float


@dataclass(frozen=True, slots=True)
class Crew:
    """What light stores share. `keys`: HQ's. `plans`: whether they say `up/plan`, as real stores do."""

    organisation: str
    keys: Keyring
    composer: Composer
    software: str
    plans: bool = True


class LightStore:
    """One of many. `place`: who and where it is; `kind`: whose plan it has (`kinds`)."""

    def __init__(self, place: Store, kind: int, crew: Crew, manners: Manners, seed: int) -> None:
        """It has heard nothing yet."""
        drawn = random.Random(f"{seed}/{place.id}")
        self.id = place.id
        self.end = StoreEnd(crew.organisation, place, crew.keys)
        self.diary = Diary(f"{drawn.getrandbits(128):032x}")
        self.is_away = False
        self._kind, self._crew, self._manners, self._drawn = kind, crew, manners, drawn
        self._telling = Telling(drawn.uniform)
        self._plan: Composed | None = None
        self._digest = ""
        self._whole = canonical(place)
        self._campaigns: frozenset[str] = frozenset()
        self._soon: list[tuple[float, str]] = []
        total = drawn.randint(*_DEVICES)
        self._devices = DeviceCounts(total=total, right=total)
        self._place = Place(name=place.name, time_zone=place.timezone, country=place.country, tags=place.tags)
        self._answered: set[str] = set()

    # -- what comes

    def connected(self, now: Moment) -> None:
        """HQ's broker is there."""
        self.end.connected()
        self._telling.connected(now.steady)
        if self._manners.offline:
            self._soon.append((now.steady + _LEAVES_S, "leave"))

    def lost(self) -> None:
        """HQ's broker is away."""
        self._telling.lost()
        self.end.lost()

    def take(self, topic: str, payload: bytes, now: Moment) -> None:
        """Something came."""
        if not self.is_away:
            self._carry(self.end.take(topic, payload, now.at, now.steady), now)
            if topic == HALT and self.end.changed:  # it acts on receipt; what there is to report has time
                self._apply(now)

    # -- what follows

    def round(self, now: Moment, publish: Publish) -> float | None:
        """Do what is to be done now, and say when there is more to do though nothing comes; None: not before."""
        if self.is_away:
            return None
        self._carry(self.end.take_early(now.at), now)
        if self.end.changed:
            self._apply(now)
        self._happen(now, publish)
        if self.is_away:
            return None
        self.end.journal_is(self.diary.id, self.diary.newest)
        self._report(now, publish)
        dues = (self._telling.due(), self.end.due(now.at, now.steady), *(due for due, _ in self._soon))
        return min((due for due in dues if due is not None), default=None)

    def leave(self, now: Moment, publish: Publish) -> bool:
        """Say that it is away, as the broker would for a store whose connection broke; whether that was taken."""
        if not self.is_away:
            gone = Standing(store=self.id, at=now.at, online=False)
            self.is_away = publish(Message(up_topic(self.id, "status"), payload_of(gone), 1, retain=True))
        return self.is_away

    # -- within

    def _report(self, now: Moment, publish: Publish) -> None:
        standing = self._standing(now)
        if self._telling.wants_standing(standing, now.steady):
            taken = publish(Message(up_topic(self.id, "status"), payload_of(standing), 1, retain=True))
            self._telling.said_standing(standing, now.steady, taken=taken)
        plan = self._plan
        if self._crew.plans and plan is not None and self._telling.wants_plan(id(plan), now.steady):
            payload = packed_plan(self._digest, plan.of_store(self._whole), _NOBODY, now.at)
            taken = publish(Message(up_topic(self.id, "plan"), payload, 1, retain=True))
            self._telling.said_plan(id(plan), now.steady, taken=taken)
        numbers = self.end.journal_to_say(now.steady)
        if numbers:
            for payload in batches(self.diary.entries(numbers)):
                publish(Message(up_topic(self.id, "journal"), payload, 1))

    def _standing(self, now: Moment) -> Standing:
        return self.end.standing(now.at).model_copy(update={
            "software": self._crew.software, "place": self._place, "devices": self._devices,
            "plan": self._digest})

    def _apply(self, now: Moment) -> None:
        """Put in force what fits; the plan is shared with stores of this kind."""
        def tried() -> tuple[tuple[Concerning, Composed], tuple[str, ...]]:
            held = concerning(self.end.place, self.end.shelf.in_force())
            made = self._crew.composer.composed(self._kind, held, now.at)
            return (held, made), made.amiss or self._told_to_fail(held)

        best, unfit = newest_that_fits(self.end.shelf, tried)
        found, plan = best or (_NOTHING, None)
        refused = unfit[0][1] if unfit else ()
        plan = plan or self._crew.composer.composed(self._kind, _NOTHING, now.at)
        self._carry(self.end.applied(found, refused), now)
        self._begin(found, plan, now)

    def _told_to_fail(self, held: Concerning) -> tuple[str, ...]:
        campaigns = [entry.id for entry in held.entries if entry.kind == "campaign"]
        if not (self._manners.fails and campaigns):
            return ()
        return (f"The campaign {campaigns[-1]} cannot be shown here: this simulated store was told to fail.",)

    def _begin(self, found: Concerning, plan: Composed, now: Moment) -> None:
        campaigns = frozenset(entry.id for entry in found.entries if entry.kind == "campaign")
        if plan is not self._plan:
            self._digest = hashlib.sha256(plan.of_store(self._whole)).hexdigest()
            self.diary.add(now.at, "plan.published", {"digest": self._digest, "from_hq": True, "by": "HQ"})
        if campaigns - self._campaigns:
            for what, wanted in (("override", self._manners.overrides), ("complain", self._manners.complains)):
                if wanted:
                    self._soon.append((now.steady + self._drawn.uniform(*_NOTICE_S), what))
        self._plan, self._campaigns = plan, campaigns

    def _happen(self, now: Moment, publish: Publish) -> None:
        due = [what for at, what in self._soon if at <= now.steady]
        self._soon = [each for each in self._soon if each[0] > now.steady]
        for what in due:
            if what == "leave":
                self.leave(now, publish)
                if not self.is_away:
                    self._soon.append((now.steady + 1.0, what))
            elif what == "override":
                self.diary.add(now.at, "override.pressed", {
                    "zones": ["sales-floor"], "by": "simulated staff", "profile": "calm"})
            else:
                self.diary.add(now.at, "feedback.complaint", {"complaint": "too-loud", "by": "a simulated customer",
                                                              "acted": False})

    def _carry(self, effects: Iterable[Effect], now: Moment) -> None:
        """There is no disk here: what would be kept or forgotten is on the shelf in memory."""
        for effect in effects:
            if isinstance(effect, NoteAcknowledged):
                self.diary.acknowledged(effect.number)
            elif isinstance(effect, CarryOut | Decline):
                self._answer(effect, now)

    def _answer(self, asked: CarryOut | Decline, now: Moment) -> None:
        request = asked.request
        if request.id in self._answered:
            return
        self._answered.add(request.id)
        words, kind = self._done(request) if isinstance(asked, CarryOut) else (asked.words, "hq.request.refused")
        self.diary.add(now.at, kind, {
            "request": request.id, "verb": request.verb, "by": request.by, "sentence": words})

    def _done(self, request: Request) -> tuple[str, str]:
        if request.verb != "re-key":
            return "A simulated store has noted it.", "hq.request.done"
        try:
            if request.keys:
                self.end.trust(keyring_of(request.keys))
        except ValueError as wrong:
            return f"These keys cannot be used: {wrong}.", "hq.request.refused"
        return "The keys were changed.", "hq.request.done"

