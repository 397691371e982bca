"""The plan in force, made of the store's own part and what HQ says: looked at again whenever either changed.

Level-triggered: what is on the shelf and the store's own part are on disk, and the plan in force is whatever comes of
the two. Who is cut off between keeping a document and publishing the plan finds the same at the next start. Two that
publish at once (a manager and HQ) each make their version from the one in force, or begin again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from controller.errors import Conflict, Refused, SinneError, Unavailable
from controller.hq.documents import Manifest
from controller.hq.fitting import Fitted, fit
from controller.hq.shelf import Held, Shelf
from controller.hq.store_ports import LinkedMemory, ShelfMemory
from controller.ports import Entry, PlanVersion
from profiles.composing import PREFIX
from profiles.plan import Plan
from profiles.text import t, tn

_log = logging.getLogger("sinne.hq")

#: What the journal says of a manifest that does not fit, and of one more plan that is in force.
REFUSED, PUBLISHED = "hq.refused", "plan.published"

#: So often a version is made anew because somebody else published one meanwhile.
_TRIES = 20
_NAMED = 4
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Applied:
    """The version in force, what of HQ's is in it, and whether it is a new one."""

    version: PlanVersion
    fitted: Fitted
    is_new: bool


def restored(hq: ShelfMemory) -> Shelf | None:
    """The shelf as it is on disk; None where the store belongs to nobody. What is torn is left out, and logged.

    Raises Refused where the enrolment cannot be read.
    """
    enrolment = hq.enrolment()
    if enrolment is None:
        return None
    try:
        keys, every_key = enrolment.keyring(), enrolment.every_key()
    except ValueError:
        raise Refused(t("The keys of HQ that this store has cannot be read. Enrol it again.")) from None
    shelf = Shelf(enrolment.organisation, every_key)
    for words in shelf.restore((each.topic, each.payload) for each in hq.shelf()):
        _log.warning("Something of HQ's that was kept cannot be used any more: %s", words)
    shelf.keys = keys
    return shelf


def renew(memory: LinkedMemory, shelf: Shelf, now: datetime) -> Applied | None:
    """See that the plan in force is what comes of the shelf and the store's own part; None before the first plan.

    What is on the shelf is on disk already. Raises Unavailable where the new plan cannot be written: the one in force
    stays, and this can be asked again.
    """
    for _ in range(_TRIES):
        version = memory.plan_in_force()
        if version is None:
            return None
        found = fit(shelf, version.own, now, None if version.local is None else version.plan)
        _note_refusal(memory, shelf, found, now)
        if found.plan.digest == version.digest:
            return Applied(version, found, is_new=False)
        try:
            return Applied(_publish(memory, version, found, now), found, is_new=True)
        except Conflict:  # a manager was quicker: the same again upon that version
            continue
    raise Unavailable(t("The plan changes all the time. What HQ says is put into it in a moment."))


def renew_at_start(memory: LinkedMemory, now: datetime) -> Applied | None:
    """As `renew`, from what is on disk. A store starts whatever is amiss with that: then its plan is as it was."""
    try:
        shelf = restored(memory.hq)
        return None if shelf is None else renew(memory, shelf, now)
    except SinneError as error:
        _log.warning("What HQ says could not be looked at, so the plan in force stays as it is: %s", error)
        return None


def put_alone(memory: LinkedMemory, author: str, note: str, now: datetime) -> None:
    """Put the store's own part in force without anything of HQ's: before the store leaves HQ, or goes to another.

    Before, because who is cut off between the two still belongs there, and finds HQ's part again at the next start.
    """
    version = memory.plan_in_force()
    if version is not None and version.local is not None:
        body = {"digest": version.own.digest, "note": note, "by": author, "warnings": []}
        memory.publish(version.own, author, note, now, Entry(PUBLISHED, body))


def with_hq(memory: LinkedMemory, version: PlanVersion | None, local: Plan, now: datetime) -> Plan:
    """The plan that would be in force with `local` in the place of the own part of `version`, the one in force.

    Raises Refused where it does not go together with what HQ says, Unavailable where that is not whole here.
    """
    shelf = restored(memory.hq)
    if shelf is None or version is None:
        return local
    in_force = None if version.local is None else version.plan
    fit(shelf, version.own, now, in_force)
    stands = shelf.manifest
    found = fit(shelf, local, now, in_force)
    lost = stands is not None and (shelf.manifest is None or _pair(shelf.manifest) < _pair(stands))
    if found.unfit and (lost or not found.whole):
        raise not_together(next((words for manifest, words in found.unfit if manifest == stands), found.refused))
    if not found.whole:
        raise _not_whole()
    return found.plan


def held_in_force(memory: LinkedMemory, version: PlanVersion, now: datetime) -> tuple[Held, ...]:
    """What HQ says that is in force in `version`, the newest, for a look at other own parts. Raises Unavailable."""
    shelf = restored(memory.hq)
    if shelf is None:
        return ()
    if not fit(shelf, version.own, now, None if version.local is None else version.plan).whole:
        raise _not_whole()
    return tuple(shelf.in_force())


def not_together(amiss: Iterable[str]) -> Refused:
    """The refusal of an own part that HQ's part cannot be put into; `amiss`: why."""
    return Refused("\n".join([t("This does not go together with what HQ says, so nothing was changed:"), *amiss]))


def _not_whole() -> Unavailable:
    return Unavailable(t("What HQ says to this store is not whole here. It is fetched as soon as HQ can be reached; "
                         "then this can be done."), 60)


def _pair(manifest: Manifest) -> tuple[int, int]:
    return manifest.term, manifest.number


def _publish(memory: LinkedMemory, version: PlanVersion, found: Fitted, now: datetime) -> PlanVersion:
    enrolment = memory.hq.enrolment()
    author = t("HQ") if enrolment is None else t("HQ of {organisation}", organisation=enrolment.organisation)
    note = _note(version.plan, found.plan)
    body = {"digest": found.plan.digest, "note": note, "by": author, "warnings": [], "from_hq": True}
    return memory.publish(found.plan, author, note, now, Entry(PUBLISHED, body), local=version.own,
                          upon=version.version)


def _note(before: Plan, after: Plan) -> str:
    """What HQ changed, by name: for the list of versions."""
    old, new = _of_hq(before), _of_hq(after)
    came = [name for key, (name, what) in new.items() if key not in old or old[key][1] != what]
    went = [name for key, (name, _) in old.items() if key not in new]
    said = [tn("from HQ: {names}", "from HQ: {names}", len(came), names=_listed(came))] if came else []
    said += [tn("no longer: {names}", "no longer: {names}", len(went), names=_listed(went))] if went else []
    return "; ".join(said) or t("from HQ")


def _of_hq(plan: Plan) -> dict[tuple[str, str], tuple[str, object]]:
    return {(part, each.id): (each.name, each)
            for part in ("campaigns", "profiles", "dayparts", "quiet_hours", "fragrances", "sources")
            for each in getattr(plan, part) if each.id.startswith(PREFIX)}


def _listed(names: list[str]) -> str:
    shown = list(dict.fromkeys(names))
    more = len(shown) - _NAMED
    return ", ".join(shown[:_NAMED]) + (t(" and {count} more", count=more) if more > 0 else "")


def _note_refusal(memory: LinkedMemory, shelf: Shelf, found: Fitted, now: datetime) -> None:
    """One entry for each manifest that does not fit and what is amiss with it, however often it is tried again."""
    if shelf.refused is None or not found.unfit:
        return
    body = {"manifest": f"{shelf.refused.term}.{shelf.refused.number}", "sentences": list(found.refused)}
    said = memory.recorded(_LONG_AGO, now + timedelta(days=3660), (REFUSED,), limit=1, newest_first=True)
    if not said or dict(said[0].body) != body:
        memory.record(now, Entry(REFUSED, body))
