"""Who is in, who is not and why, and how far each wave of a campaign goes. Pure: rows of the fleet in, values out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from controller.hq.documents import Selector
from controller.hq.ports import FleetRow
from controller.hq.rollout import Stage
from controller.hq.room import selected, store_name
from controller.hq.selecting import Lists, is_in_wave
from controller.hq.shapes import Audience, Countries, StoreName, WaveShown
from controller.hq.waves import smallest_share
from controller.hq.wording import selector_words, wave_words
from controller.wording_values import listed
from profiles.text import t

#: Names that are told; the counts are of all.
MOST_NAMES = 500


def audience_of(
    selector: Selector, rows: Sequence[FleetRow], lists: Lists, names: dict[str, str], *,
    campaign: str = "", stages: Sequence[Stage] = (), zones: Callable[[str], int] = lambda _store: 0,
) -> Audience:
    """The stores that a selector names, and those that it does not. `names`: of lists. `zones`: how many a store has.

    A store that never spoke is in no audience: nobody knows where it is.
    """
    heard = [row for row in rows if row.standing is not None]
    chosen = [row for row in heard if selected(selector, row, lists)]
    ids = {row.store for row in chosen}
    left_out = [row for row in rows if row.store not in ids]
    out = [store_name(row, _why(selector, row, names)) for row in left_out[:MOST_NAMES]]
    counts = Counter(store_name(row).country for row in chosen)
    return Audience(
        selector_words(selector, names), len(chosen), sum(zones(row.store) for row in chosen),
        tuple(Countries(country, count) for country, count in counts.most_common()),
        _by_name([store_name(row) for row in chosen[:MOST_NAMES]]), _by_name(out), len(left_out),
        waves_of(campaign, stages, sorted(ids), lists, names), len(rows) - len(heard),
        "" if chosen else _nobody(selector, heard, lists, names))


def waves_of(
    campaign: str, stages: Sequence[Stage], stores: Sequence[str], lists: Lists, names: dict[str, str],
) -> tuple[WaveShown, ...]:
    """How far each wave goes among `stores`. A wave goes at least as far as the one before it."""
    found, before = [], set[str]()
    for number, stage in enumerate(stages, 1):
        now = before | {store for store in stores if is_in_wave(stage.wave, campaign, store, lists)}
        smallest = smallest_share(campaign, stores) if not now else None
        problem = ""
        if not now:
            problem = t("This wave reaches no store.") if smallest is None else t(
                "This wave reaches no store. The smallest share that reaches one is {share} %.",
                share=f"{100 * smallest:.2f}")
        found.append(WaveShown(number, wave_words(stage.wave, names), len(now), len(now - before), smallest, problem))
        before = now
    return tuple(found)


def _why(selector: Selector, row: FleetRow, names: dict[str, str]) -> str:
    """Why a selector does not name a store: the first thing that is not so."""
    if row.standing is None:
        return t("never heard")
    store = store_name(row)
    tags = set(store.tags)
    if selector.countries and store.country not in selector.countries:
        return t("in {country}", country=store.country) if store.country else t("its country is not known")
    missing = [tag for tag in selector.tags if tag not in tags]
    if missing:
        return t("without {tags}", tags=listed(missing))
    if selector.any_tags and tags.isdisjoint(selector.any_tags):
        return t("none of the tags {tags}", tags=listed(selector.any_tags))
    barred = [tag for tag in selector.not_tags if tag in tags]
    if barred:
        return t("with {tags}", tags=listed(barred))
    return t("not on {lists}", lists=listed([names.get(each, each) for each in selector.lists]))


def _nobody(selector: Selector, heard: Sequence[FleetRow], lists: Lists, names: dict[str, str]) -> str:
    """Why a selector names nobody: what is wrong with it, or that no store has all of it."""
    if not heard:
        return t("No store has been heard of yet.")
    unknown = [each for each in selector.lists if each not in lists]
    if unknown:
        return t("There is no store list {id}.", id=unknown[0])
    return t("Nobody is in: there are no {which}.", which=selector_words(selector, names))


def _by_name(found: Sequence[StoreName]) -> tuple[StoreName, ...]:
    return tuple(sorted(found, key=lambda each: (each.name.casefold(), each.id)))
