"""What feels different between two plans, where and when; and which of their parts were written differently. Pure.

Both plans are walked along zone by zone, as `resolve` has them (`profiles.year`), and what comes out is compared field
by field: a plan may be rewritten from end to end and feel the same. Of lamps, players and diffusers that are off, only
*off* is felt; roles of lamps that a zone has not are not felt at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from profiles.base import Value
from profiles.lived import Lived, LivedZone, is_pressed
from profiles.plan import Live, Plan
from profiles.scene import Field, Role, Sense, Setting, light_field
from profiles.year import Situation, Year, ZoneYear

#: Switches, and the values that are felt while they are on.
_FELT: Mapping[Field, tuple[Field, ...]] = {
    **{light_field(role, "on"): (light_field(role, "brightness_pct"), light_field(role, "colour")) for role in Role},
    Field.MUSIC_ON: (Field.MUSIC_VOLUME, Field.MUSIC_SOURCE),
    Field.SCENT_ON: (Field.SCENT_DIFFUSION,),
}
_KINDS = {Sense.LIGHT: "light", Sense.MUSIC: "player", Sense.SCENT: "diffuser"}
#: Parts of a plan that are lists of things with ids, and those that are one thing.
_LISTS = ("zones", "profiles", "dayparts", "campaigns", "quiet_hours", "announcements", "fragrances", "sources",
          "devices")
_GROUPS = ("store", "limits", "guardrails")

#: Start and end in seconds since 1970, half open.
Stretch = tuple[float, float]
#: What is felt of a zone: the value of each field, None where it is not felt.
_Feeling = tuple[Setting | None, ...]
#: A zone along a span of time, by the plan alone or with what people have pressed.
_Zone = ZoneYear | LivedZone


@dataclass(frozen=True, slots=True)
class Felt:
    """One change of one zone: `fields` that change alike, from what to what, and when.

    `before`, `after`: the settings of the whole sense in both plans, so that `off → 40 %` can be said. `windows`: where
    in the span looked at it is so, first to last.
    """

    zone: str
    fields: tuple[Field, ...]
    before: Mapping[Field, Setting]
    after: Mapping[Field, Setting]
    windows: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A part of the plan that is not the same text any more. `how`: added, removed, changed, moved.

    `part`: `dayparts`, `limits`; `id` and `name`: of what stands in a list, empty else. `fields`: what changed in it.
    """

    part: str
    id: str
    name: str
    how: str
    fields: tuple[str, ...] = ()


def felt(before: Plan, after: Plan, start: datetime, end: datetime, live: Live | None = None) -> list[Felt]:
    """What feels different in the zones that both plans have, in [start, end). Raises WhenError.

    By zone in the order of `after`, then by sense, then by time. `live`: what people have pressed, which both plans
    lie under; None: nothing.
    """
    old, new = (Year(plan, start.timestamp(), end.timestamp()) for plan in (before, after))
    known = {zone.id for zone in before.zones}
    found: list[Felt] = []
    for zone in after.zones:
        if zone.id in known:
            switches = _switches(before, after, zone.id)
            if live is not None and is_pressed(live, zone.id):
                was, now = (LivedZone(plan, live, zone.id, start.timestamp(), end.timestamp())
                            for plan in (before, after))
                changes = _changes(was, now, switches)
            else:
                changes = _changes(old.of(zone.id), new.of(zone.id), switches)
            found += _gathered(zone.id, changes)
    return found


def rewritten(before: Plan, after: Plan) -> list[Rewritten]:
    """Parts that were added, removed, changed or put into another order."""
    found: list[Rewritten] = []
    for part in _GROUPS:
        old, new = getattr(before, part), getattr(after, part)
        if old != new:
            found.append(Rewritten(part, "", "", "changed", _other_fields(old, new)))
    for part in _LISTS:
        found += _in_list(part, getattr(before, part), getattr(after, part))
    return found


def _in_list(part: str, old: Sequence[Value], new: Sequence[Value]) -> Iterator[Rewritten]:
    was, now = _by_id(old), _by_id(new)
    for name, thing in was.items():
        if name not in now:
            yield Rewritten(part, name, _name(thing), "removed")
    for name, thing in now.items():
        if name not in was:
            yield Rewritten(part, name, _name(thing), "added")
        elif thing != was[name]:
            yield Rewritten(part, name, _name(thing), "changed", _other_fields(was[name], thing))
    if [name for name in was if name in now] != [name for name in now if name in was]:
        yield Rewritten(part, "", "", "moved")


def _by_id(things: Sequence[Value]) -> dict[str, Value]:
    return {str(getattr(thing, "id")): thing for thing in things}  # noqa: B009 - every part in a list has one


def _name(thing: Value) -> str:
    return str(getattr(thing, "name", None) or getattr(thing, "id", ""))


def _other_fields(old: object, new: object) -> tuple[str, ...]:
    if isinstance(old, Value) and isinstance(new, Value):
        return tuple(name for name in type(new).model_fields if getattr(old, name, None) != getattr(new, name))
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return tuple(str(key) for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key))
    return ()


def _switches(before: Plan, after: Plan, zone: str) -> list[Field]:
    """The switches of what a zone has, by either plan; of a sense without any device all, as nothing is known yet."""
    found: list[Field] = []
    for sense, kind in _KINDS.items():
        devices = [d for plan in (before, after) for d in plan.devices if d.kind == kind and zone in d.zones]
        roles = {device.role for device in devices}
        found += [switch for switch in _FELT if switch.sense is sense
                  and (switch.role is None or not devices or switch.role in roles)]
    return found


def _changes(
    old: _Zone, new: _Zone, switches: list[Field]
) -> Iterator[tuple[float, float, Field, _Feeling, _Feeling]]:
    """Stretches in which a field differs: start, end, the field, what is felt of its switch's fields in both."""
    for switch in switches:
        group = (switch, *_FELT[switch])
        for start, end, was, now in _beside(old, new, group):
            if was == now:
                continue
            if was[0] != now[0]:
                yield start, end, switch, was, now
            else:
                for n, field in enumerate(group):
                    if was[n] != now[n]:
                        yield start, end, field, was, now


def _beside(
    old: _Zone, new: _Zone, group: tuple[Field, ...]
) -> Iterator[tuple[float, float, _Feeling, _Feeling]]:
    """Both years of a zone in stretches in which neither changes."""
    def feeling(situation: Situation | Lived) -> _Feeling:
        on = situation.value(group[0])
        return (on, *(situation.value(field) if on is True else None for field in group[1:]))

    mine, theirs = old.stretches(feeling), new.stretches(feeling)
    a, b = next(mine, None), next(theirs, None)
    while a is not None and b is not None:
        end = min(a[1], b[1])
        yield max(a[0], b[0]), end, a[2], b[2]
        if a[1] == end:
            a = next(mine, None)
        if b[1] == end:
            b = next(theirs, None)


def _gathered(zone: str, changes: Iterable[tuple[float, float, Field, _Feeling, _Feeling]]) -> Iterator[Felt]:
    """The same change in several windows is one, and so are roles of lamps that change alike."""
    windows: dict[tuple[Field, _Feeling, _Feeling], list[Stretch]] = {}
    for start, end, field, was, now in changes:
        if field in _FELT:
            key = field, was, now
        else:  # the others of its switch may change meanwhile without making this another change
            n = _group(field).index(field)
            key = field, (True, was[n]), (True, now[n])
        found = windows.setdefault(key, [])
        if found and found[-1][1] == start:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    alike: dict[tuple[object, ...], list[tuple[Field, _Feeling, _Feeling]]] = {}
    for (field, was, now), stretches in windows.items():
        what = field.value.rsplit(".", 1)[1], field.sense, was, now, tuple(stretches)
        alike.setdefault(what, []).append((field, was, now))
    order = {field: n for n, field in enumerate(Field)}
    for together in sorted(alike.values(), key=lambda one: (order[one[0][0]], windows[one[0]][0])):
        fields = tuple(field for field, _, _ in together)
        yield Felt(zone, fields, _settings(together, 1), _settings(together, 2), tuple(windows[together[0]]))


def _settings(together: list[tuple[Field, _Feeling, _Feeling]], which: int) -> dict[Field, Setting]:
    """What is felt, by field, of one side."""
    found: dict[Field, Setting] = {}
    for field, was, now in together:
        feeling = was if which == 1 else now
        group = _group(field) if field in _FELT else (_group(field)[0], field)
        found.update({f: value for f, value in zip(group, feeling, strict=True) if value is not None})
    return found


def _group(field: Field) -> tuple[Field, ...]:
    """The switch of a field and all that it switches."""
    return next((switch, *values) for switch, values in _FELT.items() if field is switch or field in values)
