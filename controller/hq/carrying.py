"""Orders, carried out on paper: what becomes of each, as one `Issue` to be committed and said. Pure.

Raises Refused (with a sentence that becomes the order's answer) and changes nothing where an order cannot be done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from controller.errors import NotFound, Refused
from controller.hq.documents import Halt, Wave
from controller.hq.in_force import InForce
from controller.hq.issuing import Issue, Issuer, New, again, is_over, live, live_campaign, tombstone
from controller.hq.orders import Answer, Ask, Delete, OfCampaign, Publish, Renew, body_of
from controller.hq.ports import FleetRow, Order, RolloutRow
from controller.hq.rolling import advanced, begin, must_stay, resumed
from controller.hq.rolling_state import Rollout, State, rollout_of
from controller.hq.rollout import Seen, Thresholds
from controller.hq.said import Pair, Request
from controller.hq.topics import down_topic
from controller.ports import Entry

#: What is accepted for less than this share of its time any more is renewed.
_RENEW_SHARE = 0.25
#: Campaigns that ended this long ago are not renewed but taken away.
_LONG_OVER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the publisher knows when it carries something out. `rows`: asks for the fleet. `seen`: what the stores of a
    rollout have said of it since its wave began.
    """

    issuer: Issuer
    force: InForce
    rollouts: Mapping[str, RolloutRow]
    rows: Callable[[], Sequence[FleetRow]]
    seen: Callable[[RolloutRow], Mapping[str, Seen]]

    @property
    def next_pair(self) -> tuple[int, int]:
        """Of the next manifest."""
        return self.issuer.term, 1 if self.force.manifest is None else self.force.manifest.number + 1


def carried(desk: Desk, order: Order, at: datetime) -> Issue:
    """What becomes of an order. Raises Refused."""
    return _VERBS[order.verb](desk, order, body_of(order.verb, order.body), at) if order.verb in _VERBS else Issue(
        answer=Answer(refused=f"Nobody here knows how to {order.verb}."))


def _publish(desk: Desk, order: Order, body: Publish, at: datetime) -> Issue:
    if body.stages and body.kind != "campaign":
        raise Refused(f"A {body.kind} has no waves; campaigns do.")
    _see_that_it_stays(desk, body.kind, body.id, body.body.get("stores"))
    rollout = begin(body, desk.force, desk.rows(), desk.next_pair, at) if body.stages else None
    wave = None if rollout is None or _is_all(rollout.wave) else rollout.wave
    new = New(body.kind, body.id, body.body, body.selector, wave, timedelta(days=body.valid_days), body.author,
              order.by, body.note)
    issue = desk.issuer.issue(desk.force, (new,), at)
    version = issue.documents[0].document.version
    rows: tuple[RolloutRow, ...] = ()
    if rollout is not None:
        rows = (rollout.row(body.id, version, State.RUNNING, at),)
    elif body.id in desk.rollouts and body.kind == "campaign":
        rows = (_finished(desk.rollouts[body.id], version, at),)
    words = "It is published." if rollout is None else rollout.words
    return replace(issue, rollouts=rows).with_answer(Answer(words, version=version), Entry("document.published", {
        "kind": body.kind, "id": body.id, "version": version, "author": body.author, "approver": order.by,
        "note": body.note, "waves": len(body.stages)}))


def _delete(desk: Desk, order: Order, body: Delete, at: datetime) -> Issue:
    found = live(desk.force, body.kind, body.id)
    _see_that_it_stays(desk, body.kind, body.id, ())
    issue = desk.issuer.issue(desk.force, (tombstone(found.document, order.by, body.note),), at)
    version = issue.documents[0].document.version
    row = desk.rollouts.get(body.id) if body.kind == "campaign" else None
    rollouts = () if row is None else (_ended(row, version, State.DONE, at, f"{order.by} took the campaign away."),)
    return replace(issue, rollouts=rollouts).with_answer(
        Answer("It is taken away everywhere.", version=version),
        Entry("document.deleted", {"kind": body.kind, "id": body.id, "version": version, "by": order.by,
                                   "note": body.note}))


def _halt(desk: Desk, order: Order, body: OfCampaign, at: datetime) -> Issue:
    found = live(desk.force, "campaign", body.campaign)
    version = found.document.version
    if desk.force.is_halted(body.campaign):
        return Issue(answer=Answer("It was halted already.", version=version))
    row = desk.rollouts.get(body.campaign)
    words = f"{order.by} halted it." + (f" {body.reason}" if body.reason else "")
    rollouts = () if row is None else (_ended(row, version, State.HALTED, at, words),)
    return replace(desk.issuer.halt(desk.force, {body.campaign: version}), rollouts=rollouts).with_answer(
        Answer("It is withdrawn everywhere.", version=version),
        Entry("campaign.halted", {"campaign": body.campaign, "version": version, "by": order.by,
                                  "reason": body.reason}))


def _revive(desk: Desk, order: Order, body: OfCampaign, at: datetime) -> Issue:
    found = live(desk.force, "campaign", body.campaign)
    if not desk.force.is_halted(body.campaign):
        raise Refused(f"{body.campaign} is not halted.")
    row = desk.rollouts.get(body.campaign)
    before = None if row is None else rollout_of(row)
    document = found.document
    publish = Publish(kind="campaign", id=body.campaign, body=document.body.model_dump(mode="json"),
                      selector=document.selector, stages=() if before is None else before.stages,
                      thresholds=Thresholds() if before is None else before.thresholds, author=found.author,
                      note=body.reason)
    issue = _publish(desk, order, publish, at)
    return replace(issue, entries=(*issue.entries, Entry("campaign.revived", {
        "campaign": body.campaign, "by": order.by, "reason": body.reason})))


def _advance(desk: Desk, order: Order, body: OfCampaign, at: datetime) -> Issue:
    row, rollout = _open(desk, body.campaign)
    if row.state == State.STOPPED:
        raise Refused(f"The rollout of {body.campaign} is stopped: {rollout.words} Resume it first.")
    issue = further(desk, row, advanced(rollout, desk.next_pair, at, f"{order.by} let wave {rollout.stage + 2} begin."),
                    at)
    return issue.with_answer(Answer(f"Wave {rollout.stage + 2} of {len(rollout.stages)} has begun.",
                                    version=issue.documents[0].document.version if issue.documents else None),
                             Entry("rollout.advanced", {"campaign": body.campaign, "wave": rollout.stage + 2,
                                                        "by": order.by}))


def _pause(desk: Desk, order: Order, body: OfCampaign, at: datetime) -> Issue:
    row, rollout = _open(desk, body.campaign)
    if row.state == State.STOPPED:
        return Issue(answer=Answer("It was stopped already."))
    words = f"{order.by} paused it." + (f" {body.reason}" if body.reason else "")
    return Issue(rollouts=(_ended(row, row.version, State.STOPPED, at, words),)).with_answer(
        Answer(f"It stays at wave {rollout.stage + 1} of {len(rollout.stages)}."),
        Entry("rollout.paused", {"campaign": body.campaign, "by": order.by, "reason": body.reason}))


def _resume(desk: Desk, order: Order, body: OfCampaign, at: datetime) -> Issue:
    row, rollout = _open(desk, body.campaign)
    if row.state != State.STOPPED:
        return Issue(answer=Answer("It was not stopped."))
    fresh = resumed(rollout, desk.seen(row), at, order.by)
    return Issue(rollouts=(fresh.row(row.campaign, row.version, State.RUNNING, at),)).with_answer(
        Answer(f"It goes on with wave {rollout.stage + 1} of {len(rollout.stages)}; {len(fresh.excused)} stores are "
               "not counted any more."),
        Entry("rollout.resumed", {"campaign": body.campaign, "by": order.by, "reason": body.reason,
                                  "excused": len(fresh.excused)}))


def _renew(desk: Desk, order: Order, body: Renew, at: datetime) -> Issue:
    if body.id is not None and body.kind is not None:
        live(desk.force, body.kind, body.id)
        wanted: set[tuple[str, str]] = {(body.kind, body.id)}
    else:
        wanted = due_for_renewal(desk.force, at)
    if not wanted:
        return Issue(answer=Answer("Nothing has to be renewed."))
    return renewed(desk, wanted, at, order.by).with_answer(Answer(f"{len(wanted)} documents were renewed."))


def _request(desk: Desk, order: Order, body: Ask, at: datetime) -> Issue:
    expires = order.at + timedelta(seconds=body.expires_s)
    if at >= expires:
        raise Refused("HQ's broker could not be reached in time, so the store was not asked.")
    request = Request(organisation=desk.issuer.organisation, id=f"r{desk.issuer.term}-{order.number:06d}",
                      store=body.store, verb=body.verb, by=body.by, issued=at, expires=expires, zones=body.zones,
                      profile=body.profile, end=body.end, password=None)
    topic = down_topic(body.store, "request")
    payload = desk.issuer.keys.seal(topic, request.model_dump(mode="json", exclude_none=True))
    seconds = max(1, int((expires - at).total_seconds()))
    return Issue(messages=((topic, payload, seconds),)).with_answer(
        Answer("The store was asked.", request=request.id),
        Entry("request.sent", {
            "store": body.store, "verb": body.verb, "by": body.by, "request": request.id, "profile": body.profile or "",
            "zones": None if body.zones is None else list(body.zones), "end": body.end or ""}))


_VERBS: dict[str, Callable[..., Issue]] = {
    "publish": _publish, "delete": _delete, "halt": _halt, "revive": _revive, "advance": _advance, "pause": _pause,
    "resume": _resume, "renew": _renew, "request": _request}


# -- what the publisher does by itself, too


def further(desk: Desk, row: RolloutRow, rollout: Rollout, at: datetime) -> Issue:
    """A new version of the campaign that goes as far as the rollout's wave. Raises Refused where it is halted."""
    found = live_campaign(desk.force, row.campaign)
    wave = None if _is_all(rollout.wave) else rollout.wave
    issue = desk.issuer.issue(desk.force, (again(found, wave, f"wave {rollout.stage + 1}"),), at)
    version = issue.documents[0].document.version
    return replace(issue, rollouts=(rollout.row(row.campaign, version, State.RUNNING, at),))


def due_for_renewal(force: InForce, at: datetime) -> set[tuple[str, str]]:
    """Documents that stores will not be able to accept for much longer: what comes late has to find them too."""
    return {key for key, each in force.newest.items() if not each.document.gone and each.document.expires - at
            < _RENEW_SHARE * (each.document.expires - each.document.not_before)}


def renewed(desk: Desk, keys: set[tuple[str, str]], at: datetime, by: str = "") -> Issue:
    """New versions of the same content. What is halted, or was over long ago, is taken away instead: a higher version
    of a halted campaign would revive it.
    """
    new = []
    for key in sorted(keys):
        each = desk.force.newest[key]
        last = getattr(each.document.body, "last", None)
        over = last is not None and at.date() - last > _LONG_OVER
        if each.document.kind == "campaign" and (over or desk.force.is_halted(each.document.id)):
            new.append(tombstone(each.document, by, "Its time was over."))
        else:
            new.append(again(each, each.document.wave, "Renewed with new dates.", by))
    issue = desk.issuer.issue(desk.force, new, at)
    versions = {each.document.id: each.document for each in issue.documents if each.document.kind == "campaign"}
    rows = tuple(replace(row, version=versions[row.campaign].version, at=at) for row in desk.rollouts.values()
                 if row.campaign in versions and not versions[row.campaign].gone)
    return replace(issue, rollouts=rows, entries=(Entry("document.renewed", {
        "documents": [f"{each.document.kind} {each.document.id}" for each in issue.documents], "by": by}),))


def said_anew(desk: Desk, at: datetime) -> Issue:
    """Everything in a version of this term: of a database that was restored, stores have newer versions, and would take
    none of its own any more (rule 24). Nothing is revived by it: what is halted is halted in its new version as well.
    """
    new = [again(each, each.document.wave, "Said anew: the database was restored from a copy.")
           for _, each in sorted(desk.force.newest.items()) if not is_over(each, at)]
    issue = desk.issuer.issue(desk.force, new, at)
    versions = {each.document.id: each.document.version for each in issue.documents
                if each.document.kind == "campaign"}
    halted = {campaign: version for campaign, version in versions.items() if desk.force.is_halted(campaign)}
    halt = desk.issuer.halt(desk.force, halted).retained if halted else ()
    pair = Pair(term=desk.next_pair[0], number=desk.next_pair[1])
    rows = tuple(rollout_of(row).model_copy(update={"manifest": pair}).row(
        row.campaign, versions[row.campaign], State(row.state), at)
        for row in desk.rollouts.values() if row.campaign in versions)
    return replace(issue, retained=(*halt, *issue.retained), rollouts=rows, entries=(Entry("document.renewed", {
        "documents": [f"{each.document.kind} {each.document.id}" for each in issue.documents], "by": ""}),))


def withdrawn_before(desk: Desk, halt: Halt, at: datetime) -> Issue:
    """A halt that the broker holds and a database that was restored does not know of: it stays in force."""
    issue = desk.issuer.halt(desk.force, {each.campaign: each.version for each in halt.withdrawn})
    after = {each.campaign: each.version for each in halt.withdrawn}
    rows = tuple(_ended(row, row.version, State.HALTED, at, "It was halted after the copy of the database was made.")
                 for row in desk.rollouts.values()
                 if row.state != State.DONE and row.version <= after.get(row.campaign, -1))
    return replace(issue, rollouts=rows)


def _open(desk: Desk, campaign: str) -> tuple[RolloutRow, Rollout]:
    """A rollout that is not over. Raises Refused."""
    row = desk.rollouts.get(campaign)
    if row is None:
        raise NotFound(f"There is no rollout of {campaign}.")
    if row.state in (State.DONE, State.HALTED):
        raise Refused(f"The rollout of {campaign} is over: {rollout_of(row).words}")
    return row, rollout_of(row)


def _ended(row: RolloutRow, version: int, state: State, at: datetime, words: str) -> RolloutRow:
    return rollout_of(row).model_copy(update={"words": words[:400]}).row(row.campaign, version, state, at)


def _finished(row: RolloutRow, version: int, at: datetime) -> RolloutRow:
    return _ended(row, version, State.DONE, at, "A new version went to every store at once.")


def stuck(row: RolloutRow, why: str, at: datetime) -> Issue | None:
    """A rollout that cannot go on stops, so that nothing is pending for ever; None where it cannot even be read."""
    try:
        stopped = _ended(row, row.version, State.STOPPED, at, f"It cannot go on: {why}")
    except Refused:
        return None
    return Issue(rollouts=(stopped,), entries=(Entry("rollout.stopped", {
        "campaign": row.campaign, "wave": rollout_of(row).stage + 1, "why": why[:400]}),))


def _see_that_it_stays(desk: Desk, kind: str, id_: str, stores: object) -> None:
    """Raises Refused where a store list would leave out stores that a rollout reached by it."""
    whom = [each for each in stores if isinstance(each, str)] if isinstance(stores, list | tuple) else []
    if kind == "store-list" and (why := must_stay(desk.force, id_, whom)):
        raise Refused(why)


def _is_all(wave: Wave) -> bool:
    return wave.share >= 1
