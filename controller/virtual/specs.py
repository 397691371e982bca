"""The devices of a plan in the simulator's own words, which stand on the other side of the wire."""

from __future__ import annotations

from devices.simulator.specs import DeviceSpec, Manner
from profiles.plan import Plan

#: In virtual time a healthy heartbeat is no message, and players keep the titles of their songs to themselves.
QUIET = Manner(heartbeats=False, tracks=False)


def specs_of(plan: Plan) -> list[DeviceSpec]:
    """A spec for each device of the plan, in its order."""
    sources = tuple(source.id for source in plan.sources)
    fragrances = tuple(fragrance.id for fragrance in plan.fragrances)
    return [
        DeviceSpec(id=d.id, kind=d.kind, dialect=d.dialect, address=d.address or "", zones=d.zones, role=d.role.value,
                   sources=sources, fragrances=d.fragrances or fragrances)
        for d in plan.devices]
