"""Zones: what, why, until when, what next; desired beside reported; how they stand."""

from __future__ import annotations

from collections.abc import Sequence

from controller.shapes import HoldShown, ZoneShown
from controller.showing.fields import fields_shown
from controller.showing.leading import Foresight, Ground, because
from controller.showing.reported import reported_fields
from controller.showing.senses import Told, senses_shown
from controller.showing.standing import Seen, standing_of, words_of
from controller.store.holds import Hold, Reason
from controller.store.sight import ZoneSight
from controller.store.wishes import SENSE_OF
from controller.wording import left_by_hand, waits_for_air, waits_for_time
from devices.device import Kind
from profiles.layers import Rank
from profiles.places import Zone
from profiles.resolve import Resolution
from profiles.scene import Diffusion, Field, Sense
from profiles.text import t


def zone_shown(
    zone: Zone, sight: ZoneSight, devices: Sequence[Seen], ground: Ground, foresight: Foresight
) -> ZoneShown:
    """One zone. `devices`: those that serve it, whichever zone decides for them; contacts are left aside.

    `until`, `next` and `next_at` are of the leading layer; each field has its own `until`.
    """
    devices = [seen for seen in devices if seen.sight.device.kind is not Kind.CONTACT]
    lead = foresight.lead(sight.resolution, ground)
    holds = holds_shown(sight, devices, ground)
    told = Told(sight.desired, reported_fields(devices), holds)
    standing = standing_of(devices)
    here = [seen for seen in devices if seen.in_reach and seen.sight.wanted is not None]
    return ZoneShown(
        id=zone.id, name=zone.name, kind=zone.kind.value, shape=zone.shape, what=lead.what,
        because=because(sight.resolution, lead.layer, lead.until, ground), until=lead.until, next=lead.next,
        next_at=lead.until, standing=standing, standing_words=words_of(standing, devices, ground.wall),
        converged=all(seen.sight.converged for seen in here) and (bool(here) or not devices),
        desired={field.value: value for field, value in sight.desired.items()},
        reported={field.value: value for field, value in told.reported.items()},
        senses=senses_shown(zone, devices, told, ground),
        fields=fields_shown(sight.resolution, ground), holds=holds,
        overrides=len(alive(ground, zone.id)), stopped=lead.layer.rank is Rank.STOP)


def alive(ground: Ground, zone: str) -> list[str]:
    """The ids of the overrides that are alive in a zone."""
    now = ground.wall.now
    return [o.id for o in ground.live.overrides if o.zone == zone and o.start <= now < o.over()]


def holds_shown(sight: ZoneSight, devices: Sequence[Seen], ground: Ground) -> tuple[HoldShown, ...]:
    """Senses that are held back although they are wished."""
    found = [HoldShown(hold.sense, hold.reason.value, _purge(hold, sight.resolution, ground), hold.until)
             if hold.reason is Reason.PURGE else HoldShown(hold.sense, hold.reason.value, hold.sentence, hold.until)
             for hold in sight.holds]
    for seen in devices:
        device, until = seen.sight.device, seen.sight.yielding_until
        if until is not None and device.kind in SENSE_OF:
            said = left_by_hand(_name(device.id, ground), until, ground.wall)
            found.append(HoldShown(SENSE_OF[device.kind], Reason.LOCAL_CHANGE.value, said, until))
    if not ground.trusted:
        scheduled = {field.sense for field, resolved in sight.resolution.fields.items()
                     if resolved.because.layer.rank < Rank.OVERRIDE}
        found += [HoldShown(sense, Reason.TIME.value, waits_for_time(sense), None)
                  for sense in Sense if sense in scheduled]
    return tuple(found)


def _name(device: str, ground: Ground) -> str:
    return next((d.name for d in ground.plan.devices if d.id == device and d.name is not None), device)


def not_looked_at(zone: Zone) -> ZoneShown:
    """A zone of a plan that the engine is only just taking over."""
    standing = standing_of(())
    return ZoneShown(
        id=zone.id, name=zone.name, kind=zone.kind.value, shape=zone.shape, what=t("Not known yet"),
        because=t("The plan is only just being taken over"), until=None, next=None, next_at=None, standing=standing,
        standing_words=t("Not known yet"), converged=False, desired={}, reported={}, senses=(), fields=(), holds=(),
        overrides=0, stopped=False)


def _purge(hold: Hold, resolution: Resolution, ground: Ground) -> str:
    """In the language at hand, with the name of the fragrance; the engine's own words where it is not known."""
    resolved = resolution.fields.get(Field.SCENT_DIFFUSION)
    if resolved is None or not isinstance(resolved.value, Diffusion):
        return hold.sentence
    return waits_for_air(ground.names.fragrance(resolved.value.fragrance), hold.until, ground.wall)
