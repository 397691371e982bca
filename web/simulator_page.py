"""What the templates of the simulator are given: devices by zone, each as its light, its words and its differences.

Everything is asked of the door `Living`; what is decided here is only how it is shown, and which device is in hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from controller.errors import NotFound, Refused
from controller.living.door import Belief, DeviceLive, LivingShown, Wish
from controller.living.verbs import SETTINGS, Verb, verbs
from controller.living.wording import settings_words
from controller.wording_values import scent_dots
from profiles.text import t
from web.drawing import Pearl
from web.light import glow, seen_level

#: Lengths of an outage that a page offers, in seconds; None is until it is mended.
OUTAGES: tuple[float | None, ...] = (10, 60, 300, None)
ICONS = {"light": "light", "player": "music", "diffuser": "scent", "contact": "stop", "bridge": "drag"}
#: Verbs that are keys of their own in the bar of a page, or that end another one.
_NOT_ON_DESK = ("mend",)


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a device: hardware, belief, order, and which of the two differ from the hardware."""

    name: str
    does: str
    believed: str
    ordered: str
    apart: bool
    off: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A device as it is drawn. `standing`: solid, on its way, apart; `states`: what lasts of what was done to it."""

    shown: DeviceLive
    pearl: Pearl
    standing: str
    standing_words: str
    does: str
    more: str
    believed: str
    ordered: str
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can be done to the device in hand. `active`: it is the end of what was begun."""

    verb: Verb
    active: bool


@dataclass(frozen=True, slots=True)
class Hand:
    """The device in hand."""

    card: Card
    rows: tuple[Row, ...]
    deeds: tuple[Deed, ...]
    settings: tuple[str, ...]


def page(shown: LivingShown, wanted: str) -> dict[str, object]:
    """Everything of the page. `wanted`: the device in hand as asked for; else the first."""
    cards = [card(one) for one in shown.devices]
    chosen = next((one for one in cards if one.shown.id == wanted), cards[0] if cards else None)
    tz = ZoneInfo(shown.timezone)
    return {
        "shown": shown, "groups": _groups(shown, cards), "hand": None if chosen is None else hand(chosen),
        "chosen": "" if chosen is None else chosen.shown.id, "outages": OUTAGES, "icons": ICONS,
        "clock": lambda instant: clock(instant, shown.now, tz), "wall": shown.now.astimezone(tz),
        # On a small screen the desk comes only when somebody takes a device in hand.
        "asked": chosen.shown.id if chosen is not None and chosen.shown.id == wanted else "",
        "broken": sum(bool(one.shown.misbehaves) for one in cards) + (not shown.broker.up),
    }


def hand_of(shown: LivingShown, wanted: str) -> Hand:
    """The device in hand. Raises NotFound."""
    found = next((one for one in shown.devices if one.id == wanted), None)
    if found is None:
        raise NotFound(t("There is no device {device} here.", device=wanted[:80]))
    return hand(card(found))


def hand(of: Card) -> Hand:
    """A device with its fields side by side, and all that can be done to it."""
    device, known = of.shown, verbs()
    deeds = []
    for verb in (known[name] for name in device.can):
        if verb.sets is not None:
            begun = verb.sets in device.misbehaves
            deeds.append(Deed(known[verb.undo] if begun and verb.undo else verb, begun))
        elif verb.name not in _NOT_ON_DESK and not _ends_another(verb):
            deeds.append(Deed(verb, False))
    if device.kind == "diffuser" and "empty" not in device.misbehaves:
        deeds.append(Deed(known["fill"], False))
    return Hand(of, tuple(_rows(device)), tuple(deeds), SETTINGS[device.kind])


def card(device: DeviceLive) -> Card:
    """A device in words and light."""
    standing, words = _standing(device)
    return Card(
        device, pearl(device), standing, words, settings_words(device.kind, device.does), _more(device.does),
        "" if device.belief is None or device.belief.reported is None else settings_words(
            device.kind, device.belief.reported),
        "" if device.belief is None or not device.belief.ordered else settings_words(
            device.kind, device.belief.ordered),
        tuple(_states()[word] for word in device.misbehaves))


def pearl(device: DeviceLive) -> Pearl:
    """What the hardware does as a pearl: its light, the ring of its volume, the dots of its scent."""
    does, kind = device.does, device.kind
    on = does.get("on") is True
    point = does.get("xy")
    xy = (float(point[0]), float(point[1])) if isinstance(point, (list, tuple)) and len(point) == 2 else None
    seen = glow(kelvin=_whole(does.get("kelvin")), xy=xy) if kind == "light" else glow()
    level = _level(does, "brightness_pct") if kind == "light" and on else 0.0
    music = round(_level(does, "volume_pct")) if kind == "player" and on else 0
    dots = scent_dots(_level(does, "intensity_pct")) if kind == "diffuser" and on else 0
    return Pearl(seen.lens, seen.rim, round(100 * seen_level(level)), music, dots)


def clock(instant: datetime, now: datetime, tz: ZoneInfo) -> str:
    """`14:32:05` of the store."""
    local = instant.astimezone(tz)
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone(tz).date() else f"{local:%d.%m. %H:%M}"


def wish_of(form: MultiDict[str, str], kind: str) -> Wish:
    """What a form of the page asks for; fields that are left empty say nothing. Raises Refused."""
    to: dict[str, object] = {}
    for word in SETTINGS[kind]:
        given = form.get(word, "").strip()
        if not given:
            continue
        if word in ("on", "active"):
            to[word] = given == "on"
        elif word == "xy":
            to[word] = [_number(part, t("xy")) for part in given.replace(",", " ").split()]
        elif word in ("source", "fragrance"):
            to[word] = given
        else:
            to[word] = _number(given, word)
    return Wish(to, _number(form.get("over_s") or "0", t("The seconds")), form.get("tells") == "yes",
                _optional(form, "from_s"), _optional(form, "to_s"), _optional(form, "ml"))


def _optional(form: Mapping[str, str], name: str) -> float | None:
    given = form.get(name, "").strip()
    return _number(given, name) if given else None


def _number(text: str, what: str) -> float:
    try:
        found = float(text.strip().replace(",", ".")[:40])
    except ValueError:
        raise Refused(t("{what} must be a number.", what=what)) from None
    return found


def _groups(shown: LivingShown, cards: list[Card]) -> list[tuple[str, str, list[Card]]]:
    """Id, name and devices of each zone, then what is in none: bridges."""
    found = [(zone.id, zone.name, [one for one in cards if one.shown.zones[:1] == (zone.id,)]) for zone in shown.zones]
    rest = [one for one in cards if not any(one in group for _, _, group in found)]
    return [group for group in (*found, ("", t("Bridges"), rest)) if group[2]]


def _ends_another(verb: Verb) -> bool:
    return any(other.undo == verb.name for other in verbs().values())


def _standing(device: DeviceLive) -> tuple[str, str]:
    belief = device.belief
    if belief is None:
        return "none", t("Belief not known")
    if device.moving or belief.standing == "sent":
        return "sent", t("On its way")
    if device.apart:
        return "apart", t("Apart")
    if belief.standing == "lost":
        return "lost", t("Out of reach, as believed")
    if belief.standing == "alarm":
        return "alarm", t("As believed, with an alarm")
    if belief.reported is None:
        return ("apart", t("Not as ordered")) if device.off_order else ("reported", t("As ordered"))
    return "reported", t("As believed")


def _states() -> dict[str, str]:
    return {"unplugged": t("Unplugged"), "frozen": t("Frozen"), "slow": t("Slow"), "drifting": t("Drifting"),
            "lying": t("Lying"), "nonsense": t("Talks nonsense"), "empty": t("Empty"), "active": t("Fire")}


def _rows(device: DeviceLive) -> list[Row]:
    belief, does = device.belief or Belief(), device.does
    names = {"on": t("Switch"), "active": t("Contact"), "brightness_pct": t("Brightness"), "kelvin": t("White"),
             "xy": t("Colour"), "volume_pct": t("Volume"), "source": t("Source"), "fragrance": t("Fragrance"),
             "intensity_pct": t("Strength")}
    rows = []
    for word in SETTINGS[device.kind]:
        states = (does, belief.reported or {}, belief.ordered or {})
        if all(state.get(word) is None for state in states):
            continue
        here, believed, ordered = ("–" if state.get(word) is None else settings_words(
            device.kind, {word: state[word]}) for state in states)
        field = "colour" if word in ("kelvin", "xy") else word
        rows.append(Row(names[word], here, believed, ordered, field in device.apart, field in device.off_order))
    return rows


def _more(does: Mapping[str, object]) -> str:
    """What else the hardware says of itself: the title, what is left."""
    parts = [str(does["title"])] if does.get("title") else []
    if does.get("artist") and parts:
        parts.append(str(does["artist"]))
    if isinstance(does.get("ml_left"), (int, float)):
        parts.append(t("{ml} ml left", ml=f"{does['ml_left']:.1f}"))
    return ", ".join(parts)


def _level(does: Mapping[str, object], word: str) -> float:
    value = does.get(word)
    return float(value) if isinstance(value, (int, float)) else 0.0


def _whole(value: object) -> int | None:
    return round(value) if isinstance(value, (int, float)) else None
