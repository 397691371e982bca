"""Plan files: YAML text and JSON documents into a `Plan`, and a plan into text. Pure; nobody's disk is touched here.

What is wrong with a file is said in sentences with file, line and field. Everything that is wrong is said at once, and
nothing of a file with an error is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from profiles.finding import Finding, error, nearest, path_text, quoted
from profiles.plan import Plan
from profiles.planschema import schema
from profiles.planwriter import write_plan
from profiles.sentences import findings_of
from profiles.starters import fitted, starters
from profiles.yamltext import MAX_DEPTH, MAX_NODES, Place, YamlTextError, read_yaml

__all__ = ["PlanFileError", "PlanText", "plan_from_document", "read_plan", "read_plan_text", "schema", "write_plan"]

#: So many findings are told; a file with more is broken in one way, many times.
_TOLD = 50
_LAST_STEP = re.compile(r"(?:\[\d+\]|\.?[^.\[]+)\Z")
#: Where true and false belong: fields of that kind, and senses and roles, which they switch.
_SWITCHES = {"on", "people", "scent_free", "scent_consent", "may_cache", "explicit", "emergency", "published",
             "observed", "light", "music", "scent", "ambient", "accent", "feature"}


class PlanFileError(ValueError):
    """A plan that cannot be read. `findings`: everything that is wrong, at least one; `str()` is one line for each."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep the findings; the message has one line for each."""
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


@dataclass(frozen=True, slots=True)
class PlanText:
    """A plan and where in its file each part stands, so that what `check` finds can name the line."""

    plan: Plan
    name: str
    places: dict[str, Place]

    def located(self, findings: Iterable[Finding]) -> list[Finding]:
        """The same findings with file, line and column."""
        return [_located(finding, self.name, self.places) for finding in findings]


def read_plan(text: str, name: str) -> Plan:
    """Read a plan file. `name`: what to call it in sentences. Raises PlanFileError."""
    return read_plan_text(text, name).plan


def read_plan_text(text: str, name: str) -> PlanText:
    """Read a plan file and remember where everything stands. Raises PlanFileError."""
    try:
        yaml_text = read_yaml(text, name)
    except YamlTextError as broken:
        raise PlanFileError([broken.finding]) from None
    try:
        plan = plan_from_document(yaml_text.document)
    except PlanFileError as broken:
        placed = [_located(f, name, yaml_text.places) for f in broken.findings]
        raise PlanFileError(sorted(placed, key=lambda f: (f.line or 0, f.column or 0))) from None
    return PlanText(plan, name, yaml_text.places)


def plan_from_document(document: object) -> Plan:
    """A plan from plain values, as the JSON API gets them. The same sentences, without lines. Raises PlanFileError."""
    _refuse_what_is_too_large(document)
    if not isinstance(document, dict):
        raise PlanFileError([error("", f"a plan is a group of parts (store, zones, …), not {quoted(document)}.")])
    expanded, findings = _expanded(document)
    try:
        plan = Plan.model_validate(expanded)
    except ValidationError as broken:
        raise PlanFileError((findings + findings_of(broken, Plan))[:_TOLD]) from None
    findings += _misplaced_switches(expanded, ())
    if findings:
        raise PlanFileError(findings[:_TOLD])
    return plan


def _located(finding: Finding, name: str, places: dict[str, Place]) -> Finding:
    """Where the field stands, or the nearest part around it that does."""
    path = finding.field
    while path and path not in places:
        # A field may be called anything, so whatever is no step is cut off letter by letter.
        path = _LAST_STEP.sub("", path) if _LAST_STEP.search(path) else path[:-1]
    line, column = places.get(path, (None, None))
    return replace(finding, file=name, line=line, column=column)


def _expanded(document: dict[Any, Any]) -> tuple[dict[Any, Any], list[Finding]]:
    """The document with each starter profile that it names (`- morning-calm`) written out."""
    profiles = document.get("profiles")
    if not isinstance(profiles, list):
        return document, []
    sources, fragrances = _ids(document.get("sources")), _ids(document.get("fragrances"))
    written: list[Any] = []
    findings: list[Finding] = []
    for number, item in enumerate(profiles):
        if not isinstance(item, str):
            written.append(item)
        elif item in starters():
            written.append(fitted(starters()[item], sources, fragrances))
        else:
            findings.append(error(path_text(("profiles", number)), f"there is no starter profile {quoted(item)}; "
                                  f"{nearest(item, starters()) or 'docs/plan-files.md lists them.'}"))
            # Stands in for what is missing, so that the other parts are read and their errors told too.
            written.append(next(iter(starters().values())))
    return {**document, "profiles": written}, findings


def _ids(part: object) -> set[str]:
    """The ids of a part that nobody has read yet, as far as there are any."""
    items = part if isinstance(part, list) else []
    return {item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)}


def _refuse_what_is_too_large(document: object) -> None:
    count, level = 0, [document]
    for _ in range(MAX_DEPTH + 1):
        inside: list[Any] = []
        for thing in level:
            if isinstance(thing, dict):
                inside.extend(thing.values())
            elif isinstance(thing, list):
                inside.extend(thing)
        count += len(inside)
        if count > MAX_NODES:
            raise PlanFileError([error("", f"the plan has more than {MAX_NODES:,} values.")])
        if not inside:
            return
        level = inside
    raise PlanFileError([error("", f"values are nested more than {MAX_DEPTH} deep.")])


def _misplaced_switches(thing: Any, path: tuple[str | int, ...]) -> list[Finding]:
    """True and false where a number belongs: read leniently, `volume_pct: true` would be 1 %."""
    if isinstance(thing, bool):
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        belongs = name in _SWITCHES and not isinstance(path[-1], int)
        return [] if belongs else [error(path_text(path), f"{quoted(thing)} does not fit; a number belongs here.")]
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(thing, dict):
        items = thing.items()
    elif isinstance(thing, list):
        items = enumerate(thing)
    return [finding for key, item in items for finding in _misplaced_switches(item, (*path, key))]
