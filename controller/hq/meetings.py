"""What a campaign meets, for people: who beats whom of what, where, and when first. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from controller.hq.conflicts import Conflicts, Meeting, Relation
from controller.hq.ports import FleetRow
from controller.hq.room import store_name
from controller.hq.shapes import ConflictsShown, MeetingShown, StoreName
from controller.hq.wording import stores_counted
from controller.walltime import Wall
from controller.wording_values import listed, sense_name
from profiles.overlay import Campaign
from profiles.places import Store
from profiles.text import t, tn

_MOST_NAMES = 200


def conflicts_shown(
    campaign: Campaign, found: Conflicts, rows: Sequence[FleetRow], usual: Store, now: datetime,
) -> ConflictsShown:
    """Conflicts in words. `rows`: the campaign's audience. `usual`: in whose time instants are told."""
    names = {row.store: row for row in rows}
    wall = Wall(usual.place.tz, now)
    meetings = tuple(_meeting(campaign, each, names, wall) for each in found.meetings)
    ties = sum(each.relation is Relation.TIE for each in found.meetings)
    problems = [t("In {stores}: {sentence}", stores=stores_counted(len(stores)), sentence=sentence)
                for sentence, stores in found.unread.items()]
    return ConflictsShown(
        _sentence(found, ties, len(problems)), ties > 0 or bool(problems), len(found.stores), found.classes, meetings,
        _names(found.never, names), len(rows) - len(found.stores), tuple(problems), now)


def _meeting(campaign: Campaign, met: Meeting, names: Mapping[str, FleetRow], wall: Wall) -> MeetingShown:
    first_words = t("first {when}", when=wall.soon(met.first[0]))
    what = {"name": met.name, "stores": stores_counted(len(met.stores)), "mine": campaign.priority,
            "senses": listed([sense_name(sense) for sense in met.senses])}
    if met.relation is Relation.TIE:
        sentence = t("{name} has the same priority, {mine}, in {stores}: one of the two needs another.", **what)
    elif met.relation is Relation.OVER:
        sentence = t("It beats {name} in {stores}, in {senses}.", **what)
    else:
        sentence = t("{name} beats it in {stores}, in {senses}.", **what)
    return MeetingShown(met.campaign, met.name, met.relation.value, sentence, met.senses, met.zones, met.first,
                        first_words, _names(met.stores, names), len(met.stores))


def _sentence(found: Conflicts, ties: int, problems: int) -> str:
    if problems:
        return t("Its times cannot be read in some of the stores, so it cannot be published.")
    if ties:
        return tn("One tie keeps it from being published.", "{count} ties keep it from being published.", ties)
    if not found.stores:
        return t("HQ has seen the plan of none of its stores yet, so nothing could be compared.")
    if not found.meetings:
        return t("It meets no other campaign.")
    over = sum(each.relation is Relation.OVER for each in found.meetings)
    under = len(found.meetings) - over
    if not under:
        return tn("It meets one campaign and wins.", "It meets {count} campaigns and wins.", over)
    if not over:
        return tn("It meets one campaign and loses.", "It meets {count} campaigns and loses.", under)
    return t("It wins over {over} and loses to {under}.", over=over, under=under)


def _names(stores: Sequence[str], names: Mapping[str, FleetRow]) -> tuple[StoreName, ...]:
    found = [store_name(names[store]) for store in stores[:_MOST_NAMES] if store in names]
    return tuple(sorted(found, key=lambda each: (each.name.casefold(), each.id)))
