"""A story with something of its store left out: a device, a zone, a daypart, a detail; and every mention of it with it.

Whether what is left still makes a plan is for the reader of plans to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from controller.hunting.story import Moment, Story
from controller.scenarios.model import Step

#: Parts that are lists of things with an id, those with the most behind them first.
_LISTS = ("zones", "devices", "campaigns", "quiet_hours", "announcements", "dayparts", "profiles", "fragrances",
          "sources")
#: What every item needs; anything else may be left out.
_NEEDED = {"id", "name", "kind", "when", "profile", "default", "scene", "clip", "text", "priority", "safety_sheet",
           "ifra_certificate", "licence", "territory", "timezone", "hours", "zones"}
#: Parts whose contents may be left out altogether.
_GROUPS = ("guardrails", "limits")


def pared(story: Story) -> Iterator[Story]:
    """Every story with one thing less. The order: what takes the most away comes first."""
    for part in _LISTS:
        for item in story.parts.get(part, ()):
            yield _without(story, part, item["id"])
    for part in _GROUPS:
        if story.parts.get(part):
            yield replace(story, parts={**story.parts, part: {}})
    for path in _details(story.parts):
        parts = deepcopy(story.parts)
        inside: Any = parts
        for key in path[:-1]:
            inside = inside[key]
        del inside[path[-1]]
        yield replace(story, parts=parts)


def _without(story: Story, part: str, name: str) -> Story:
    parts = deepcopy(story.parts)
    parts[part] = [item for item in parts[part] if item["id"] != name]
    if part == "zones":
        for other in ("devices", "campaigns", "quiet_hours", "announcements", "dayparts"):
            parts[other] = [kept for item in parts.get(other, ()) if (kept := _out_of(item, name)) is not None]
    left = {device["id"] for device in parts["devices"]}
    moments = []
    for moment in story.moments:
        step = _left_of(moment.step, left, name if part == "zones" else "")
        if step is not None:
            moments.append(Moment(moment.at, step))
    return replace(story, parts=parts, moments=tuple(moments))


def _out_of(item: dict[str, Any], zone: str) -> dict[str, Any] | None:
    """The item without a zone; None where it was of that zone alone."""
    if "zones" not in item:
        return item
    zones = [other for other in item["zones"] if other != zone]
    return {**item, "zones": zones} if zones else None


def _left_of(step: Step, devices: set[str], zone: str) -> Step | None:
    """The step without devices that are gone, and without a zone; None where nothing is left of it."""
    said = step.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    inside = said[step.verb]
    if isinstance(inside, list):
        said[step.verb] = [device for device in inside if device in devices]
        if not said[step.verb]:
            return None
    elif isinstance(inside, dict):
        if inside.get("device", None) not in {None, *devices} or inside.get("zone") == zone:
            return None
        if zone in (inside.get("zones") or ()):
            inside["zones"] = [other for other in inside["zones"] if other != zone]
            if not inside["zones"]:
                return None
    return Step.model_validate(said)


def _details(parts: dict[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """The paths of fields that may be left out."""
    for part in ("store", *_LISTS):
        items = [parts.get(part, {})] if part == "store" else parts.get(part, [])
        for n, item in enumerate(items):
            for field in item:
                path = (part, field) if part == "store" else (part, n, field)
                if field not in _NEEDED:
                    yield path
                elif field == "scene":
                    yield from ((*path, sense) for sense in item[field])
