"""Whether a device can do what is asked of it, and in what range: one clear sentence where not. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping

from controller.errors import NotFound, Refused
from controller.living.door import DeviceLive, Wish
from controller.living.verbs import SETTINGS, Verb, takes, verbs
from profiles.finding import listed
from profiles.text import t

LONGEST_DRIFT_S, LONGEST_LATENCY_S, MOST_ML = 3600.0, 600.0, 10_000.0


def checked(device: DeviceLive, verb: str, wish: Wish) -> Wish:
    """The wish as it is done. Raises NotFound for a verb that does not exist, Refused for what cannot be."""
    known = verbs()
    if verb not in known:
        raise NotFound(t("There is no {verb} here. There are: {verbs}.", verb=verb[:40], verbs=", ".join(known)))
    asked = known[verb]
    _may(device, asked)
    if "to" in asked.wants:
        _settings(device, wish.to)
    if verb == "drift":
        _within(t("A drift"), wish.over_s, LONGEST_DRIFT_S, t("seconds"))
    if verb == "fill":
        _given(device, wish.ml, "ml", MOST_ML)
    if verb == "slow-down":
        low, high = wish.from_s or 0.0, _given(device, wish.to_s, "to_s", LONGEST_LATENCY_S)
        if not 0 <= low <= high:
            raise Refused(t("{device}: from_s must be from 0 to to_s, which is {high}; not {low}.", device=device.id,
                            high=f"{high:g}", low=f"{low:g}"))
    return wish


def _may(device: DeviceLive, verb: Verb) -> None:
    if device.behind is not None and verb.own_line:
        raise Refused(t("{device} has no connection of its own, so it cannot {verb}: do that to its bridge, {bridge}.",
                        device=device.id, verb=verb.name, bridge=device.behind))
    if not takes(verb, device.kind, device.behind):
        raise Refused(t("{device} is a {kind}, and a {kind} cannot {verb}. It can: {can}.", device=device.id,
                        kind=t(device.kind), verb=verb.name, can=", ".join(device.can)))
    if verb.awake and "unplugged" in device.misbehaves:
        raise Refused(t("{device} has no power, so nothing would come of it. Plug it in first.", device=device.id))
    if verb.awake and verb.name != "drift" and "frozen" in device.misbehaves:
        raise Refused(t("{device} hangs and would not notice. Thaw it first.", device=device.id))


def _settings(device: DeviceLive, to: Mapping[str, object]) -> None:
    known = SETTINGS[device.kind]
    if not to:
        raise Refused(t("Say what {device} is to be set to: {known}.", device=device.id, known=listed(known)))
    strange = next((word for word in to if word not in known), None)
    if strange is not None:
        raise Refused(t("{device} is a {kind} and has no {word}; it has {known}.", device=device.id,
                        kind=t(device.kind), word=strange[:40], known=listed(known)))


def _given(device: DeviceLive, value: float | None, name: str, most: float) -> float:
    if value is None:
        raise Refused(t("{device}: {name} is missing.", device=device.id, name=name))
    _within(f"{device.id}: {name}", value, most, "")
    return value


def _within(what: str, value: float, most: float, unit: str) -> None:
    if not (math.isfinite(value) and 0 <= value <= most):
        raise Refused(t("{what} goes from 0 to {most} {unit}; not {value}.", what=what, most=f"{most:g}", unit=unit,
                        value=f"{value:g}").replace(" ;", ";"))
