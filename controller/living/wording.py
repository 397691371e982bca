"""A living store in sentences: what is done, what was done, how hardware and belief stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from controller.living.door import DeviceLive, Wish
from controller.wording_values import listed, number, sentence_case
from profiles.text import t, tn

#: So many devices are named in the sentence on top.
_NAMED = 3


def settings_words(kind: str, state: Mapping[str, object]) -> str:
    """A state in words: `On, 60 %, 3500 K`; `Off`. `kind`: of the device."""
    if kind == "bridge":
        return t("Runs") if state.get("powered", True) else t("Does not run")
    if kind == "contact":
        return t("Closed: fire") if state.get("active") else t("Open: all quiet")
    if not state:
        return t("Nothing known")
    if state.get("on") is False:
        return t("Off")
    parts = [t("On")] if state.get("on") else []
    parts += [_value(word, state[word]) for word in _SHOWN if state.get(word) is not None]
    return ", ".join(parts) or t("Nothing known")


def _value(word: str, value: object) -> str:
    if word.endswith("_pct") and isinstance(value, (int, float)):
        return t("{value} %", value=f"{value:.3g}" if value < 100 else f"{value:.0f}")
    if word == "kelvin":
        return t("{value} K", value=f"{value:.0f}" if isinstance(value, (int, float)) else value)
    if word == "xy" and isinstance(value, (list, tuple)):
        return "xy " + " ".join(f"{part:.3g}" for part in value)
    if isinstance(value, bool):
        return t("on") if value else t("off")
    return str(value)


_SHOWN = ("brightness_pct", "volume_pct", "fragrance", "intensity_pct", "kelvin", "xy", "source")


def done_words(device: DeviceLive, verb: str, wish: Wish) -> str:
    """What was done to a device, in one sentence."""
    name = device.id
    plain = {
        "unplug": t("{name} is unplugged.", name=name), "plug-in": t("{name} is plugged in.", name=name),
        "freeze": t("{name} hangs.", name=name), "thaw": t("{name} goes on.", name=name),
        "speed-up": t("{name} answers as fast as at the start.", name=name),
        "settle": t("{name} is again where it was told to be.", name=name),
        "lie": t("{name} says yes to everything and does nothing.", name=name),
        "be-honest": t("{name} is honest again.", name=name),
        "babble": t("{name} talks nonsense.", name=name), "make-sense": t("{name} makes sense again.", name=name),
        "empty": t("The cartridge of {name} is empty.", name=name),
        "reboot": t("{name} restarted with factory settings.", name=name),
        "mend": t("{name} is mended.", name=name),
    }
    if verb in plain:
        return plain[verb]
    if verb == "slow-down":
        return t("{name} answers {least} to {most} s late.", name=name, least=f"{wish.from_s or 0:g}",
                 most=f"{wish.to_s or 0:g}")
    if verb == "fill":
        return t("{name} has a cartridge with {ml} ml.", name=name, ml=f"{wish.ml or 0:g}")
    to = _setting(device.kind, wish.to)
    if verb == "switch":
        return t("Somebody sets {name} by hand: {to}.", name=name, to=to)
    says = t("and says so") if wish.tells else t("and does not say so")
    if wish.over_s:
        return t("{name} drifts within {seconds} s, {says}: {to}.", name=name, seconds=f"{wish.over_s:g}", says=says,
                 to=to)
    return t("{name} drifts at once, {says}: {to}.", name=name, says=says, to=to)


def _setting(kind: str, to: Mapping[str, object]) -> str:
    if kind == "contact":
        return t("fire") if to.get("active") else t("all quiet")
    return ", ".join(_value(word, to[word]) for word in ("on", *_SHOWN) if word in to)


def lead(devices: Sequence[DeviceLive], knows: bool, up: bool) -> str:
    """The sentence on top, for somebody who reads nothing else. `knows`: whether anything is known of the belief."""
    broken = [one for one in devices if one.misbehaves]
    apart = [one for one in devices if one.apart and not one.moving]
    off = [one for one in devices if one.off_order and not one.moving]
    if not up:
        return t("The broker is down.")
    if apart:
        return sentence_case(tn("{count} device is not what the controller believes: {names}.",
                             "{count} devices are not what the controller believes: {names}.", len(apart),
                             count=number(len(apart)), names=_names(apart)))
    if not knows and off:
        return sentence_case(tn("{count} device does not do what it was ordered: {names}.",
                           "{count} devices do not do what they were ordered: {names}.", len(off),
                           count=number(len(off)), names=_names(off)))
    if broken:
        return sentence_case(tn("{count} device misbehaves: {names}.", "{count} devices misbehave: {names}.",
                                len(broken), count=number(len(broken)), names=_names(broken)))
    if knows:
        return t("Every device does what the controller believes.")
    return t("Every device does what it was ordered.") if any(one.belief for one in devices) else t(
        "Nothing misbehaves.")


def _names(devices: Sequence[DeviceLive]) -> str:
    named = [one.name for one in devices[:_NAMED]]
    rest = len(devices) - len(named)
    if rest:
        return t("{names} and {rest} more", names=", ".join(named), rest=rest)
    return listed(named)
