"""The pages of the panel, for the bar that every one of them has. A page that is not there is not in the bar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from flask import current_app, request

from profiles.limits import Person
from profiles.text import t
from web.auth import caller
from web.context import services


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page in the bar. `count`: how much waits there; 0 is not shown. `turns_in_s`: when that is another number by
    itself, so that the bar is drawn again then (`web/assets/src/live.js`).
    """

    key: str
    address: str
    words: str
    current: bool
    count: int = 0
    turns_in_s: int | None = None


def pages() -> list[PageLink]:
    """The pages that exist, in the order of the bar; the one that is shown is `current`."""
    return list(_pages())


def _leads_somewhere(key: str) -> bool:
    """Whether the store has what the page shows, and whoever asks may see it."""
    if key == "dryrun":
        by = caller().actor
        return services().dry_runs is not None and by is not None and by.person.may(Person.MANAGER)
    return key != "cues" or services().cues is not None


def _pages() -> Iterator[PageLink]:
    for key, address, words in (("now", "/", t("Now")), ("today", "/today", t("Today")), ("cues", "/cues", t("Cues")),
                                ("dryrun", "/dry-run", t("Try a plan")), ("air", "/in-the-air", t("In the air"))):
        if key not in current_app.blueprints or not _leads_somewhere(key):
            continue
        cues = services().cues if key == "cues" else None
        count, turn = (0, None) if cues is None else (cues.open_count(), cues.next_change())
        in_s = None if turn is None else max(0, ceil((turn - services().overview.store().now).total_seconds()))
        yield PageLink(key, address, words, request.blueprint == key, count, in_s)
