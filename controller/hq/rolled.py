"""A rollout for people: every wave with its numbers, why it is as it is, and what may be done about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from controller.hq.documents import Document
from controller.hq.in_force import InForce
from controller.hq.ports import FleetRow, RolloutRow
from controller.hq.rolling import audience, reached
from controller.hq.rolling_state import Rollout, State, rollout_of
from controller.hq.rollout import Seen
from controller.hq.room import list_names, store_name
from controller.hq.shapes_campaigns import RolloutShown, StageShown
from controller.hq.wording import stores_counted, threshold_words, wave_words
from profiles.text import t

#: Stores of a wave that failed and are named.
_MOST_FAILING = 20
_VERBS = {State.RUNNING: ("advance", "pause", "halt"), State.ASKING: ("advance", "pause", "halt"),
          State.STOPPED: ("resume", "halt"), State.DONE: ("halt",), State.HALTED: ("revive",)}


@dataclass(frozen=True, slots=True)
class Sight:
    """What a rollout is told from: the campaign, the fleet, what is in force, and what stores said since the wave began
    (`rolling.seen`).
    """

    document: Document
    rows: Sequence[FleetRow]
    force: InForce
    seen: Mapping[str, Seen]

    @property
    def chosen(self) -> list[FleetRow]:
        """The stores that the campaign is for."""
        return audience(self.document.selector, self.rows, self.force.lists)


def rollout_shown(row: RolloutRow, edition: int, sight: Sight, *, may: bool) -> RolloutShown:
    """How far a rollout is. `may`: whether the one who asks may steer it."""
    rollout, state = rollout_of(row), State(row.state)
    document, force, chosen = sight.document, sight.force, sight.chosen
    stages = tuple(_stage(number, rollout, state, sight, chosen) for number in range(len(rollout.stages)))
    verbs = [verb for verb in _VERBS[state] if not (verb == "advance" and rollout.last)]
    return RolloutShown(
        row.campaign, row.version, edition, row.state, _sentence(rollout, state, stages[rollout.stage]), stages,
        threshold_words(rollout.thresholds), tuple(verbs) if may else (),
        len(reached(document.id, rollout.wave, chosen, force.lists)), row.at)


def at_once(document: Document, edition: int, rows: Sequence[FleetRow], force: InForce, *, may: bool) -> RolloutShown:
    """A campaign that went to every store at once: there are no waves, and it can be halted all the same."""
    halted = force.is_halted(document.id)
    count = len(audience(document.selector, rows, force.lists))
    published = force.newest["campaign", document.id]
    words = t("It is withdrawn everywhere.") if halted else t("It went to all {stores} at once.",
                                                             stores=stores_counted(count))
    verbs = ("revive",) if halted else ("halt",)
    return RolloutShown(document.id, document.version, edition, "halted" if halted else "done", words, (), (),
                        verbs if may else (), count, published.at)


def _stage(
    number: int, rollout: Rollout, state: State, sight: Sight, chosen: Sequence[FleetRow],
) -> StageShown:
    stage = rollout.stages[number]
    words = wave_words(stage.wave, list_names(sight.force))
    stores = reached(sight.document.id, stage.wave, chosen, sight.force.lists)
    ids = {row.store for row in stores}
    if number > rollout.stage:
        return StageShown(number + 1, words, "to-come", _condition(rollout, number), len(stores),
                          by_hand=stage.by_hand)
    here = {store: each for store, each in sight.seen.items() if store in ids}
    failed = sorted(store_name(row).name for row in stores if row.store in here and here[row.store].failed)
    reported = sum(each.reported for each in here.values())
    shown = StageShown(
        number + 1, words, "passed", t("It has passed."), len(stores), reported, len(failed),
        max(0, len(stores) - reported - len(failed)), sum(each.overrides > 0 for each in here.values()),
        sum(each.complaints > 0 for each in here.values()), by_hand=stage.by_hand,
        failing=tuple(failed[:_MOST_FAILING]))
    if number < rollout.stage or state is State.DONE:
        return shown
    return StageShown(
        shown.number, words, "running" if state is State.RUNNING else state.value, rollout.words, shown.stores,
        shown.reported, shown.failed, shown.pending, shown.overrides, shown.complaints, rollout.since,
        rollout.since + timedelta(minutes=stage.soak_min), rollout.since + timedelta(minutes=stage.timeout_min),
        stage.by_hand, shown.failing)


def _condition(rollout: Rollout, number: int) -> str:
    """When a wave to come begins."""
    before = rollout.stages[number - 1]
    if before.by_hand:
        return t("It begins when a person lets it.")
    return t("It begins by itself once wave {number} has passed and soaked for {minutes} minutes.", number=number,
             minutes=before.soak_min)


def _sentence(rollout: Rollout, state: State, stage: StageShown) -> str:
    of = {"number": rollout.stage + 1, "all": len(rollout.stages), "why": rollout.words}
    if state is State.DONE:
        return rollout.words or t("Every wave has passed.")
    if state is State.HALTED:
        return t("It is withdrawn everywhere. {why}", **of)
    if state is State.STOPPED:
        return t("It stopped in wave {number} of {all}. {why}", **of)
    if state is State.ASKING:
        return t("Wave {number} of {all} has passed; a person lets the next one begin.", **of)
    return t("Wave {number} of {all} is on its way: {reported} of {stores} stores run it, {pending} have not said, "
             "{failed} failed.", **of, reported=stage.reported, stores=stage.stores, pending=stage.pending,
             failed=stage.failed)
