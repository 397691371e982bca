"""The devices of the plan as tracks, and which of them a topic belongs to."""

from __future__ import annotations

from collections.abc import Mapping

from controller.store.track import Track
from devices.device import Capability, Device, Kind, Policy
from devices.dialects.base import Dialect
from devices.dialects.table import DIALECTS
from profiles.places import InstalledDevice
from profiles.plan import Plan


def device_of(installed: InstalledDevice, store: str) -> Device:
    """The plan's entry as the devices floor knows it, with abilities still to be learnt from its `meta`."""
    return Device(
        id=installed.id, store=store, kind=Kind(installed.kind), dialect=installed.dialect,
        address=installed.address or installed.id, zones=installed.zones, role=installed.role.value,
        policy=Policy(installed.at_switch), capability=Capability(fragrances=installed.fragrances))


class Fleet:
    """The tracks by device id, kept over a change of plan where the device is still the same thing."""

    def __init__(self, dialects: Mapping[str, Dialect] = DIALECTS) -> None:
        """Begin without devices."""
        self._dialects = dialects
        self.tracks: dict[str, Track] = {}
        self.filters: frozenset[str] = frozenset()
        #: Tracks that the last change of plan brought.
        self.fresh: list[Track] = []
        self._by_topic: dict[str, list[Track]] = {}
        self._by_zone: dict[str, list[Track]] = {}

    def take(self, plan: Plan) -> None:
        """Make the tracks fit `plan`. A device that only moved or changed its role keeps what is known of it."""
        tracks: dict[str, Track] = {}
        for installed in plan.devices:
            dialect = self._dialects.get(installed.dialect)
            if dialect is None:
                continue  # `check` refuses such a plan; one from an older database must not stop the rest
            device = device_of(installed, plan.store.id)
            known = self.tracks.get(installed.id)
            if known is not None and _same_thing(known.device, device):
                known.device = _learnt(known.device, device)
                tracks[device.id] = known
            else:
                tracks[device.id] = Track(device, dialect)
        self.fresh = [track for device, track in tracks.items() if self.tracks.get(device) is not track]
        self.tracks = tracks
        self._index()

    def at(self, topic: str) -> list[Track]:
        """The devices that speak on `topic`: one, or all behind a bridge."""
        return self._by_topic.get(topic, [])

    def of_zone(self, zone: str) -> list[Track]:
        """The devices that serve a zone, whichever zone decides for them."""
        return self._by_zone.get(zone, [])

    def _index(self) -> None:
        self._by_topic, self._by_zone = {}, {}
        filters: set[str] = set()
        for track in self.tracks.values():
            filters.update(track.dialect.subscriptions(track.device))
            for topic in track.dialect.topics(track.device):
                self._by_topic.setdefault(topic, []).append(track)
            for zone in track.device.zones:
                self._by_zone.setdefault(zone, []).append(track)
        self.filters = frozenset(filters)


def _same_thing(known: Device, device: Device) -> bool:
    return (known.kind, known.dialect, known.address) == (device.kind, device.dialect, device.address)


def _learnt(known: Device, device: Device) -> Device:
    """The plan's new word on where and what it is, with the abilities that the device itself told."""
    return Device(
        id=device.id, store=device.store, kind=device.kind, dialect=device.dialect, address=device.address,
        zones=device.zones, role=device.role, policy=device.policy, heartbeat_s=known.heartbeat_s,
        capability=known.capability)
