"""Reading what arrives: bytes to a JSON object, and its fields with their types and ranges checked.

It exists so that every decoder refuses hostile input in the same way: `Malformed` with one short sentence,
whatever the bytes. A sentence never quotes a container: a value nested a thousand deep cannot even be
printed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import orjson

from devices.dialects.base import Malformed
from devices.messages import MAX_PAYLOAD, Message

#: The largest whole number that every JSON reader keeps exactly (RFC 8259, section 6).
MAX_WHOLE = 2**53 - 1

#: Unicode categories that never reach a page: controls, format characters (bidirectional overrides and
#: zero-width ones are among them), surrogates, private use, unassigned.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_SPACE = frozenset({"Zs", "Zl", "Zp"})


def visible_text(text: str, cap: int = 120) -> str:
    """`text` from outside made fit to show: no unseen characters, single spaces, at most `cap` long.

    It does not escape anything: that is the template's work.
    """
    text = text[: cap * 8]
    if not text.isprintable():
        text = "".join(_shown_character(character) for character in text)
    text = " ".join(text.split())
    return text if len(text) <= cap else text[: cap - 1].rstrip() + "…"


def _shown_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in _SPACE or character in "\t\n\r\v\f":
        return " "
    return "" if category in _UNSEEN else character


def named(value: object) -> str:
    """`value` as a sentence may name it: scalars shortened, containers by their type only."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, str):
        return f"the text “{visible_text(value, 40)}”"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return visible_text(f"{value:g}" if isinstance(value, float) else _digits(value), 40)


def _digits(value: object) -> str:
    """A whole number; one beyond what JSON holds is named, since Python refuses to print the very longest."""
    if isinstance(value, int):
        return str(value) if abs(value) <= 2**64 else "a number beyond all bounds"
    return f"a {type(value).__name__}"


def read_object(message: Message) -> dict[str, object]:
    """The JSON object in `message`. Raises Malformed if it is too large, not JSON, too deep or not an object.

    orjson refuses NaN, infinity, invalid UTF-8 and more than 1,024 levels by itself (version 3.13, tried).
    """
    raw = read_json(message)
    if not isinstance(raw, dict):
        raise Malformed(f"the payload is {named(raw)}, and it should be a JSON object")
    return raw


def read_json(message: Message) -> object:
    """Any JSON value in `message`, under the same limits as `read_object`."""
    if len(message.payload) > MAX_PAYLOAD:
        raise Malformed(f"the payload has {len(message.payload)} bytes, and at most {MAX_PAYLOAD} are read")
    try:
        raw: object = orjson.loads(message.payload)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise Malformed(f"the payload is not JSON: {visible_text(str(error), 80)}") from None
    return raw


def number(raw: Mapping[str, object], key: str, low: float, high: float) -> float | None:
    """The number under `key`, between `low` and `high`; None where it is absent or null."""
    value = raw.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise Malformed(f"{key} is {named(value)}, and it should be a number from {low:g} to {high:g}")
    return float(value)


def whole(raw: Mapping[str, object], key: str, low: int, high: int) -> int | None:
    """The whole number under `key`, between `low` and `high`; None where it is absent or null."""
    value = raw.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Malformed(f"{key} is {named(value)}, and it should be a whole number from {low} to {high}")
    return value


def flag(raw: Mapping[str, object], key: str) -> bool | None:
    """True or false under `key`; None where it is absent or null. 0, 1 and "on" are none of them."""
    value = raw.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise Malformed(f"{key} is {named(value)}, and it should be true or false")


def text(raw: Mapping[str, object], key: str, cap: int = 120) -> str | None:
    """The text under `key`, cleaned and capped; None where it is absent or null."""
    value = raw.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Malformed(f"{key} is {named(value)}, and it should be text")
    return visible_text(value, cap)


def texts(raw: Mapping[str, object], key: str, most: int = 256) -> tuple[str, ...] | None:
    """The list of texts under `key`, each cleaned and capped; None where it is absent or null."""
    value = raw.get(key)
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or len(value) > most:
        shown = f"a list of {len(value)}" if isinstance(value, (list, tuple)) else named(value)
        raise Malformed(f"{key} is {shown}, and it should be a list of at most {most} texts")
    return tuple(one for item in value if (one := text({key: item}, key)) is not None)


def section(raw: Mapping[str, object], key: str) -> dict[str, object]:
    """The object under `key`; empty where it is absent or null."""
    value = raw.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{key} is {named(value)}, and it should be an object")
    return value
