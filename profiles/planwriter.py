"""A plan as readable YAML: the same plan always gives the same text, and the text gives the same plan again.

Written by hand rather than by `yaml.dump`, because people read and edit these files: parts in a stable order under a
comment each, what equals its default left out, `light: off` in its short form, short groups on one line. Text that a
reader of YAML 1.1 would take for something else (`NO`, `10:30`) is quoted, so that other tools read the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import Any

import yaml
from pydantic import BaseModel

from profiles.plan import Plan
from profiles.scene import Light, Music, Scent
from profiles.yamltext import scalar

#: The longest line that a group of fields is put on.
_WIDTH = 116
_HEADINGS = {
    "store": "The shop: when it is open, and where it stands.",
    "zones": "Its zones. A zone's default gives every field: the ground that everything else is laid on.",
    "profiles": "The moods. A variation by kind of zone goes over the scene, field by field.",
    "dayparts": "The week: which mood when. Without zones, a daypart is for the whole store.",
    "campaigns": "What is laid over the week for a while: the higher priority wins.",
    "quiet_hours": "Sensory-friendly hours: a ceiling over everything but a stop.",
    "announcements": "What is said over the music, at times or by press.",
    "limits": "The store's own safety limits. Nothing but a stop goes past them.",
    "guardrails": "What a press by people of each role may do.",
    "fragrances": "What may be in the air, with its papers.",
    "sources": "What may be played, with its licence.",
    "devices": "What hangs in the store.",
}
#: Parts whose items are short enough for a line each.
_ONE_LINERS = {"sources", "devices", "exceptions", "holidays", "cues"}

_PLAIN_IN_BLOCK = re.compile(r"[\w(+/][\w +./()%,;:'&°–…’-]*\Z")
_PLAIN_IN_FLOW = re.compile(r"[\w(+/][\w +./()%'&°–…’-]*\Z")
_OLD_RULES: Any = yaml.SafeLoader("")


class _Word(str):
    """Text that is written as it is, such as `off` for a sense."""

    __slots__ = ()


def write_plan(plan: Plan, schema: str = "plan.schema.json") -> str:
    """The whole plan as YAML. `schema`: where an editor finds the JSON schema, as an address or a relative path."""
    lines = [f"# yaml-language-server: $schema={schema}", f"# A store of sinne: {_comment(plan.store.name)}."]
    for part, value in _plain(plan).items():
        lines += ["", f"# {_HEADINGS[part]}", *_entry(part, value, 0)]
    return "\n".join(lines) + "\n"


def lines_of(name: str, value: Any, indent: int = 0) -> list[str]:
    """The lines of `name: value` in the style of plan files. `value`: plain values, as a reader would find them."""
    return list(_entry(name, value, indent))


def on_one_line(value: Any) -> str:
    """`value` in flow style: `{id: lamp, zones: [shop]}`."""
    return _flow(value) if isinstance(value, dict | list) else _scalar(value, _PLAIN_IN_FLOW)


def _plain(model: BaseModel) -> dict[str, Any]:
    """A model as plain values in the order of its fields, without what equals its default (0.0 is not -0.0)."""
    found: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if field.is_required() or repr(value) != repr(field.default):
            found[name] = _plain_value(value)
    return found


def _plain_value(value: Any) -> Any:
    if isinstance(value, BaseModel):
        shown = _plain(value)
        if isinstance(value, Light | Music | Scent) and list(shown) == ["on"]:
            return _Word("on" if shown["on"] else "off")
        return shown
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain_value(item) for item in value]
    if isinstance(value, dict):
        return {str(_plain_value(key)): _plain_value(item) for key, item in value.items()}
    return value


def _entry(name: str, value: Any, indent: int) -> Iterator[str]:
    """The lines of `name: value`, on one line where that reads well."""
    head = f"{' ' * indent}{name}:"
    flow = _flow(value)
    one_line = not isinstance(value, dict | list) or not value or (
        indent > 0 and _shallow(value) and len(head) + 1 + len(flow) <= _WIDTH)
    if one_line:
        yield f"{head} {flow if isinstance(value, dict | list) else _scalar(value, _PLAIN_IN_BLOCK)}"
    elif isinstance(value, dict):
        yield head
        for key, item in value.items():
            yield from _entry(key, item, indent + 2)
    else:
        yield head
        for item in value:
            yield from _item(item, indent + 2, name in _ONE_LINERS)


def _item(value: Any, indent: int, one_line: bool) -> Iterator[str]:
    flow = _flow(value)
    fits = one_line and _shallow(value) and indent + 2 + len(flow) <= _WIDTH
    if isinstance(value, dict) and value and not fits:
        lines = [line for key, item in value.items() for line in _entry(key, item, indent + 2)]
        yield f"{' ' * indent}- {lines[0].lstrip()}"
        yield from lines[1:]
    else:
        yield f"{' ' * indent}- {flow if isinstance(value, dict | list) else _scalar(value, _PLAIN_IN_BLOCK)}"


def _shallow(value: Any) -> bool:
    """Whether a group has no group inside; lists of numbers are no obstacle."""
    if isinstance(value, dict):
        return not any(isinstance(item, dict) or (isinstance(item, list) and not _shallow(item))
                       for item in value.values())
    return not (isinstance(value, list) and any(isinstance(item, dict) for item in value))


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value, _PLAIN_IN_FLOW)


def _scalar(value: Any, plain: re.Pattern[str]) -> str:
    if isinstance(value, _Word):
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 1e15 and repr(value) != "-0.0"
        return str(int(value)) if whole else repr(value)
    if isinstance(value, int):
        return str(value)
    return value if _may_be_plain(value, plain) else _in_quotes(value)


def _may_be_plain(text: str, plain: re.Pattern[str]) -> bool:
    if plain.match(text) is None or text != text.strip() or ": " in text or text.endswith(":"):
        return False
    old: str = _OLD_RULES.resolve(yaml.ScalarNode, text, (True, False))
    return isinstance(scalar(text), str) and old == "tag:yaml.org,2002:str"


def _in_quotes(text: str) -> str:
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
