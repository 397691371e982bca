"""What the templates of *Cues* are given: the tasks of a day in the order in which a person needs them, and a sentence.

Everything is asked of the door `Cues`; what is decided here is only the order: what is late, what is due, what comes
later, what is settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil

from controller.desk import Overview
from controller.doors import Cues, CueShown
from controller.errors import NotFound
from controller.ports import Actor
from controller.wording_values import number, sentence_case
from profiles.limits import Person
from profiles.text import t, tn
from web.context import services
from web.now_page import words_of_page
from web.wall import PanelWall, wall_of

WAITING = ("late", "due")


@dataclass(frozen=True, slots=True)
class Task:
    """A cue as it is drawn. `where`: place and zone; `may_mark`: whether this person may say that it is done."""

    shown: CueShown
    where: str
    may_mark: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What was just done with a cue, and which one, so that it can be taken back."""

    sentence: str
    cue: str | None


def cues_here() -> Cues:
    """The door, where this store has one. Raises NotFound."""
    found = services().cues
    if found is None:
        raise NotFound(t("This store has no cues."))
    return found


def page(overview: Overview, cues: Cues, by: Actor, wanted: date | None) -> dict[str, object]:
    """Everything of the page. `wanted`: the day of the store that is looked at; None: today. Raises Refused."""
    store, today = overview.store(), cues.today()
    day = wanted or today
    wall = wall_of(store)
    tasks = [_task(shown, by, day == today) for shown in cues.day(None if day == today else day)]
    turn = cues.next_change() if day == today else None
    waiting = sorted((one for one in tasks if one.shown.standing in WAITING),
                     key=lambda one: (WAITING.index(one.shown.standing), one.shown.due))
    later = [one for one in tasks if one.shown.standing == "to-come"]
    settled = [one for one in tasks if one.shown.standing not in (*WAITING, "to-come")]
    return {
        "store": store, "wall": wall, "may_press": by.person.may(Person.STAFF), "stops": overview.stops(),
        "chosen": "", "asks_stop": False, "actor": by, "day": day, "is_today": day == today,
        "day_words": wall.day(_noon(day, wall)), "day_before": day - timedelta(days=1),
        "day_after": day + timedelta(days=1), "waiting": waiting, "later": later, "settled": settled[::-1],
        "sentence": _sentence(tasks, wall) if day == today else _other_day(tasks, day < today),
        "turns_in_s": None if turn is None else max(0, ceil((turn - store.now).total_seconds())), **words_of_page(),
    }


def said_of(shown: CueShown) -> Said:
    """The sentence after a press: what is taken back needs no way back."""
    if shown.standing == "done":
        return Said(t("Done: {text}", text=shown.text), shown.id)
    if shown.standing == "skipped":
        return Said(t("Skipped: {text}", text=shown.text), shown.id)
    return Said(t("Open again: {text}", text=shown.text), None)


def _task(shown: CueShown, by: Actor, today: bool) -> Task:
    needed = Person.MANAGER if shown.role == "manager" else Person.STAFF
    return Task(shown, _where(shown), today and by.person.may(needed))


def _where(shown: CueShown) -> str:
    """Where to go. A place that is said for the whole store is enough; so is one that names its zone."""
    if not shown.place:
        return shown.zone_name
    if shown.once == "store" or shown.zone_name.casefold() in shown.place.casefold():
        return shown.place
    return t("{place}, {zone}", place=shown.place, zone=shown.zone_name)


def _sentence(tasks: Sequence[Task], wall: PanelWall) -> str:
    """What matters now, for somebody who reads nothing else."""
    standings = [one.shown.standing for one in tasks]
    late, due = standings.count("late"), standings.count("due")
    if late and due:
        return t("{late}, and {due}.", late=sentence_case(_late(late)), due=tn(
            "{count} more is due", "{count} more are due", due, count=number(due)))
    if late:
        return sentence_case(f"{_late(late)}.")
    if due:
        return sentence_case(tn("{count} thing to do now.", "{count} things to do now.", due, count=number(due)))
    coming = next((one.shown for one in tasks if one.shown.standing == "to-come"), None)
    if coming is not None:
        return t("Nothing to do now. Next at {time}: {text}.", time=wall.at(coming.due), text=coming.text.rstrip("."))
    if "done" in standings:
        return t("That was all for today. Thank you.")
    return t("Nothing more today.") if tasks else t("Nobody is asked for anything today.")


def _late(count: int) -> str:
    return tn("{count} thing is late", "{count} things are late", count, count=number(count))


def _other_day(tasks: Sequence[Task], past: bool) -> str:
    if not tasks:
        return t("Nobody was asked for anything on this day.") if past else t(
            "Nobody is asked for anything on this day.")
    if not past:
        return sentence_case(tn("{count} cue to come.", "{count} cues to come.", len(tasks), count=number(len(tasks))))
    standings = [one.shown.standing for one in tasks]
    counted = ((standings.count("done"), t("done")), (standings.count("skipped"), t("skipped")),
               (sum(each not in ("done", "skipped") for each in standings), t("missed")))
    return sentence_case(", ".join(f"{number(count)} {word}" for count, word in counted if count) + ".")


def _noon(day: date, wall: PanelWall) -> datetime:
    return datetime.combine(day, time(12), wall.zone)
