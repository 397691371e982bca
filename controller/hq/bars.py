"""Campaigns and quiet hours as the calendar of the office shows them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from controller.hq.documents import Document
from controller.hq.shapes_campaigns import CampaignBar, QuietBar
from profiles.hours import Hours
from profiles.instants import instant, local_date
from profiles.overlay import Campaign, QuietHour
from profiles.places import Store
from profiles.profile import Profile
from profiles.reading import reading
from profiles.refusals import WhenError
from profiles.scene import Colour, Role, light_field
from profiles.text import language, t
from profiles.when import When

#: A state of a campaign in a word or two.
_STATES = {"running": "on its way", "asking": "waits for a person", "stopped": "stopped", "done": "everywhere",
           "halted": "halted", "published": "everywhere", "draft": "draft", "review": "waits for a review",
           "returned": "returned", "approved": "approved"}


@dataclass(frozen=True, slots=True)
class Barred:
    """A campaign as it is to be shown: published or a draft, of which some parts may be missing or wrong."""

    id: str
    name: str
    body: Mapping[str, object]
    state: str
    stores: int
    movable: bool
    revision: int | None


def bar_of(found: Barred, profiles: Mapping[str, Profile], store: Store) -> CampaignBar:
    """A campaign on the calendar. `store`: in whose time it is read."""
    first, last = dates_of(found.body)
    when, profile = str(found.body.get("when", "")), str(found.body.get("profile", ""))
    priority = found.body.get("priority", 50)
    mood = profiles.get(profile)
    colour, brightness = _light(mood)
    return CampaignBar(
        found.id, found.name, first, last, when, read_words(when, store), found.state, state_words(found.state),
        priority if isinstance(priority, int) else 50, found.stores, profile, profile if mood is None else mood.name,
        None if colour is None else colour.kelvin, None if colour is None else colour.xy, brightness, found.movable,
        found.revision is not None, found.revision or 0)


def state_words(state: str) -> str:
    """How far a campaign is, in a word or two."""
    return t(_STATES.get(state, state))


def dates_of(body: Mapping[str, object]) -> tuple[date | None, date | None]:
    """First and last date of a campaign's body; one that cannot be read is as if it were not there."""
    first, last = (_date(body.get(name)) for name in ("first", "last"))
    return first, last


def touches(body: Mapping[str, object], first: date, last: date) -> bool:
    """Whether a campaign has a date in [first, last]."""
    begin, end = dates_of(body)
    return (begin or date.min) <= last and (end or date.max) >= first


def read_words(when: str, store: Store) -> str:
    """A time expression in plain words; what is wrong with it where it cannot be read."""
    try:
        return reading(when, store.place, hours_of(store), language())
    except WhenError as wrong:
        return wrong.sentence


def quiet_bar(document: Document, store: Store, span: tuple[date, date], stores: int) -> QuietBar | None:
    """A quiet hour's dates in a span; None where it has none, or is no quiet hour."""
    quiet = document.body
    if not isinstance(quiet, QuietHour):
        return None
    tz = store.place.tz
    begin, end = instant(span[0], 0, tz), instant(span[1] + timedelta(days=1), 0, tz)
    try:
        windows = When.parse(quiet.when, store.place, hours_of(store)).spans(begin, end)
    except WhenError:
        return None
    days = sorted({local_date(each[0], tz) for each in windows})
    shown = tuple(day for day in days if span[0] <= day <= span[1])
    return QuietBar(quiet.id, quiet.name, read_words(quiet.when, store), stores, shown) if shown else None


def hours_of(store: Store) -> Hours:
    """The opening hours of a store. Raises WhenError."""
    return Hours.parse(store.hours, store.place, store.exceptions)


def campaign_body(campaign: Campaign) -> dict[str, object]:
    """The body of a campaign as a draft has it."""
    return campaign.model_dump(mode="json")


def profiles_in(documents: Sequence[Document]) -> dict[str, Profile]:
    """HQ's profiles by id."""
    return {each.id: each.body for each in documents if isinstance(each.body, Profile)}


def _light(profile: Profile | None) -> tuple[Colour | None, float | None]:
    """Colour and brightness of the first role of lamps of which a profile has an opinion."""
    settings = {} if profile is None else profile.scene.settings()
    for role in Role:
        colour, brightness = (settings.get(light_field(role, name)) for name in ("colour", "brightness_pct"))
        if colour is not None or brightness is not None:
            return (colour if isinstance(colour, Colour) else None,
                    float(brightness) if isinstance(brightness, float | int) else None)
    return None, None


def _date(value: object) -> date | None:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
