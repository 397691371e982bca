"""The pages of the panel, for the bar that every one of them has. A page that is not there is not in the bar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app, request

from profiles.text import t
from web.context import services


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page in the bar. `count`: how much waits there; 0 is not shown."""

    key: str
    address: str
    words: str
    current: bool
    count: int = 0


def pages() -> list[PageLink]:
    """The pages that exist, in the order of the bar; the one that is shown is `current`."""
    return list(_pages())


def _pages() -> Iterator[PageLink]:
    for key, address, words in (("now", "/", t("Now")), ("today", "/today", t("Today")), ("cues", "/cues", t("Cues")),
                                ("air", "/in-the-air", t("In the air"))):
        if key not in current_app.blueprints or (key == "cues" and services().cues is None):
            continue
        cues = services().cues if key == "cues" else None
        yield PageLink(key, address, words, request.blueprint == key, 0 if cues is None else cues.open_count())
