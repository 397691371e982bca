"""The candidate: a whole plan, or campaigns to put into the plan in force, as YAML or JSON: read, merged, checked.

What is wrong is said with the line of what was handed in, also where it shows only within the whole plan. A candidate
with an error is refused whole, with every error, and nothing is run.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from controller.errors import Refused
from controller.publishing import borrowed_ids, findings
from profiles.finding import Finding, Level, listed
from profiles.plan import Plan
from profiles.planfile import PlanFileError, PlanText, plan_from_document
from profiles.text import t
from profiles.yamltext import Place, YamlTextError, read_yaml

#: What may be handed in without the rest of a plan: campaigns, and what they need.
PARTS = ("campaigns", "profiles", "fragrances", "sources")

_IN_PART = re.compile(r"(\w+)\[(\d+)\]")
_NUMBERS = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plan that may be published, and the warnings about it. `added`, `replaced`: ids of campaigns, where it was
    campaigns that were handed in.
    """

    plan: Plan
    warnings: tuple[Finding, ...]
    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Written:
    """What was handed in. `at`: where each part of the plan stands in it, as (part, number in the plan) -> number."""

    name: str
    document: Mapping[str, Any]
    places: dict[str, Place]
    at: dict[tuple[str, int], int] | None = None
    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)


def read_candidate(text: str, name: str, base: Plan, now: datetime) -> Candidate:
    """The plan that `text` makes of `base`, a store's own part. `name`: what to call it in sentences.

    Raises Refused with every error.
    """
    written = _read(text, name)
    if not {"store", "zones"} & set(written.document):
        written = _put_into(base, written)
    try:
        plan = plan_from_document(dict(written.document))
    except PlanFileError as broken:
        raise _refused(_located(broken.findings, written, base), name) from None
    if plan.store.id != base.store.id:
        raise Refused(t("This is the plan of the store {theirs}, and here is {ours}.", theirs=plan.store.id,
                        ours=base.store.id))
    found = _located([*borrowed_ids(plan), *findings(plan, now)], written, plan)
    if any(one.level is Level.ERROR for one in found):
        raise _refused([one for one in found if one.level is Level.ERROR], name)
    return Candidate(plan, tuple(found), tuple(written.added), tuple(written.replaced))


def brought(warnings: Iterable[Finding], before: Iterable[Finding]) -> list[Finding]:
    """The warnings that were not there before. Where in its list a thing stands is no difference."""
    known = Counter(_key(one) for one in before)
    found = []
    for one in warnings:
        known[_key(one)] -= 1
        if known[_key(one)] < 0:
            found.append(one)
    return found


def _key(finding: Finding) -> tuple[str, str]:
    return _NUMBERS.sub("[]", finding.field), finding.sentence


def _read(text: str, name: str) -> _Written:
    if text.lstrip().startswith("{"):
        try:
            document, places = json.loads(text), dict[str, Place]()
        except (ValueError, RecursionError):
            document, places = _yaml(text, name)  # YAML has braces, too
    else:
        document, places = _yaml(text, name)
    if not isinstance(document, dict) or not document:
        raise Refused(t("{name} is neither a plan nor campaigns. Hand in a whole plan file, or one with campaigns: "
                        "alone.", name=name))
    return _Written(name, document, places)


def _yaml(text: str, name: str) -> tuple[object, dict[str, Place]]:
    try:
        read = read_yaml(text, name)
    except YamlTextError as broken:
        raise _refused([broken.finding], name) from None
    return read.document, read.places


def _put_into(base: Plan, written: _Written) -> _Written:
    """The plan in force with what was handed in, by id: replaced where it stands, or added at the end."""
    unknown = [str(part)[:60] for part in written.document if part not in PARTS]
    if unknown:
        raise Refused(t("{name} has no store and no zones, so it is taken for campaigns, and {unknown} does not belong "
                        "there: {parts} do. Hand in the whole plan to change anything else.", name=written.name,
                        unknown=listed(unknown[:6]), parts=listed(PARTS)))
    if not written.document.get("campaigns"):
        raise Refused(t("{name} has no campaigns. Hand in a whole plan file, or one with campaigns: alone.",
                        name=written.name))
    whole: dict[str, Any] = base.model_dump(mode="json")
    merged = _Written(written.name, whole, written.places, {})
    for part, items in written.document.items():
        if not isinstance(items, list):
            raise Refused(t("{name}: {part} is a list, each item with a dash before it.", name=written.name, part=part))
        _merge(part, items, merged)
    return merged


def _merge(part: str, items: Sequence[Any], merged: _Written) -> None:
    stands: list[Any] = list(merged.document[part])
    numbers = {_id(item): number for number, item in enumerate(stands)}
    mine: set[object] = set()
    for number, item in enumerate(items):
        its = _id(item)
        if its is not None and its in mine:
            raise Refused(t("{name}: {part} has {id} twice: keep one of the two.", name=merged.name, part=part, id=its))
        mine.add(its)
        place = numbers.get(its, len(stands)) if its is not None else len(stands)
        if place == len(stands):
            stands.append(item)
        else:
            stands[place] = item
        if merged.at is not None:
            merged.at[part, place] = number
        if part == "campaigns" and its is not None:
            (merged.replaced if its in numbers else merged.added).append(its)
    merged.document[part] = stands  # type: ignore[index]


def _id(item: Any) -> str | None:
    found = item.get("id") if isinstance(item, Mapping) else item
    return found if isinstance(found, str) else None


def _located(found: Iterable[Finding], written: _Written, plan: Plan) -> list[Finding]:
    """Findings with the line of what was handed in. What stands in the plan in force has none, and is left as it is."""
    text = PlanText(plan, written.name, written.places)
    if written.at is None:
        return text.located(found) if written.places else list(found)
    placed = []
    for one in found:
        step = _IN_PART.match(one.field)
        number = written.at.get((step[1], int(step[2]))) if step is not None else None
        if step is None or number is None:
            placed.append(one)
            continue
        named = Finding(one.level, one.file, None, None, f"{step[1]}[{number}]{one.field[step.end():]}", one.sentence)
        placed.append(text.located([named])[0] if written.places else named)
    return placed


def _refused(found: Sequence[Finding], name: str) -> Refused:
    head = t("{name} has an error, so nothing was tried:", name=name) if len(found) == 1 else \
        t("{name} has {count} errors, so nothing was tried:", name=name, count=len(found))
    return Refused("\n".join([head, *(str(one) for one in found)]))
