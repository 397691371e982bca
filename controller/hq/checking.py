"""Whether a draft may be published: everything that can be known at HQ before a store refuses it.

Two depths. `light` is for every look at a draft: who is meant, what it names, when it is. `whole` is before a review,
and again before it is published: a campaign is compared with all others, where a tie is an error, and the plan that it
would make is tried on typical stores with the very check that stores apply (`controller.hq.fitting`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from controller.errors import Refused
from controller.hq.audience import waves_of
from controller.hq.conflicts import Conflicts, Relation, conflicts
from controller.hq.documents import Kind, StoreList
from controller.hq.drafting import Read
from controller.hq.facts import Facts
from controller.hq.fitting import amiss_in
from controller.hq.in_force import InForce, entry_of
from controller.hq.ports import FleetRow
from controller.hq.rolling import must_stay
from controller.hq.room import Look, Room, list_names, selected, store_name
from controller.hq.selecting import Lists, concerning
from controller.hq.shapes import Problem
from controller.hq.shelf import Held
from controller.hq.usual import usual_store
from controller.hq.wording import kind_name, selector_words, stores_counted
from controller.wording_values import listed
from profiles.composing import PREFIX, Programme, compose
from profiles.congruence import profile_clashes, untrue_tags
from profiles.hours import Hours
from profiles.overlay import Campaign, QuietHour
from profiles.places import Store
from profiles.plan import Plan
from profiles.profile import Profile, ZoneKind
from profiles.refusals import WhenError
from profiles.text import t
from profiles.when import When

#: Classes of stores on which the plan that a draft would make is tried: the largest ones.
TYPICAL = 5
#: A version that none is above: what is tried out is the newest.
_TRIED = 2**53 - 1


def light(found: Read, look: Look, facts: Facts) -> list[Problem]:
    """What can be seen at once. `look`: stores and documents."""
    problems = [*_names(found, look.force), *_audience(found, look), *_times(found, look, facts)]
    if isinstance(found.body, Profile):
        problems += _congruence(found.body)
    if isinstance(found.body, StoreList) and (why := must_stay(look.force, found.id, found.body.stores)):
        problems.append(Problem("error", "body.stores", why))
    return problems


def whole(found: Read, room: Room, facts: Facts) -> list[Problem]:
    """All of it: `light`, the plans that it makes in typical stores, and ties with other campaigns."""
    look = room.fresh()
    problems = light(found, look, facts)
    if any(problem.level == "error" for problem in problems):
        return problems
    if isinstance(found.body, Campaign):
        problems += _ties(met(found, look, facts, room))
    if not any(problem.level == "error" for problem in problems):
        problems += _tried(found, look, facts, room)
    return problems


def met(found: Read, look: Look, facts: Facts, room: Room) -> Conflicts:
    """What a campaign meets, in the stores whose plan is known. Raises Refused for what is no campaign."""
    if not isinstance(found.body, Campaign):
        raise Refused(t("Only campaigns meet each other."))
    known = facts.of([row for row in look.rows if selected(found.said.selector, row, look.force.lists)])
    return conflicts(found.body, found.said.selector, known.values(), look.force.documents, room.now())


def with_draft(found: Read, force: InForce, organisation: str) -> list[Held]:
    """The documents in force with what is being tried instead of its own version in force."""
    kept = [each for each in force.documents if (each.kind, each.id) != (found.kind, found.id)]
    held = [Held(each, entry_of(force.newest[each.kind, each.id]).digest) for each in kept]
    return [*held, Held(found.document(organisation, _TRIED), "0" * 64)]


# ── light ───────────────────────────────────────────────────────────────────────────


def referred(found: Read) -> set[tuple[str, str]]:
    """Kind and id of whatever of HQ's a document names."""
    return {(kind, id_) for _, kind, id_ in _named(found) if id_.startswith(PREFIX)}


def _names(found: Read, force: InForce) -> Iterator[Problem]:
    """What is named has to exist at HQ, if it is HQ's; what is a store's own shows in the trial."""
    there = {(each.kind, each.id) for each in force.documents}
    for where, kind, id_ in _named(found):
        if id_.startswith(PREFIX) and (kind, id_) not in there:
            yield Problem("error", where, t("There is no {what} {id} at HQ: publish that first.",
                                            what=kind_name(kind), id=id_))


def _named(found: Read) -> Iterator[tuple[str, Kind, str]]:
    """Where something is named, and its kind and id."""
    if isinstance(found.body, Campaign):
        yield "body.profile", "profile", found.body.profile
    if isinstance(found.body, Programme):
        for number, daypart in enumerate(found.body.dayparts):
            yield f"body.dayparts[{number}].profile", "profile", daypart.profile
    if isinstance(found.body, Profile):
        yield from _of_profile(found.body)
    for number, each in enumerate(found.said.selector.lists):
        yield f"selector.lists[{number}]", "store-list", each
    for number, stage in enumerate(found.said.stages):
        for each in stage.wave.lists:
            yield f"stages[{number}].wave.lists", "store-list", each


def _of_profile(profile: Profile) -> Iterator[tuple[str, Kind, str]]:
    if profile.extends is not None:
        yield "body.extends", "profile", profile.extends
    for where, scene in (("body.scene", profile.scene), *(
            (f"body.variations.{kind.value}", scene) for kind, scene in profile.variations.items())):
        if scene.music is not None and scene.music.source is not None:
            yield f"{where}.music.source", "playlist", scene.music.source
        if scene.scent is not None and scene.scent.fragrance is not None:
            yield f"{where}.scent.fragrance", "fragrance", scene.scent.fragrance


def _audience(found: Read, look: Look) -> Iterator[Problem]:
    """A selector names somebody; each wave reaches somebody and goes no less far; the last one reaches all."""
    if found.kind == "store-list" or not set(found.said.selector.lists) <= look.force.lists.keys():
        return
    lists = look.force.lists
    heard = [row for row in look.rows if row.standing is not None]
    chosen = [row for row in heard if selected(found.said.selector, row, lists)]
    if not chosen:
        words = t("No store has been heard of yet, so this is for nobody.") if not heard else t(
            "This is for nobody: there are no {which}.",
            which=selector_words(found.said.selector, list_names(look.force)))
        yield Problem("error", "selector", words)
        return
    yield from _waves(found, [row.store for row in chosen], lists, list_names(look.force))


def _waves(found: Read, stores: list[str], lists: Lists, names: dict[str, str]) -> Iterator[Problem]:
    stages = found.said.stages
    for number, (one, two) in enumerate(pairwise(stages), 1):
        if two.wave.share < one.wave.share or not set(one.wave.lists) <= set(two.wave.lists):
            yield Problem("error", f"stages[{number}].wave", t(
                "Wave {next} goes less far than wave {number}: waves only grow.", next=number + 1, number=number))
    waves = waves_of(found.id, stages, stores, lists, names)
    for wave in waves:
        if wave.problem:
            yield Problem("error", f"stages[{wave.number - 1}].wave", wave.problem)
    if waves and waves[-1].reaches < len(stores):
        yield Problem("warning", f"stages[{len(waves) - 1}].wave", t(
            "The last wave reaches {reached} of {all} stores; the others never get it.",
            reached=waves[-1].reaches, all=len(stores)))


def _times(found: Read, look: Look, facts: Facts) -> Iterator[Problem]:
    """Expressions that nobody can read, told with their column."""
    store = usual_store(look.rows, facts)
    for where, text in _expressions(found):
        try:
            When.parse(text, store.place, _hours(store))
        except WhenError as wrong:
            column = t("(column {column})", column=wrong.column) if wrong.column else ""
            yield Problem("error", where, f"{wrong.sentence} {column}".rstrip())


def _expressions(found: Read) -> Iterator[tuple[str, str]]:
    if isinstance(found.body, Campaign | QuietHour):
        yield "body.when", found.body.when
    if isinstance(found.body, Programme):
        for number, daypart in enumerate(found.body.dayparts):
            yield f"body.dayparts[{number}].when", daypart.when


def _hours(store: Store) -> Hours:
    return Hours.parse(store.hours, store.place, store.exceptions)


def _congruence(profile: Profile) -> Iterator[Problem]:
    """Senses of one profile that say different things (`domain.md`, *Congruence*), in whichever kind of zone."""
    said: dict[str, None] = {}
    for kind in ZoneKind:
        said.update(dict.fromkeys((*profile_clashes(profile, kind), *untrue_tags(profile, kind))))
    for sentence in said:
        yield Problem("warning", "body.tags", sentence)


# ── whole ───────────────────────────────────────────────────────────────────────────


def _tried(found: Read, look: Look, facts: Facts, room: Room) -> Iterator[Problem]:
    """The composed plan of a store of each typical class, under the check by which a store takes or refuses it."""
    held = with_draft(found, look.force, room.organisation)
    typical = _typical(found, look, facts)
    if not typical and found.kind != "store-list":
        yield Problem("warning", "", t("HQ has seen the plan of none of these stores yet, so this was tried on none."))
    told: set[str] = set()
    for row, alike in typical:
        try:
            local = facts.plan(row.store).local
        except Refused as refusal:
            yield Problem("warning", "", str(refusal))
            continue
        for sentence in amiss_in(_composed(local, held), local, room.now()):
            if sentence not in told:
                told.add(sentence)
                yield Problem("error", "", t("In {store} and {count} like it: {sentence}", sentence=sentence,
                                             store=store_name(row).name, count=stores_counted(alike)))


def _composed(local: Plan, held: list[Held]) -> Plan:
    return compose(local, concerning(local.store, held).from_hq)


def _typical(found: Read, look: Look, facts: Facts) -> list[tuple[FleetRow, int]]:
    """A store of each of the largest classes, and how many more are in its class."""
    rows = {row.store: row for row in look.rows if selected(found.said.selector, row, look.force.lists)}
    classes: dict[str, list[str]] = {}
    for store, each in facts.of(list(rows.values())).items():
        classes.setdefault(each.key, []).append(store)
    largest = sorted(classes.values(), key=lambda stores: (-len(stores), stores[0]))[:TYPICAL]
    return [(rows[stores[0]], len(stores) - 1) for stores in largest]


def _ties(found: Conflicts) -> Iterator[Problem]:
    """Campaigns of equal priority that meet: a store could not tell which one wins. And times that cannot be read."""
    for meeting in found.meetings:
        if meeting.relation is Relation.TIE:
            yield Problem("error", "body.priority", t(
                "{name} has the same priority and meets it in {stores}, in {zones}: give one of the two another "
                "priority.", name=meeting.name, stores=stores_counted(len(meeting.stores)),
                zones=listed(meeting.zones[:3])))
    for sentence, stores in found.unread.items():
        yield Problem("error", "body.when", t("In {stores}: {sentence}", stores=stores_counted(len(stores)),
                                              sentence=sentence))
    if found.never and len(found.never) == len(found.stores):
        yield Problem("warning", "body.when", t("Its times never come in any of the stores."))
    elif found.never:
        yield Problem("warning", "body.when", t("Its times never come in {stores}.",
                                                stores=stores_counted(len(found.never))))
