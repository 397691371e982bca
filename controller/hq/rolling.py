"""The waves of a campaign: which stores are reached, what they said of it, and what follows (`semantics.md`, rule 25).

Pure: rows of the fleet and lines of journals in, the next rollout out. The publisher asks it at every beat.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from controller.errors import Refused
from controller.hq.documents import Document, Selector, Wave
from controller.hq.in_force import InForce, placed
from controller.hq.orders import Publish
from controller.hq.ports import FleetRow, StoredLine
from controller.hq.rolling_state import Rollout, State
from controller.hq.rollout import Seen, Stage, Step, look
from controller.hq.said import Pair, Standing
from controller.hq.selecting import Lists, is_in_wave, is_selected
from controller.hq.waves import smallest_share
from profiles.text import t

#: Entries of stores' journals that count against a campaign.
OVERRIDE, COMPLAINT = "override.pressed", "feedback.complaint"
KINDS = (OVERRIDE, COMPLAINT)


@dataclass(frozen=True, slots=True)
class Next:
    """How a rollout goes on: its new state, and the wave to publish where it goes further."""

    rollout: Rollout
    state: State
    wave: Wave | None = None


def audience(selector: Selector, rows: Iterable[FleetRow], lists: Lists) -> list[FleetRow]:
    """The stores that a selector names, of those that were heard at all: one that was enrolled and never ran is none
    that could fail.
    """
    return [row for row in rows if row.standing is not None
            and is_selected(selector, placed(row.store, row.standing.place), lists)]


def reached(campaign: str, wave: Wave | None, rows: Iterable[FleetRow], lists: Lists) -> list[FleetRow]:
    """Those of an audience to which a wave has come."""
    return [row for row in rows if is_in_wave(wave, campaign, row.store, lists)]


def begin(order: Publish, force: InForce, rows: Iterable[FleetRow], pair: tuple[int, int], at: datetime) -> Rollout:
    """The rollout of a campaign that is published with `stages`. `pair`: of the manifest that will name it.

    Waves only grow (rule 25), over versions too: a new version of a campaign that is out goes at least as far as the
    one before. Raises Refused where a wave is narrower than the one before it, or reaches no store.
    """
    _grows(order.stages)
    chosen = audience(order.selector, rows, force.lists)
    covered = _covered(force, order.id)
    stage = next((n for n, each in enumerate(order.stages) if _covers(each.wave, covered)), len(order.stages) - 1)
    wave = _union(order.stages[stage].wave, covered)
    if not reached(order.id, wave, chosen, force.lists):
        share = smallest_share(order.id, (row.store for row in chosen))
        if share is None:
            raise Refused(f"{order.id} is for no store that HQ has heard of, so its first wave reaches nobody.")
        raise Refused(f"The first wave of {order.id} reaches no store. The smallest share that reaches one is "
                      f"{100 * share:.2f} %.")
    return Rollout(stages=order.stages, thresholds=order.thresholds, stage=stage, since=at, wave=wave,
                   manifest=Pair(term=pair[0], number=pair[1]), words="The first wave has begun." if stage == 0 else
                   f"It begins with wave {stage + 1}: the version before had come as far.")


def advanced(rollout: Rollout, pair: tuple[int, int], at: datetime, words: str) -> Rollout:
    """The rollout with its next wave. Raises Refused where there is none."""
    if rollout.last:
        raise Refused("Every wave of it has begun.")
    stage = rollout.stage + 1
    return rollout.model_copy(update={
        "stage": stage, "since": at, "wave": _union(rollout.stages[stage].wave, rollout.wave), "words": words,
        "manifest": Pair(term=pair[0], number=pair[1])})


def seen(document: Document, rollout: Rollout, rows: Iterable[FleetRow], force: InForce,
         lines: Iterable[StoredLine]) -> dict[str, Seen]:
    """What every store that the rollout has reached has said of it, but for those that are excused.

    `lines`: of `KINDS`, since the wave began.
    """
    stores = reached(document.id, rollout.wave, audience(document.selector, rows, force.lists), force.lists)
    against: dict[str, dict[str, int]] = {}
    for each in lines:
        kinds = against.setdefault(each.store, {})
        kinds[each.line.kind] = kinds.get(each.line.kind, 0) + 1
    wanted = (rollout.manifest.term, rollout.manifest.number)
    found = {}
    for row in stores:
        if row.store in rollout.excused or row.standing is None:
            continue
        counts = against.get(row.store, {})
        failed = has_refused(row.standing, document.id, wanted)
        found[row.store] = Seen(not failed and has_reported(row.standing, wanted, force), failed,
                                counts.get(OVERRIDE, 0), counts.get(COMPLAINT, 0))
    return found


def has_reported(said: Standing, wanted: tuple[int, int], force: InForce) -> bool:
    """Whether a store has applied a manifest at least as new as `wanted`, and what follows from it is what HQ expects.

    The digest can be compared for the manifest in force only; of one before it the store's word is taken.
    """
    if said.manifest is None or (said.manifest.term, said.manifest.number) < wanted:
        return False
    newest = (said.manifest.term, said.manifest.number) == force.pair
    return not newest or said.applies is None or said.applies == force.applies(said.store, said.place)


def has_refused(said: Standing, campaign: str, wanted: tuple[int, int]) -> bool:
    """Whether a store has refused a campaign, or the manifest that names it."""
    whole = said.waiting is not None and (said.waiting.term, said.waiting.number) >= wanted and bool(said.refused)
    name = re.compile(rf"(?<![a-z0-9-]){re.escape(campaign)}(?![a-z0-9-])")
    return whole or any(name.search(sentence) for sentence in said.refused)


def judged(rollout: Rollout, what: Mapping[str, Seen], now: datetime) -> Next | None:
    """How a running rollout goes on; None where nothing changes, not even its numbers. `ADVANCE` gives the wave."""
    found = look(rollout.stages[rollout.stage], what, rollout.since, now, last=rollout.last,
                 limits=rollout.thresholds)
    told = rollout.model_copy(update={
        "words": found.words, "stores": found.stores, "reported": found.reported, "failed": found.failed,
        "pending": found.pending})
    if found.step is Step.ADVANCE:
        further = rollout.stages[rollout.stage + 1].wave
        return Next(told, State.RUNNING, _union(further, rollout.wave))
    state = _STATES[found.step]
    return None if told == rollout and state is State.RUNNING else Next(told, state)


_STATES = {Step.WAIT: State.RUNNING, Step.ASK: State.ASKING, Step.STOP: State.STOPPED, Step.DONE: State.DONE}


def resumed(rollout: Rollout, what: Mapping[str, Seen], at: datetime, by: str) -> Rollout:
    """The rollout as a person lets it go on: what had failed by then is excused, and the wave's time begins anew."""
    failed = [store for store, each in what.items() if each.failed or each.overrides or each.complaints]
    silent = [store for store, each in what.items() if not each.reported and _is_late(rollout, at)]
    return rollout.model_copy(update={
        "since": at, "excused": tuple(sorted({*rollout.excused, *failed, *silent})), "words": f"{by} let it go on."})


def _is_late(rollout: Rollout, at: datetime) -> bool:
    return (at - rollout.since).total_seconds() >= 60 * rollout.stages[rollout.stage].timeout_min


def _covered(force: InForce, campaign: str) -> Wave | None:
    """How far the campaign goes by now; None where it is not out."""
    before = force.newest.get(("campaign", campaign))
    if before is None or before.document.gone or force.is_halted(campaign):
        return None
    return before.document.wave or Wave(share=1.0)


def must_stay(force: InForce, id_: str, stores: Collection[str]) -> str:
    """Why a store list may not become `stores` (nobody: may not be taken away) while a rollout goes by it, in a
    sentence; empty where it may. Lists of waves only grow (rule 25): what is to go back is halted.
    """
    lost = sorted(set(force.lists.get(id_, ())) - set(stores))
    by = [each.id for each in force.documents if each.wave is not None and id_ in each.wave.lists]
    if not lost or not by:
        return ""
    return t("{campaign} goes out by the list {id}, and lists of a rollout only grow: {stores} would lose it. Halt the "
             "campaign instead.", campaign=by[0], id=id_,
             stores=", ".join(lost[:3]) + (t(" and {n} more", n=len(lost) - 3) if len(lost) > 3 else ""))


def _grows(stages: Sequence[Stage]) -> None:
    for n, (before, after) in enumerate(pairwise(stages), start=2):
        if not _covers(after.wave, before.wave):
            raise Refused(f"Wave {n} is narrower than wave {n - 1}. Waves only grow: a later one has at least the "
                          "share and the lists of the one before.")


def _covers(wave: Wave, other: Wave | None) -> bool:
    return other is None or (wave.share >= other.share and (wave.share >= 1 or set(wave.lists) >= set(other.lists)))


def _union(wave: Wave, other: Wave | None) -> Wave:
    if other is None:
        return wave
    return Wave(share=max(wave.share, other.share), lists=tuple(sorted({*wave.lists, *other.lists})))
