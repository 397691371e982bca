"""Names in a plan: that every id is there once, and that whatever is named exists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from profiles.extending import lineage
from profiles.finding import Finding, error, nearest, quoted
from profiles.plan import Plan
from profiles.profile import Profile
from profiles.scene import Scene


def check_names(plan: Plan, dialects: Collection[str] | None) -> Iterator[Finding]:
    """Ids that stand twice, and names of what is not there. `dialects`: those that exist; None: not looked at."""
    yield from _duplicates(plan)
    zones, profiles = {z.id for z in plan.zones}, {p.id for p in plan.profiles}
    fragrances = {f.id for f in plan.fragrances}
    for number, daypart in enumerate(plan.dayparts):
        at = f"dayparts[{number}]"
        yield from _known(f"{at}.profile", "profile", [daypart.profile], profiles, each=False)
        yield from _known(f"{at}.zones", "zone", daypart.zones or (), zones)
        yield from _twice(f"{at}.zones", "zone", daypart.zones or ())
    overlays: list[tuple[str, tuple[str, ...]]] = [
        *((f"campaigns[{n}].zones", c.zones or ()) for n, c in enumerate(plan.campaigns)),
        *((f"quiet_hours[{n}].zones", q.zones or ()) for n, q in enumerate(plan.quiet_hours)),
        *((f"announcements[{n}].zones", a.zones or ()) for n, a in enumerate(plan.announcements))]
    for at, named in overlays:
        yield from _known(at, "zone", named, zones)
        yield from _twice(at, "zone", named)
    for number, campaign in enumerate(plan.campaigns):
        yield from _known(f"campaigns[{number}].profile", "profile", [campaign.profile], profiles, each=False)
    yield from _descent(plan)
    for person, guardrail in plan.guardrails.items():
        yield from _known(f"guardrails.{person}.profiles", "profile", guardrail.profiles or (), profiles)
    for number, device in enumerate(plan.devices):
        at = f"devices[{number}]"
        yield from _known(f"{at}.zones", "zone", device.zones, zones)
        yield from _twice(f"{at}.zones", "zone", device.zones)
        yield from _known(f"{at}.fragrances", "fragrance", device.fragrances, fragrances)
        if dialects is not None:
            yield from _known(f"{at}.dialect", "dialect", [device.dialect], dialects, each=False)
    yield from _addresses(plan)
    for at, scene in scenes(plan):
        yield from _scene(plan, at, scene)


def scenes(plan: Plan) -> Iterator[tuple[str, Scene]]:
    """Every scene of the plan with its path: the zones' defaults, the profiles' scenes and variations."""
    for number, zone in enumerate(plan.zones):
        yield f"zones[{number}].default", zone.default
    for number, profile in enumerate(plan.profiles):
        yield from scenes_of(f"profiles[{number}]", profile)


def scenes_of(at: str, profile: Profile) -> Iterator[tuple[str, Scene]]:
    """The scenes of one profile with their paths."""
    yield f"{at}.scene", profile.scene
    for kind, variation in profile.variations.items():
        yield f"{at}.variations.{kind.value}", variation


def _scene(plan: Plan, at: str, scene: Scene) -> Iterator[Finding]:
    if scene.music is not None and scene.music.source is not None:
        known = {s.id for s in plan.sources}
        yield from _known(f"{at}.music.source", "source", [scene.music.source], known, each=False)
    if scene.scent is not None and scene.scent.fragrance is not None:
        known = {f.id for f in plan.fragrances}
        yield from _known(f"{at}.scent.fragrance", "fragrance", [scene.scent.fragrance], known, each=False)


def _known(at: str, what: str, names: Iterable[str], known: Collection[str], each: bool = True) -> Iterator[Finding]:
    for number, name in enumerate(names):
        if name not in known:
            hint = nearest(name, known) or ("none is defined in this plan." if not known else "look at its ids.")
            yield error(f"{at}[{number}]" if each else at, f"there is no {what} {quoted(name)}; {hint}")


def _duplicates(plan: Plan) -> Iterator[Finding]:
    parts: dict[str, tuple[str, Sequence[str]]] = {
        "zones": ("zones", [z.id for z in plan.zones]),
        "profiles": ("profiles", [p.id for p in plan.profiles]),
        "dayparts": ("dayparts", [d.id for d in plan.dayparts]),
        "campaigns": ("campaigns", [c.id for c in plan.campaigns]),
        "quiet_hours": ("quiet hours", [q.id for q in plan.quiet_hours]),
        "announcements": ("announcements", [a.id for a in plan.announcements]),
        "fragrances": ("fragrances", [f.id for f in plan.fragrances]),
        "sources": ("sources", [s.id for s in plan.sources]),
        "devices": ("devices", [d.id for d in plan.devices]),
    }
    for part, (plural, ids) in parts.items():
        first: dict[str, int] = {}
        for number, name in enumerate(ids):
            if first.setdefault(name, number) != number:
                yield error(f"{part}[{number}].id", f"two {plural} have the id {quoted(name)}, the other is "
                            f"{part}[{first[name]}]; give each its own.")


def _descent(plan: Plan) -> Iterator[Finding]:
    """`extends`: what it names exists, and nothing extends itself by a detour."""
    known = {profile.id: profile for profile in plan.profiles}
    for number, profile in enumerate(plan.profiles):
        if profile.extends is None:
            continue
        at = f"profiles[{number}].extends"
        yield from _known(at, "profile", [profile.extends], known, each=False)
        line = [one.id for one in lineage(profile, known)]
        if known.get(line[0], profile).extends in line:
            way = " → ".join([*line[::-1], str(known[line[0]].extends)])
            yield error(at, f"profiles extend each other in a circle: {way}; let one of them stand by itself.")


def _twice(at: str, what: str, names: Sequence[str]) -> Iterator[Finding]:
    for number, name in enumerate(names):
        if name in names[:number]:
            yield error(f"{at}[{number}]", f"the {what} {quoted(name)} is named twice here; once is enough.")


def _addresses(plan: Plan) -> Iterator[Finding]:
    """Two devices at one address would be sent each other's light."""
    first: dict[tuple[str, str], int] = {}
    for number, device in enumerate(plan.devices):
        key = device.dialect, device.address if device.address is not None else device.id
        if first.setdefault(key, number) != number:
            yield error(f"devices[{number}].address", f"{quoted(key[1])} is also the address of "
                        f"{plan.devices[first[key]].id}; a device has an address of its own.")
