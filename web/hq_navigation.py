"""The pages of HQ, for the bar that every one of them has. A page whose blueprint is not there is not in the bar."""

from __future__ import annotations

from collections.abc import Iterator

from flask import current_app, request

from profiles.text import t
from web.auth import actor
from web.hq_context import hq
from web.navigation import PageLink

#: Views that belong to a page of another name.
_PART_OF = {"store": "fleet", "enrol": "fleet"}


def hq_pages() -> list[PageLink]:
    """The pages that exist, in the order of the bar; the one that is shown is `current`."""
    return list(_pages())


def _pages() -> Iterator[PageLink]:
    here = _PART_OF.get(request.blueprint or "", request.blueprint)
    for key, address, words in (
        ("fleet", "/", t("Fleet")), ("campaigns", "/campaigns", t("Campaigns")),
        ("profiles", "/profiles", t("Profiles")), ("proof", "/proof", t("Proof")), ("record", "/record", t("Record")),
    ):
        if key in current_app.blueprints:
            count = hq().office.reviews_waiting(actor()) if key == "campaigns" else 0
            yield PageLink(key, address, words, here == key, count)
