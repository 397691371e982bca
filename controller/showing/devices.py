"""Devices one by one: what each should be, what it said, and one sentence on how the two stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from controller.shapes import DeviceShown, Standing
from controller.showing.standing import Seen
from controller.store.sight import DeviceSight
from controller.walltime import Wall
from controller.wording import left_by_hand, lost_since
from controller.wording_values import sentence_case
from devices.device import Kind
from profiles.places import InstalledDevice
from profiles.text import t

#: Differences named in the sentence of a device; all are in `differs`.
_NAMED = 2


def device_shown(installed: InstalledDevice, seen: Seen | None, wall: Wall) -> DeviceShown:
    """A device of the plan. `seen` is None for the moment before the engine has taken a new plan."""
    name = installed.name or installed.id
    shown = DeviceShown(
        id=installed.id, name=name, kind=installed.kind, dialect=installed.dialect, zones=installed.zones,
        spot=installed.spot, standing=Standing.LOST, sentence=_sentence(name, seen, wall), online=None, desired={},
        reported={}, differs=(), last_seen=None, sent_at=None, tries=0, model=None)
    if seen is None:
        return shown
    sight = seen.sight
    return replace(
        shown, standing=seen.standing, online=sight.online, desired=_plain(sight.wanted or {}),
        reported=_plain(sight.reported), differs=sight.differs, last_seen=sight.heard, sent_at=sight.sent_at,
        tries=sight.tries, model=sight.model or None, ml_left=sight.ml_left)


def stranger_shown(device: str, seen: datetime, wall: Wall) -> DeviceShown:
    """A device that speaks on the broker and is not in the plan."""
    return DeviceShown(
        id=device, name=device, kind="unknown", dialect="native", zones=(), spot=None, standing=Standing.NONE,
        sentence=t("Seen at {time}. It is not in the plan, so nothing is sent to it.", time=wall.at(seen)), online=None,
        desired={}, reported={}, differs=(), last_seen=seen, sent_at=None, tries=0, model=None, in_plan=False)


def _sentence(name: str, seen: Seen | None, wall: Wall) -> str:
    if seen is None:
        return t("Nothing has been heard of it yet.")
    sight, standing = seen.sight, seen.standing
    if standing is Standing.LOST:
        return t("Nothing has been heard of it yet.") if sight.heard is None else f"{lost_since(sight.heard, wall)}."
    if standing is Standing.ALARM:
        return " ".join(part for part in (t(sight.trouble) if sight.trouble else t("It does not do what it is told."),
                                          _differences(sight)) if part)
    if sight.yielding_until is not None:
        return f"{left_by_hand(name, sight.yielding_until, wall)}."
    if standing is Standing.SENT:
        return _on_its_way(sight, wall)
    if standing is Standing.ASSUMED:
        return t("It cannot report; this is what was sent.")
    return t("It reports that all is quiet.") if sight.device.kind is Kind.CONTACT else t("It is as it should be.")


def _on_its_way(sight: DeviceSight, wall: Wall) -> str:
    if sight.sent_at is None:
        return t("Nothing has been sent to it yet.")
    if sight.tries > 1:
        said = t("On its way since {time}, sent {count} times.", time=wall.at(sight.sent_at), count=sight.tries)
    else:
        said = t("On its way since {time}.", time=wall.at(sight.sent_at))
    return f"{said} {_differences(sight)}".rstrip()


def _differences(sight: DeviceSight) -> str:
    return sentence_case(f"{'; '.join(sight.differs[:_NAMED])}.") if sight.differs else ""


def _plain(state: Mapping[str, object]) -> dict[str, object]:
    """A state as JSON has it."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in state.items()}
