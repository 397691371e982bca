"""Sentences about other times and other worlds: what the journal tells of the past, what would be without a layer.

Written as a colleague would say it who was there, or who has thought about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from controller.walltime import Wall
from controller.wording import quiet_hour_name
from controller.wording_values import listed
from profiles.layers import LayerName, Rank
from profiles.text import t, tn

# ── layers ──────────────────────────────────────────────────────────────────────────


def layer_words(layer: LayerName, complaint: bool = False) -> str:
    """A layer within a sentence: `daypart Day`, `campaign Spring`, `Soft mirror, which Elin chose,`."""
    if layer.rank is Rank.STOP:
        return t("the stop by {name}", name=layer.by or "")
    if layer.rank is Rank.OVERRIDE and complaint:
        return t("“{complaint}” of {name}", complaint=layer.name, name=layer.by or "")
    if layer.rank is Rank.OVERRIDE:
        return t("{name}, which {by} chose,", name=layer.name, by=layer.by or "")
    if layer.rank is Rank.QUIET_HOUR:
        return _the_quiet_hour(layer.name)
    if layer.rank is Rank.CAMPAIGN:
        return t("campaign {name}", name=layer.name)
    return t("daypart {name}", name=layer.name) if layer.rank is Rank.DAYPART else t("the zone default")


# ── what would be ───────────────────────────────────────────────────────────────────


def would_be(named: str, what: str, differences: Sequence[str], same: bool) -> str:
    """`Without campaign Spring it would be Clear day: light 74 % instead of 50 %.` `same`: its name stays."""
    said = t("Without {layer} it would still be {what}", layer=named, what=what) if same else t(
        "Without {layer} it would be {what}", layer=named, what=what)
    if not differences:
        return f"{said}."
    return t("{sentence}: {differences}.", sentence=said, differences="; ".join(differences))


def instead_of(sense: str, after: str, before: str) -> str:
    """`light 74 %, 3400 K instead of 50 %, 2700 K`."""
    return t("{sense} {after} instead of {before}", sense=sense, after=after or t("left alone"),
             before=before or t("left alone"))


def would_not_differ(named: str, beaten_by: Sequence[str]) -> str:
    """A layer that is beaten in everything, or that gives what would be there anyway (`beaten_by` empty)."""
    if not beaten_by:
        return t("Without {layer} nothing would feel different: what lies below gives the same.", layer=named)
    return t("Without {layer} nothing would be different: at that time {others} goes before it in everything it sets.",
             layer=named, others=listed(beaten_by))


# ── what waits ─────────────────────────────────────────────────────────────────────


def under_quiet_hour(sentence: str, until: str, partly: bool, shows: bool) -> str:
    """A press that a quiet hour goes before, in whole or in part: until when. `shows`: it shows afterwards."""
    if not shows:
        return t("{sentence}. The quiet hour lasts longer, so some of it will not show.", sentence=sentence) if partly \
            else t("{sentence}. The quiet hour lasts longer, so it will not show.", sentence=sentence)
    if partly:
        return t("{sentence}. The quiet hour keeps some of it back until {time}.", sentence=sentence, time=until)
    return t("{sentence}. The quiet hour keeps it back until {time}.", sentence=sentence, time=until)


def scent_ahead(name: str) -> str:
    """Scent stops a purge before the quiet hour begins, and with it where nothing else has to."""
    return t("scent off for {name}", name=_the_quiet_hour(name))


def waits_for_quiet_hour(name: str, until: str, partly: bool, shows: bool) -> str:
    """`what Elin chose shows at 11:00`, after the reason of a zone that is under a quiet hour."""
    if not shows:
        return t("what {name} chose ends before it", name=name)
    if partly:
        return t("what {name} chose shows in full at {time}", name=name, time=until)
    return t("what {name} chose shows at {time}", name=name, time=until)


# ── what was ────────────────────────────────────────────────────────────────────────


def because_of(rank: str, name: str, by: str) -> str:
    """Why, after a comma: `because of campaign Spring`, `because Elin chose it`."""
    if rank == "stop":
        return t("because {name} stopped it", name=by)
    if rank == "override":
        return t("because {name} chose it", name=by)
    if rank == "quiet-hour":
        return t("because of {name}", name=_the_quiet_hour(name))
    if rank == "campaign":
        return t("because of campaign {name}", name=name)
    return t("because of daypart {name}", name=name) if rank == "daypart" else t("because nothing was planned")


def was(since: datetime, what: str, why: str, version: int | None, wall: Wall) -> str:
    """`From 10:00: Spring in linen, because of campaign Spring (plan 12).`"""
    said = t("From {time}: {what}, {why}", time=wall.at(since), what=what, why=why)
    return f"{said}." if version is None else t("{sentence} (plan {version}).", sentence=said, version=version)


def complained(since: datetime, complaint: str, by: str, version: int | None, wall: Wall) -> str:
    """`From 10:00: turned down, because it was too loud for Elin (plan 12).`"""
    why = t("because it was {complaint} for {name}", complaint=complaint[:1].lower() + complaint[1:], name=by)
    return was(since, t("turned down"), why, version, wall)


def had_it(devices: int, after_s: float, lost: Sequence[str]) -> str:
    """`All 8 devices had it 2.1 s later.`; `lost`: names of devices out of reach."""
    if not devices:
        return t("No device of it was in reach: {names}.", names=listed(lost)) if lost else t("It has no devices.")
    if after_s < 0.05 and not lost:
        return tn("Its device had it at once.", "All {count} devices had it at once.", devices)
    later = t("{count} s", count=f"{after_s:.1f}") if after_s < 90 else t("{count} min", count=round(after_s / 60))
    if lost:
        said = tn("The one device in reach had it {later} later", "All {count} devices in reach had it {later} later",
                  devices, later=later)
        return t("{sentence}; out of reach: {names}.", sentence=said, names=listed(lost))
    return tn("Its device had it {later} later.", "All {count} devices had it {later} later.", devices, later=later)


def not_reached(changed: datetime | None, wall: Wall) -> str:
    """Not every device said so: it was changed again before, or has not yet."""
    if changed is not None:
        return t("It was changed again at {time}, before every device had it.", time=wall.at(changed))
    return t("Not every device in reach has said that it has it.")


def held_back(sentences: Sequence[str]) -> str:
    """What was held back then."""
    return t("Held back then: {what}.", what="; ".join(sentences))


def differed(what: str) -> str:
    """What was recorded is not what the plan and the choices of then say."""
    return t("By the plan and the choices of then it should have been {what}.", what=what)


def before_the_record(begins: datetime | None, wall: Wall) -> str:
    """Of a time before the first start nothing is known."""
    if begins is None:
        return nothing_recorded()
    return t("Nothing is known of that time: the record of this store begins at {time}.", time=wall.at(begins))


def not_running(start: datetime, end: datetime | None, what: str, wall: Wall) -> str:
    """`The store was not running from 02:10 to 07:58. Devices were left with: Evening warm.` `what`: that, if known."""
    if end is None:
        said = t("The store has not been running since {time}.", time=wall.at(start))
    else:
        said = t("The store was not running from {start} to {end}.", start=wall.at(start), end=wall.at(end))
    return _left_with(said, what)


def not_known(start: datetime, end: datetime, what: str, wall: Wall) -> str:
    """A store that ended without a word: what it wrote last, and when it started again, is all that is known."""
    said = t("Nothing was written down from {start} to {end}: the store ended without a word, and started again then.",
             start=wall.at(start), end=wall.at(end))
    return _left_with(said, what)


def _left_with(said: str, what: str) -> str:
    return t("{sentence} Devices were left with: {what}.", sentence=said, what=what) if what else said


def _the_quiet_hour(name: str) -> str:
    named = quiet_hour_name(name)
    return t("the quiet hour") if named == t("Quiet hour") else named


def nothing_recorded() -> str:
    """The journal has nothing of this zone."""
    return t("Nothing was recorded of this zone up to that time.")
