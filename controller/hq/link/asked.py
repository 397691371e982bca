"""What HQ asks of one store now: carried out once, under the rights that the store grants, and answered in the journal.

A remote override is a press by somebody of the granted role: guardrails, quiet hours and limits hold as for anybody in
the shop. Its press bears the request's id, so that it is made once even if the store was killed before it could note
the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from controller.desk import Choice
from controller.errors import Conflict, Forbidden, Refused
from controller.hq.enrolling import keyring_of
from controller.hq.link.effects import CarryOut, Decline
from controller.hq.said import Request
from controller.hq.store_ports import Enrolment, LinkedMemory
from controller.planning import StorePlanning
from controller.ports import Actor, Entry
from profiles.limits import Person
from profiles.text import t

DONE, REFUSED = "hq.request.done", "hq.request.refused"
_MOST_FORMER_KEYS = 10
#: So long an answer is remembered after its request has expired. What is older was answered or is of no use to anybody:
#: whoever has taken over HQ's broker could say it again and again, and fill the store's journal with refusals.
_REMEMBERED = timedelta(days=30)


class Asked:
    """Carries out requests of HQ's in one store."""

    def __init__(
        self, memory: LinkedMemory, planning: StorePlanning, enrolment: Callable[[], Enrolment],
        rekeyed: Callable[[Enrolment], None],
    ) -> None:
        """`enrolment`: the one in force, for its grant and its keys. `rekeyed` is told of another."""
        self._memory, self._hq, self._planning = memory, memory.hq, planning
        self._enrolment, self._rekeyed = enrolment, rekeyed

    def answer(self, asked: CarryOut | Decline, now: datetime) -> None:
        """Carry it out and answer, unless that was done before. Raises Unavailable: then ask again."""
        request = asked.request
        if self._hq.answered(request.id) is not None or now > request.expires + _REMEMBERED:
            return
        fresh: Enrolment | None = None
        try:
            if isinstance(asked, Decline):
                raise Refused(asked.words)
            if now >= request.expires:
                raise Refused(t("It could not be carried out in time."))
            if request.verb == "re-key":
                fresh, words = self._fresh(request), t("The keys were changed.")
            else:
                words = self._do(request)
        except (Refused, Forbidden) as refusal:
            self._note(request, REFUSED, str(refusal), now)
            return
        if fresh is not None:
            self._hq.enrol(fresh, now, Entry("hq.rekeyed", {"keys": sorted(fresh.keys), "by": request.by}))
        self._note(request, DONE, words, now)
        if fresh is not None:
            self._rekeyed(fresh)

    def _do(self, request: Request) -> str:
        grant = self._enrolment().grant
        if grant is Person.VIEWER:
            raise Forbidden(t("This store lets HQ look on, and choose nothing."))
        actor = Actor(t("{name} (HQ)", name=request.by)[:120], grant)
        if request.verb == "override":
            if request.profile is None or request.end is None:
                raise Refused(t("An override names a profile and an end."))
            try:
                return self._planning.press(
                    request.zones, Choice(profile=request.profile), request.end, actor, once=request.id).sentence
            except Conflict:
                return t("It was chosen before this store was started again.")
        zones = request.zones if request.zones is not None else self._all_zones()
        ended = sum(self._planning.end_overrides(zone, actor) for zone in zones)
        return t("{count} choices were ended.", count=ended)

    def _all_zones(self) -> tuple[str, ...]:
        version = self._memory.plan_in_force()
        return () if version is None else tuple(zone.id for zone in version.plan.zones)

    def _fresh(self, request: Request) -> Enrolment:
        """The enrolment with what HQ gave. Raises Refused where that is nothing, or no keys."""
        before = self._enrolment()
        if request.keys is None and request.password is None:
            raise Refused(t("A re-key names keys, a password, or both."))
        try:
            keys = before.keys if request.keys is None else _checked(request.keys)
        except ValueError as wrong:
            raise Refused(t("These keys cannot be used: {why}.", why=str(wrong))) from None
        former = {name: key for name, key in {**before.former, **before.keys}.items() if name not in keys}
        kept = dict(list(former.items())[-_MOST_FORMER_KEYS:])
        return replace(before, keys=dict(keys), former=kept, password=request.password or before.password)

    def _note(self, request: Request, kind: str, words: str, now: datetime) -> None:
        body = {"request": request.id, "verb": request.verb, "by": request.by, "sentence": words}
        self._hq.note_answered(request.id, words, now, max(now, request.expires) + _REMEMBERED, Entry(kind, body))


def _checked(keys: Mapping[str, str]) -> Mapping[str, str]:
    if not keyring_of(keys):
        raise ValueError("there are none")
    return keys
