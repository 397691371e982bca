"""Sentences for people, from reasons: because, until, limits, opening, stops, presses, the one sentence on top.

The only place on this floor where such sentences are written; the modules that look and the modules that act bring
the facts. Times are the store's own (`walltime.py`). No markup: whoever shows a sentence escapes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from controller.shapes import Standing
from controller.walltime import Wall
from controller.wording_values import Names, counted, listed, number, sense_name, sentence_case, setting_words
from profiles.layers import Rank
from profiles.limits import Clamp, Person
from profiles.plan import Stop
from profiles.scene import Field, Sense
from profiles.text import t, tn

# ── reasons ─────────────────────────────────────────────────────────────────────────


def rank_word(rank: Rank) -> str:
    """A rank as it is named to programs: default, daypart, campaign, override, quiet-hour, stop."""
    return rank.name.lower().replace("_", "-")


def reason(rank: Rank, name: str, by: str | None, since: str = "") -> str:
    """Why, in a few words: `Daypart Day`, `Campaign Spring`, `Elin chose it`, `Quiet hour`, `Stopped by Elin at 14:32`,
    `Nothing is planned`.

    `since`: when a stop began, in words.
    """
    if rank is Rank.STOP:
        return t("Stopped by {name} at {time}", name=by or "", time=since)
    if rank is Rank.OVERRIDE:
        return t("{name} chose it", name=by or "")
    if rank is Rank.QUIET_HOUR:
        return quiet_hour_name(name)
    if rank is Rank.CAMPAIGN:
        return t("Campaign {name}", name=name)
    if rank is Rank.DAYPART:
        return t("Daypart {name}", name=name)
    return t("Nothing is planned")


def quiet_hour_name(name: str) -> str:
    """A quiet hour by its name, which may say already what it is: `Quiet hour`, `Quiet hour Tuesday`."""
    said = t("Quiet hour")
    return name if said.casefold() in name.casefold() else t("Quiet hour {name}", name=name)


def until_words(reason_words: str, until: datetime | None, wall: Wall) -> str:
    """A reason with its end: `Daypart Day, until 18:00`; without an end the reason alone."""
    return reason_words if until is None else t("{reason}, until {time}", reason=reason_words, time=wall.at(until))


def and_also(first: str, *more: str) -> str:
    """Reasons one after the other."""
    return "; ".join((first, *more))


def stopped_senses(stop: Stop, wall: Wall) -> str:
    """`scent stopped by Elin at 14:32`, for a stop of some senses only."""
    return t("{senses} stopped by {name} at {time}", senses=listed(sense_name(s) for s in stop.senses), name=stop.by,
             time=wall.at(stop.since))


def complaint_name(complaint: str) -> str:
    """A complaint as its key says it: `Too loud`."""
    return {"too-loud": t("Too loud"), "too-bright": t("Too bright"), "too-strong": t("Too strong")}[complaint]


def nudged(name: str, by: str, until: datetime, wall: Wall) -> str:
    """`too loud for Elin, until 15:32`."""
    return t("{complaint} for {name}, until {time}", complaint=name[:1].lower() + name[1:], name=by,
             time=wall.at(until))


# ── limits ──────────────────────────────────────────────────────────────────────────


def limit_words(field: Field, clamp: Clamp, names: Names) -> str:
    """What a safety limit of the store changed: `volume limited to 60 % by the store's limit; 70 % was asked`."""
    if clamp.limit == "scent-free zone":
        return t("no scent is given, because the zone is scent-free")
    if clamp.limit == "no consent to scent":
        return t("no scent is given, because the store has not agreed to scent")
    if clamp.limit == "light floor" and isinstance(clamp.given, bool):
        return t("light switched on by the light floor, which holds while people are here")
    given, asked = setting_words(clamp.given, names), setting_words(clamp.asked, names)
    if clamp.limit == "light floor":
        return t("light raised to {given} by the light floor, which holds while people are here; {asked} was asked",
                 given=given, asked=asked)
    return t("{what} limited to {given} by the store's limit; {asked} was asked", what=_what(field), given=given,
             asked=asked)


def guardrail_words(field: Field, clamp: Clamp, person: Person, names: Names) -> str:
    """What a guardrail changed: `volume set to 60 %, the nearest that staff may choose; 70 % was asked`."""
    return t("{what} set to {given}, the nearest that {role} may choose; {asked} was asked", what=_what(field),
             given=setting_words(clamp.given, names), role=role_word(person), asked=setting_words(clamp.asked, names))


def shortened_words(end: datetime, person: Person, wall: Wall) -> str:
    """The role's maximum has shortened a press."""
    return t("ends at {time}, the longest that {role} may choose", time=wall.at(end), role=role_word(person))


def role_word(person: Person) -> str:
    """A role in a sentence."""
    return {Person.VIEWER: t("viewers"), Person.STAFF: t("staff"), Person.MANAGER: t("managers"),
            Person.EDITOR: t("editors"), Person.APPROVER: t("approvers"),
            Person.ADMINISTRATOR: t("administrators")}[person]


def forbidden_words(needed: Person, person: Person) -> str:
    """Who may do it instead."""
    return t("This takes {needed} or more, and you are here with the role of {role}.", needed=role_word(needed),
             role=role_word(person))


def _what(field: Field) -> str:
    if field is Field.MUSIC_VOLUME:
        return t("volume")
    return t("light") if field.sense is Sense.LIGHT else sense_name(field.sense)


# ── presses ─────────────────────────────────────────────────────────────────────────


def where_words(zones: Sequence[str], whole: bool) -> str:
    """`the whole store`, `Café`, `Café and Window`, `7 zones`."""
    if whole:
        return t("the whole store")
    return listed(zones) if len(zones) <= 3 else tn("{count} zone", "{count} zones", len(zones))


def pressed(name: str, where: str, ends: Sequence[datetime], wall: Wall) -> str:
    """`Soft mirror in Fitting rooms, until 15:02`; several ends: the first of them."""
    first = min(ends)
    if first == max(ends):
        return t("{name} in {where}, until {time}", name=name, where=where, time=wall.at(first))
    return t("{name} in {where}, until {time} where it ends first", name=name, where=where, time=wall.at(first))


def masked(sentence: str) -> str:
    """A press under a stop does not show yet."""
    return t("{sentence}. It shows when the stop has ended.", sentence=sentence)


def taken_back(name: str, where: str) -> str:
    """A press was undone."""
    return t("Taken back: {name} in {where}", name=name, where=where)


# ── the store ───────────────────────────────────────────────────────────────────────


def opening_words(open_now: bool, change: datetime | None, wall: Wall) -> str:
    """`Open until 20:00`, `Closed, opens Mon 10:00`, `Always open`; `change`: when that ends."""
    if open_now:
        return t("Always open") if change is None else t("Open until {time}", time=wall.soon(change))
    return t("Closed") if change is None else t("Closed, opens {time}", time=wall.soon(change))


def no_plan() -> str:
    """Before the first plan."""
    return t("There is no plan yet. Publish one, and the store comes to life.")


def broker_away() -> str:
    """Nothing can be sent or heard."""
    return t("The broker is out of reach. Devices keep what they had; changes reach them when it is back.")


def time_doubted() -> str:
    """The wall clock is not believed (`semantics.md`, rule 15)."""
    return t("The clock cannot be trusted. Nothing scheduled is sent; choices and stops work.")


def stop_sentence(stop: Stop, zones: Sequence[str], wall: Wall) -> str:
    """`The store was stopped by Elin at 14:32.`; `zones`: names of the zones, empty for the whole store."""
    if set(stop.senses) == set(Sense) and not zones:
        return t("The store was stopped by {name} at {time}.", name=stop.by, time=wall.at(stop.since))
    full = set(stop.senses) == set(Sense)
    what = t("Everything") if full else sentence_case(listed(sense_name(sense) for sense in stop.senses))
    return t("{what} in {where}: stopped by {name} at {time}.", what=what, where=where_words(zones, not zones),
             name=stop.by, time=wall.at(stop.since))


def zones_sentence(standings: Sequence[Standing], only: str) -> str:
    """How the zones stand: `Three zones are as they should be. One is on its way, one is out of reach.`

    `only`: the name of the zone, where there is one. What needs somebody is said first.
    """
    count = {standing: standings.count(standing) for standing in Standing}
    if count[Standing.REPORTED] == len(standings):
        if len(standings) == 1:
            return t("{zone} is as it should be.", zone=only)
        return t("All {count} zones are as they should be.", count=number(len(standings)))
    sentences = []
    if count[Standing.ALARM]:
        sentences.append(_counted("{count} zone needs somebody", "{count} zones need somebody", count[Standing.ALARM]))
    if count[Standing.REPORTED]:
        sentences.append(_counted("{count} zone is as it should be", "{count} zones are as they should be",
                                  count[Standing.REPORTED]))
    rest: list[str] = []
    for standing in (one for one in _REST if count[one]):
        one, many = (_REST if sentences or rest else _REST_FIRST)[standing]
        rest.append(_counted(one, many, count[standing]))
    if rest:
        sentences.append(", ".join(rest))
    return " ".join(f"{sentence_case(said)}." for said in sentences)


#: How zones stand that are neither right nor in alarm, after zones were named, and before.
_REST: Mapping[Standing, tuple[str, str]] = {
    Standing.SENT: ("{count} is on its way", "{count} are on their way"),
    Standing.ASSUMED: ("{count} is assumed", "{count} are assumed"),
    Standing.LOST: ("{count} is out of reach", "{count} are out of reach"),
    Standing.NONE: ("{count} has no device", "{count} have no device"),
}
_REST_FIRST: Mapping[Standing, tuple[str, str]] = {
    Standing.SENT: ("{count} zone is on its way", "{count} zones are on their way"),
    Standing.ASSUMED: ("{count} zone is assumed", "{count} zones are assumed"),
    Standing.LOST: ("{count} zone is out of reach", "{count} zones are out of reach"),
    Standing.NONE: ("{count} zone has no device", "{count} zones have no device"),
}


def _counted(one: str, many: str, count: int) -> str:
    return tn(one, many, count, count=number(count))


# ── how something stands ────────────────────────────────────────────────────────────


def standing_words(standing: Standing, agreed: int, of: int) -> str:
    """`Reported`, `On its way, 2 of 3`, `Assumed`, `No device`."""
    if standing is Standing.SENT:
        return t("On its way, {agreed} of {count}", agreed=agreed, count=of)
    return {Standing.REPORTED: t("Reported"), Standing.ASSUMED: t("Assumed"), Standing.LOST: t("Out of reach"),
            Standing.ALARM: t("Alarm"), Standing.NONE: t("No device")}[standing]


def lost_since(since: datetime | None, wall: Wall) -> str:
    """`Out of reach since 13:42`; never heard: `Out of reach`."""
    return t("Out of reach") if since is None else t("Out of reach since {time}", time=wall.at(since))


def some_lost(words: str, lost: Mapping[str, int]) -> str:
    """`Reported, 2 lamps out of reach`; `lost`: how many by kind."""
    what = listed(counted(kind, count) for kind, count in lost.items() if count)
    return t("{standing}, {what} out of reach", standing=words, what=what)


def disobeying(by_kind: Mapping[str, int]) -> str:
    """`1 lamp does not do as told`."""
    total = sum(by_kind.values())
    what = listed(counted(kind, count) for kind, count in by_kind.items() if count)
    return tn("{what} does not do as told", "{what} do not do as told", total, what=what)


# ── what is held back ───────────────────────────────────────────────────────────────


def waits_for_air(fragrance: str, until: datetime | None, wall: Wall) -> str:
    """A scent waits for another to leave the air."""
    return until_words(t("{fragrance} waits for another scent to leave the air", fragrance=fragrance), until, wall)


def left_by_hand(device: str, until: datetime | None, wall: Wall) -> str:
    """A device that somebody changed at its own switch is left alone."""
    return until_words(t("{device} was changed by hand and is left so", device=device), until, wall)


def waits_for_time(sense: Sense) -> str:
    """Nothing scheduled is sent while the time is not trusted."""
    return sentence_case(t("{sense} waits until the clock can be trusted", sense=sense_name(sense)))
