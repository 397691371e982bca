"""The form of a campaign: what a person filled in becomes the content of a draft, and back. Pure.

Only what the form knows is written; whatever else a content holds (cues, zones by name) stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from profiles.profile import ZoneKind

#: Parts of a selector as the form names them, with the field that they are in.
PARTS = {"country": "countries", "tag": "tags", "any": "any_tags", "not": "not_tags", "list": "lists"}
#: Waves that a form can have, most.
_MOST_WAVES = 12
_HOUR_MIN = 60


@dataclass(frozen=True, slots=True)
class Token:
    """One thing that a selector asks for. `part`: a key of `PARTS`."""

    part: str
    id: str

    @property
    def value(self) -> str:
        """As it stands in the form: `tag:flagship`."""
        return f"{self.part}:{self.id}"


@dataclass(frozen=True, slots=True)
class WaveFields:
    """A wave as it was filled in. `share_pct`, `soak_h`, `timeout_h`: as they were written; empty is the usual."""

    share_pct: str = ""
    list: str = ""
    soak_h: str = ""
    timeout_h: str = ""
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """Everything of the form, as it was written: it may be wrong, and is shown again as it is."""

    name: str = ""
    when: str = ""
    first: str = ""
    last: str = ""
    priority: str = ""
    profile: str = ""
    kinds: tuple[str, ...] = ()
    note: str = ""
    who: tuple[Token, ...] = ()
    waves: tuple[WaveFields, ...] = ()
    failures_pct: str = ""
    overrides_pct: str = ""
    complaints_pct: str = ""


def fields_of(content: Mapping[str, object]) -> Fields:
    """The form that shows a content."""
    body, selector = _mapping(content.get("body")), _mapping(content.get("selector"))
    thresholds = _mapping(content.get("thresholds"))
    who = tuple(Token(part, str(each)) for part, field in PARTS.items() for each in _sequence(selector.get(field)))
    return Fields(
        name=_text(body.get("name")), when=_text(body.get("when")), first=_text(body.get("first")),
        last=_text(body.get("last")), priority=_text(body.get("priority")), profile=_text(body.get("profile")),
        kinds=tuple(str(kind) for kind in _sequence(body.get("kinds"))), note=_text(content.get("note")), who=who,
        waves=tuple(_wave_fields(_mapping(each)) for each in _sequence(content.get("stages"))),
        failures_pct=_text(thresholds.get("failures_pct")), overrides_pct=_text(thresholds.get("overrides_pct")),
        complaints_pct=_text(thresholds.get("complaints_pct")))


def filled_in(form: MultiDict[str, str]) -> Fields:
    """The form as it was sent: with what is to be added to the selector, or taken from it, and waves likewise."""
    who = [token for token in map(_token, [*form.getlist("who"), form.get("add", "")]) if token is not None]
    dropped = _token(form.get("drop", ""))
    columns = [form.getlist(name)[:_MOST_WAVES] for name in ("share", "wave_list", "soak", "timeout")]
    rows = [[column[n] if n < len(column) else "" for column in columns] for n in range(max(map(len, columns)))]
    by_hand = set(form.getlist("by_hand"))
    waves = [WaveFields(share.strip(), list_, soak.strip(), timeout.strip(), str(n) in by_hand)
             for n, (share, list_, soak, timeout) in enumerate(rows)]
    less = form.get("less", "")
    if less.isdecimal() and int(less) < len(waves):
        del waves[int(less)]
    if "more" in form and len(waves) < _MOST_WAVES:
        waves.append(WaveFields("100"))
    kinds = tuple(kind for kind in form.getlist("kind") if kind in set(ZoneKind))
    text = {name: form.get(name, "").strip() for name in (
        "name", "when", "first", "last", "priority", "profile", "note", "failures_pct", "overrides_pct",
        "complaints_pct")}
    return Fields(**text, kinds=() if len(kinds) == len(ZoneKind) else kinds,
                  who=tuple(token for token in dict.fromkeys(who) if token != dropped), waves=tuple(waves))


def content_of(fields: Fields, before: Mapping[str, object]) -> dict[str, Any]:
    """The content that the form means, over what the draft held before."""
    body = {**_mapping(before.get("body")), "name": fields.name, "when": fields.when, "profile": fields.profile,
            "first": fields.first or None, "last": fields.last or None, "kinds": list(fields.kinds) or None,
            "priority": _number(fields.priority, whole=True)}
    for name in ("priority", "profile"):
        if not body[name]:
            del body[name]  # a sentence that it is missing says more than one that nothing is no value
    selector = {field: [token.id for token in fields.who if token.part == part] for part, field in PARTS.items()}
    thresholds = {name: _number(value) for name, value in (
        ("failures_pct", fields.failures_pct), ("overrides_pct", fields.overrides_pct),
        ("complaints_pct", fields.complaints_pct)) if value}
    return {**before, "body": body, "selector": {field: found for field, found in selector.items() if found},
            "stages": [_stage(wave) for wave in fields.waves], "thresholds": thresholds, "note": fields.note}




def _stage(wave: WaveFields) -> dict[str, Any]:
    reach: dict[str, Any] = {"share": _share(wave.share_pct)}
    if wave.list:
        reach["lists"] = [wave.list]
    stage: dict[str, Any] = {"wave": reach, "by_hand": wave.by_hand}
    if wave.soak_h:
        stage["soak_min"] = _minutes(wave.soak_h)
    if wave.timeout_h:
        stage["timeout_min"] = _minutes(wave.timeout_h)
    return stage


def _wave_fields(stage: Mapping[str, Any]) -> WaveFields:
    wave = _mapping(stage.get("wave"))
    share = wave.get("share", 1.0)
    lists = _sequence(wave.get("lists"))
    return WaveFields(
        f"{share * 100:g}" if isinstance(share, int | float) else _text(share), str(lists[0]) if lists else "",
        _hours(stage.get("soak_min")), _hours(stage.get("timeout_min")), bool(stage.get("by_hand", False)))


def _token(text: str) -> Token | None:
    part, colon, id_ = text.partition(":")
    return Token(part, id_[:64]) if colon and id_ and part in PARTS else None


def _share(written: str) -> object:
    """Empty is nobody by lot: a wave may be a list alone."""
    number = _number(written) if written else 0
    return round(number / 100, 8) if isinstance(number, int | float) else number


def _minutes(hours: str) -> object:
    number = _number(hours)
    return round(number * _HOUR_MIN) if isinstance(number, int | float) else number


def _hours(minutes: object) -> str:
    return f"{minutes / _HOUR_MIN:g}" if isinstance(minutes, int | float) else _text(minutes)


def _number(written: str, *, whole: bool = False) -> float | int | str:
    """The number that was written, with a point or a comma; what is none is kept, for a sentence about it."""
    try:
        number = float(written.replace(",", "."))
    except ValueError:
        return written
    return int(number) if whole and number.is_integer() else number


def _mapping(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _sequence(found: object) -> Sequence[Any]:
    return found if isinstance(found, list | tuple) else ()


def _text(found: object) -> str:
    if found is None:
        return ""
    return f"{found:g}" if isinstance(found, float) else str(found)
