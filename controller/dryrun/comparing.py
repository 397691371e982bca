"""Two runs side by side: energy, scent and cartridges before and after, and what only the second one showed."""

from __future__ import annotations

from datetime import timedelta

from controller.dryrun.copying import StoreCopy
from controller.dryrun.running import FULL_ML, Held, Run
from controller.dryrun.shapes import Cartridge, Energy, ScentUse, ZoneEnergy
from controller.walltime import Wall
from profiles.energy import kwh
from profiles.places import InstalledDevice
from profiles.plan import Plan
from profiles.text import t, tn

#: A tenth of a µl, a tenth of a Wh: what is shown is finer than anybody can measure.
_DIGITS = 4


def energy_of(before: Plan, after: Plan, runs: tuple[Run, Run]) -> Energy:
    """Energy by zone, in the order of the plans, and in all."""
    was, now = (_by_zone(plan, run) for plan, run in zip((before, after), runs, strict=True))
    names = {zone.id: zone.name for plan in (before, after) for zone in plan.zones}
    zones = tuple(ZoneEnergy(zone, name, _kwh(was.get(zone, 0.0)), _kwh(now.get(zone, 0.0)))
                  for zone, name in names.items() if zone in was or zone in now)
    drawing = [device for device in after.devices if device.kind != "contact"]
    return Energy(_kwh(sum(was.values())), _kwh(sum(now.values())), len(drawing),
                  sum(device.watts is None for device in drawing), zones)


def scent_of(before: Plan, after: Plan, runs: tuple[Run, Run]) -> tuple[ScentUse, ...]:
    """What diffusers use of each fragrance; those that are used with neither plan are left out."""
    fragrances = {f.id: f.name for plan in (before, after) for f in plan.fragrances}
    pairs = dict.fromkeys(pair for run in runs for pair in run.meter.ml)
    names = _names(before, after)
    return tuple(sorted((ScentUse(
        diffuser, names.get(diffuser, diffuser), fragrance, fragrances.get(fragrance, fragrance),
        *(round(run.meter.ml.get((diffuser, fragrance), 0.0), _DIGITS) for run in runs))
        for diffuser, fragrance in pairs), key=lambda use: (use.fragrance, use.diffuser)))


def cartridges_of(before: Plan, after: Plan, runs: tuple[Run, Run], copy: StoreCopy) -> tuple[Cartridge, ...]:
    """The cartridge of every diffuser that both plans have; those that nothing is taken from are left out."""
    was, now = runs
    names, used = _names(before, after), {diffuser for run in runs for diffuser, _ in run.meter.ml}
    found = []
    for diffuser in was.left_ml:
        if diffuser in now.left_ml and (diffuser in used or diffuser in was.meter.empty):
            found.append(Cartridge(
                diffuser, names.get(diffuser, diffuser), copy.ml.get(diffuser, FULL_ML), diffuser not in copy.ml,
                was.left_ml[diffuser], now.left_ml[diffuser], was.meter.empty.get(diffuser),
                now.meter.empty.get(diffuser)))
    return tuple(found)


def seen_of(after: Plan, runs: tuple[Run, Run], wall: Wall) -> tuple[str, ...]:
    """What the run with the candidate showed and the other did not: holds, cartridges, devices that never got right."""
    was, now = runs
    zones = {zone.id: zone.name for zone in after.zones}
    said = [_held_words(held, zones, wall) for key, held in now.holds.items()
            if held.seconds > (was.holds[key].seconds if key in was.holds else 0.0) + 1]
    names = _names(after, after)
    for device, trouble in now.never_right.items():
        if device not in was.never_right:
            said.append(" ".join(part for part in (t("{device} never did what it should.", device=names[device]),
                                                   t(trouble) if trouble else "") if part))
    for diffuser, at in now.meter.empty.items():
        earlier = was.meter.empty.get(diffuser)
        if earlier is None:
            said.append(t("{device} is empty {time}; as it is, it would last.", device=names[diffuser],
                          time=wall.at(at)))
        elif at < earlier - timedelta(minutes=1):
            said.append(t("{device} is empty {time} already, and {later} as it is.", device=names[diffuser],
                          time=wall.at(at), later=wall.at(earlier)))
    return tuple(said)


def _held_words(held: Held, zones: dict[str, str], wall: Wall) -> str:
    minutes = max(1, round(held.seconds / 60))
    times = tn("once", "{count} times", held.times)
    return t("{zone}: {why}, {times}, {minutes} min in all, first {time}.", zone=zones.get(held.hold.zone, ""),
             why=t(held.hold.sentence), times=times, minutes=minutes, time=wall.at(held.first))


def _by_zone(plan: Plan, run: Run) -> dict[str, float]:
    """Joules by the zone that decides a device; zones without any device are not in it."""
    found: dict[str, float] = {}
    for device in plan.devices:
        if device.kind != "contact":
            found[device.zones[0]] = found.get(device.zones[0], 0.0) + run.meter.joules[device.id]
    order = [zone.id for zone in plan.zones if zone.id in found]
    return {zone: found[zone] for zone in order}


def _kwh(joules: float) -> float:
    return round(kwh(joules), _DIGITS)


def _names(*plans: Plan) -> dict[str, str]:
    def name(device: InstalledDevice) -> str:
        return device.name or device.id
    return {device.id: name(device) for plan in plans for device in plan.devices}
