"""What is shown of a link, here and at HQ: values made from what the engine shows, and from the plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from controller.hq.said import AppliedManifest, DeviceCounts, Pair, Place
from controller.ports import PlanVersion
from controller.shapes import Standing as DeviceStanding
from controller.showing.standing import device_standing
from controller.store.sight import EngineSight
from profiles.limits import Person
from profiles.places import Store
from profiles.plan import Live


@dataclass(frozen=True, slots=True)
class LinkSight:
    """A link at one moment. `since`: since when it is `up`, or is not; `words`: why not, in the line's own words."""

    organisation: str
    broker: str
    grant: Person
    up: bool
    since: datetime | None
    words: str
    refused: tuple[str, ...]
    alarms: tuple[str, ...]
    manifest: AppliedManifest | None
    waiting: Pair | None


def device_counts(sight: EngineSight) -> DeviceCounts:
    """Devices of the plan by how they stand, as `/health` counts them."""
    standings = [device_standing(each, sight.connected) for each in sight.devices.values()]
    return DeviceCounts(
        total=len(standings), right=sum(1 for each in sight.devices.values() if each.converged),
        away=standings.count(DeviceStanding.LOST), faulty=standings.count(DeviceStanding.ALARM))


def place_of(store: Store) -> Place:
    """Where and what a store is."""
    return Place(name=store.name, time_zone=store.timezone, country=store.country, tags=store.tags)


def plan_key(version: PlanVersion, live: Live) -> object:
    """Another one whenever the plan or people's choices are."""
    return (version.digest, tuple((each.id, each.ended) for each in live.overrides),
            tuple((each.id, each.ended) for each in live.stops))
