"""What the templates of *Fleet* are given: which stores are asked for, the weave of all of them, keys that filter.

Everything is asked of the door `Fleet`; what is decided here is what the address means and how a fleet of any size
becomes threads of one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from controller.hq.alarms import Stand
from controller.hq.doors import Fleet
from controller.hq.shapes_fleet import CountryLine, FleetQuery, FleetShown, FleetStore
from profiles.text import t
from web.countries import country_name

#: Rows of a page of the table: with more a page would not be light on a phone.
ROWS = 50
#: Threads of the weave, at most about so many: a fleet of thousands has several stores in one.
THREADS = 480
#: A text to look for, longest.
LONGEST = 100

#: Stands in the order of the keys, with the mark (`marks.css`) of each and its letter in the weave (`fleet.css`).
MARKS = {Stand.ALARM: "alarm", Stand.LAGGING: "late", Stand.OFFLINE: "lost", Stand.WAITING: "sent",
         Stand.UNHEARD: "none", Stand.RIGHT: "reported"}
_LETTERS = {Stand.ALARM: "a", Stand.LAGGING: "l", Stand.OFFLINE: "o", Stand.WAITING: "w", Stand.UNHEARD: "u"}
#: Where several stores are one thread, it shows the first of these that one of them is.
_WORST = (Stand.ALARM, Stand.LAGGING, Stand.OFFLINE, Stand.WAITING, Stand.UNHEARD, Stand.RIGHT)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. `page` counts from 1."""

    text: str = ""
    tags: tuple[str, ...] = ()
    country: str = ""
    only: Stand | None = None
    page: int = 1

    @property
    def query(self) -> FleetQuery:
        """The same for the door."""
        return FleetQuery(self.text, self.tags, self.country, self.only, (self.page - 1) * ROWS, ROWS)

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out but by pages."""
        return self == Asked(page=self.page)

    def address(self, **changed: object) -> str:
        """The address that asks for this, with some of it changed; on the first page unless one is named."""
        asked = replace(self, **{"page": 1, **changed})  # type: ignore[arg-type]
        said = [("text", asked.text), *(("tag", tag) for tag in asked.tags), ("country", asked.country),
                ("only", asked.only.value if asked.only else ""), ("page", str(asked.page) if asked.page > 1 else "")]
        query = urlencode([(key, value) for key, value in said if value])
        return f"/?{query}" if query else "/"


@dataclass(frozen=True, slots=True)
class Land:
    """A country in the weave: its threads as class names of `fleet.css`, and how many of its stores are right."""

    code: str
    name: str
    stores: int
    right: int
    threads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A key that filters by stand; `only` None shows all."""

    only: Stand | None
    words: str
    count: int


def stand_words() -> dict[Stand, str]:
    """How a store stands, in words of a key or a legend."""
    return {Stand.RIGHT: t("As it should be"), Stand.WAITING: t("On its way"), Stand.LAGGING: t("Lagging"),
            Stand.OFFLINE: t("Out of reach"), Stand.ALARM: t("Alarm"), Stand.UNHEARD: t("Never heard")}


def page(fleet: Fleet, asked: Asked) -> tuple[Asked, dict[str, object]]:
    """What is shown after all, as a page beyond the last one is the last one; and everything of it."""
    shown = fleet.fleet(asked.query)
    pages = max(1, -(-shown.matching // ROWS))
    if asked.page > pages:
        asked = replace(asked, page=pages)
        shown = fleet.fleet(asked.query)
    step = -(-shown.total // THREADS) if shown.total else 1
    first = (asked.page - 1) * ROWS
    return asked, {
        "asked": asked, "shown": shown, "page_count": pages, "first": first + 1, "last": first + len(shown.rows),
        "lands": tuple(land_of(line, step) for line in shown.countries), "per_thread": step,
        "keys": tuple(keys_of(shown)), "marks": MARKS, "stand_words": stand_words(), "country_name": country_name,
        "more_tags": [tag for tag in shown.tags if tag.id not in asked.tags],
        "tag_names": {tag.id: tag.name for tag in shown.tags}, "place_words": place_words, "digest": short,
        "parts": parts_of,
    }


def land_of(line: CountryLine, step: int) -> Land:
    """The weave of a country. A thread is `step` stores, shows the worst of them, and is as tall as they have devices.

    Where it is several, stores that stand alike are beside each other: a tenth in alarm is a tenth of the threads.
    """
    stores = line.threads if step == 1 else sorted(line.threads, key=lambda thread: _WORST.index(thread[1]))
    groups = [stores[at:at + step] for at in range(0, len(stores), step)]
    sizes = [sum(devices for _, _, devices in group) / len(group) for group in groups]
    tallest = max(sizes, default=0) or 1
    threads = tuple(_thread(group, size / tallest) for group, size in zip(groups, sizes, strict=True))
    right = sum(stand is Stand.RIGHT for _, stand, _ in line.threads)
    return Land(line.country or "??", country_name(line.country), line.stores, right, threads)


def _thread(group: Sequence[tuple[str, Stand, int]], height: float) -> str:
    here = {stand for _, stand, _ in group}
    worst = next(stand for stand in _WORST if stand in here)
    letter = _LETTERS.get(worst)
    if letter is not None:
        return letter
    tall = round(height * 4)
    return f"t{tall}" if tall else ""


def keys_of(shown: FleetShown) -> Iterator[Key]:
    """The keys, alarms first. Stands in which no store is have none, but for alarms and right ones."""
    words = stand_words()
    yield Key(None, t("All"), sum(shown.counts.values()))
    for stand in MARKS:
        count = shown.counts.get(stand.value, 0)
        if count or stand in (Stand.ALARM, Stand.RIGHT):
            yield Key(stand, words[stand], count)


def place_words(store: FleetStore) -> str:
    """*Sweden, flagship, scent*."""
    return ", ".join((country_name(store.country), *store.tags)) if store.country or store.tags else store.id


def short(digest: str) -> str:
    """A digest as people compare it: `a41f·9c2e`."""
    return f"{digest[:4]}·{digest[4:8]}" if len(digest) >= 8 else digest


def parts_of(store: FleetStore) -> Mapping[str, float]:
    """The bar of a store's devices, in per cent: right, on their way, faulty, out of reach."""
    if not store.devices:
        return {"right": 0.0, "sent": 0.0, "faulty": 0.0, "away": 0.0}
    share = 100 / store.devices
    sent = max(0, store.devices - store.devices_right - store.devices_away - store.devices_faulty)
    return {"right": round(store.devices_right * share, 2), "sent": round(sent * share, 2),
            "faulty": round(store.devices_faulty * share, 2), "away": round(store.devices_away * share, 2)}
