"""The rules of a zone read plainly: every layer that is alive, laid on the one below, one field at a time.

An oracle for `profiles.resolve`, which keeps, shares and bisects: this does none of it, and shares no code with it but
the values of a plan and the reading of time expressions. So a mistake in resolving is seen, not repeated.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from profiles.hours import Hours
from profiles.instants import local_date
from profiles.layers import Rank
from profiles.overlay import Announcement, Campaign, QuietHour
from profiles.places import Zone
from profiles.plan import Daypart, Plan
from profiles.profile import ZoneKind
from profiles.scene import Diffusion, Field, Role, Sense, Setting, light_field
from profiles.when import ALWAYS, When

_DAY_S = 86_400
#: Time is looked at in pieces of so many days; windows that reach in from further away are looked for as far.
_PIECE_DAYS, _REACH_DAYS = 7, 3
_FLOOR_MARGIN = timedelta(minutes=60)
_PURGED = math.log(20)

Settings = Mapping[Field, Setting]
Layered = Daypart | Campaign | QuietHour | Announcement


@dataclass(frozen=True, slots=True)
class Ruled:
    """A field: the rank and id of the layer that rules it, and the value after the limits."""

    rank: Rank
    layer: str
    value: Setting


@dataclass(frozen=True, slots=True)
class Chosen:
    """An override or a stop that is alive, as a layer: the later pressed is the stronger of its rank."""

    rank: Rank
    layer: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class Felt:
    """A zone at an instant. `ceilings`: what its quiet hours let through at most; `quiet`: their ids."""

    fields: Mapping[Field, Ruled]
    ceilings: Settings
    quiet: frozenset[str]
    floor: bool


@dataclass(slots=True)
class _Windows:
    """One overlay's windows within one piece of time."""

    spans: list[tuple[float, float]] = field(default_factory=list)

    def hold(self, at: float, lead_s: float = 0.0) -> bool:
        return any(a - lead_s <= at < b for a, b in self.spans)


class Plainly:
    """One plan, asked plainly. Instants are seconds since 1970."""

    def __init__(self, plan: Plan) -> None:
        """Read the expressions of `plan`. Raises WhenError where one cannot be read."""
        self.plan = plan
        self._hours = Hours.parse(plan.store.hours, plan.store.place, plan.store.exceptions)
        self._whens: dict[str, When] = {}
        self._pieces: dict[tuple[str, str, int], _Windows] = {}
        self._edges: dict[tuple[str, int], list[float]] = {}
        self._zones = {zone.id: zone for zone in plan.zones}

    def felt(self, zone: str, at: float, choices: Iterable[Chosen] = ()) -> Felt:
        """What a zone should feel like. `choices`: those alive, weakest first."""
        place, live = self._zones[zone], list(choices)
        fields: dict[Field, Ruled] = {}
        for layer in (*self._planned(place, at), *(c for c in live if c.rank is Rank.OVERRIDE)):
            fields.update({f: Ruled(layer.rank, layer.layer, v) for f, v in layer.settings.items()})
        ceilings: dict[Field, Setting] = {}
        for quiet, most in self._quiet(place, at):
            for name, value in most.items():
                known = fields.get(name)
                tie = known is not None and known.rank is Rank.QUIET_HOUR and known.value == value
                if known is None or tie or _lower(value, known.value):
                    fields[name] = Ruled(Rank.QUIET_HOUR, quiet, value)
                if name not in ceilings or _lower(value, ceilings[name]):
                    ceilings[name] = value
        floor = self._floor(place, at)
        self._limit(fields, place, floor)
        for stop in (c for c in live if c.rank is Rank.STOP):
            fields.update({f: Ruled(Rank.STOP, stop.layer, v) for f, v in stop.settings.items()})
        holding = frozenset(q.id for q in self.plan.quiet_hours if _is_for(q, place) and self._windows(q, at).hold(at))
        return Felt(fields, ceilings, holding, floor)

    def turns(self, zone: str, after: float) -> float:
        """The next instant at which a window of the zone opens or closes, or the light floor; far off if none does."""
        for piece in range(int(after // (_PIECE_DAYS * _DAY_S)), int(after // (_PIECE_DAYS * _DAY_S)) + 3):
            edges = self._turns(self._zones[zone], piece)
            n = bisect_right(edges, after)
            if n < len(edges):
                return edges[n]
        return after + _PIECE_DAYS * _DAY_S

    def winners(self, zone: str, at: float) -> dict[Field, str]:
        """Which of the plan's layers wins each field, quiet hours and people's choices aside."""
        return {f: layer.layer for layer in self._planned(self._zones[zone], at) for f in layer.settings}

    def quiet_edge(self, start: float, end: float) -> bool:
        """Whether a quiet hour begins or ends in (start, end]."""
        return any(start < edge <= end for quiet in self.plan.quiet_hours
                   for span in self._windows(quiet, end).spans for edge in span)

    def said(self, announcement: Announcement, after: float, until: float) -> list[float]:
        """The instants in (after, until] at which an announcement falls due by the plan."""
        if announcement.when is None:
            return []
        found = []
        for a, b in self._windows(announcement, until).spans:
            step = None if announcement.every_min is None else 60.0 * announcement.every_min
            instants = [a] if step is None else [a + n * step for n in range(int((b - a) // step) + 1)]
            found += [instant for instant in instants if after < instant <= until and instant < b]
        return sorted(set(found))

    # ── the plan's own layers ───────────────────────────────────────────────────────

    def _planned(self, zone: Zone, at: float) -> Iterator[Chosen]:
        yield Chosen(Rank.DEFAULT, zone.id, zone.default.settings())
        for daypart in self.plan.dayparts:
            if _is_for(daypart, zone) and self._windows(daypart, at).hold(at):
                yield Chosen(Rank.DAYPART, daypart.id, self._mood(daypart.profile, zone.kind))
        alive = [c for c in self.plan.campaigns if _is_for(c, zone) and self._windows(c, at).hold(at)]
        for campaign in sorted(alive, key=lambda c: (c.priority, c.version, c.id)):
            yield Chosen(Rank.CAMPAIGN, campaign.id, self._mood(campaign.profile, zone.kind))

    def _mood(self, profile: str, kind: ZoneKind) -> dict[Field, Setting]:
        """Of what a profile extends first the scene, then the variation; then its own two."""
        own = next(p for p in self.plan.profiles if p.id == profile)
        found = {} if own.extends is None else self._mood(own.extends, kind)
        found.update(own.scene.settings())
        if kind in own.variations:
            found.update(own.variations[kind].settings())
        return found

    def _quiet(self, zone: Zone, at: float) -> Iterator[tuple[str, Settings]]:
        """Ceilings: scent is off a purge before the quiet hour begins."""
        lead_s = float(math.ceil(_PURGED / zone.air_changes_per_h * 3600))
        for quiet in sorted(self.plan.quiet_hours, key=lambda q: q.id):  # of equal ones the last by id (rule 5)
            if not _is_for(quiet, zone):
                continue
            windows = self._windows(quiet, at)
            if windows.hold(at, lead_s):
                yield quiet.id, {Field.SCENT_ON: False}
            if windows.hold(at):
                most: dict[Field, Setting] = {Field.MUSIC_ON: False}
                for name, value in zone.default.settings().items():
                    if name.role is not None and name is light_field(name.role, "brightness_pct"):
                        most[name] = round(float(value) * quiet.light_share_pct / 100, 2)  # type: ignore[arg-type]
                yield quiet.id, most

    def _limit(self, fields: dict[Field, Ruled], zone: Zone, floor: bool) -> None:
        limits = self.plan.limits

        def put(name: Field, value: Setting) -> None:
            fields[name] = Ruled(fields[name].rank, fields[name].layer, value)

        for name in [light_field(role, "brightness_pct") for role in Role]:
            if name in fields and float(fields[name].value) > limits.max_brightness_pct:  # type: ignore[arg-type]
                put(name, limits.max_brightness_pct)
        if floor and Field.AMBIENT_ON in fields and Field.AMBIENT_BRIGHTNESS in fields:
            bright = float(fields[Field.AMBIENT_BRIGHTNESS].value)  # type: ignore[arg-type]
            if (bright if fields[Field.AMBIENT_ON].value is True else 0.0) < limits.light_floor_pct:
                put(Field.AMBIENT_ON, True)
                put(Field.AMBIENT_BRIGHTNESS, limits.light_floor_pct)
        volume = fields.get(Field.MUSIC_VOLUME)
        if volume is not None and float(volume.value) > limits.max_volume_pct:  # type: ignore[arg-type]
            put(Field.MUSIC_VOLUME, limits.max_volume_pct)
        mix = fields.get(Field.SCENT_DIFFUSION)
        if mix is not None and isinstance(mix.value, Diffusion) and mix.value.intensity_pct > limits.max_intensity_pct:
            put(Field.SCENT_DIFFUSION, Diffusion(fragrance=mix.value.fragrance,
                                                 intensity_pct=limits.max_intensity_pct))
        if Field.SCENT_ON in fields and (zone.is_scent_free or not self.plan.store.scent_consent):
            put(Field.SCENT_ON, False)

    # ── time ────────────────────────────────────────────────────────────────────────

    def _windows(self, overlay: Layered, at: float) -> _Windows:
        number = int(at // (_PIECE_DAYS * _DAY_S))
        key = (type(overlay).__name__, overlay.id, number)
        found = self._pieces.get(key)
        if found is None:
            first, last = _around(number)
            dates = (overlay.first, overlay.last) if isinstance(overlay, Campaign) else ALWAYS
            spans = [] if overlay.when is None else self._when(overlay.when).spans(first, last, dates)
            found = self._pieces[key] = _Windows([(float(a), float(b)) for a, b in spans])
        return found

    def _when(self, text: str) -> When:
        found = self._whens.get(text)
        if found is None:
            found = self._whens[text] = When.parse(text, self.plan.store.place, self._hours)
        return found

    def _floor(self, zone: Zone, at: float) -> bool:
        if not zone.people:
            return False
        return self._hours.always_open or any(a <= at < b for a, b in self._open(int(at // (_PIECE_DAYS * _DAY_S))))

    def _open(self, number: int) -> list[tuple[float, float]]:
        key = ("hours", "", number)
        found = self._pieces.get(key)
        if found is None:
            first, last = (local_date(instant, self.plan.store.place.tz) for instant in _around(number))
            days = self._hours.business_days(first, last)
            found = self._pieces[key] = _Windows([
                ((day.opening - _FLOOR_MARGIN).timestamp(), (day.closing + _FLOOR_MARGIN).timestamp()) for day in days])
        return found.spans

    def _turns(self, zone: Zone, number: int) -> list[float]:
        found = self._edges.get((zone.id, number))
        if found is None:
            at = number * _PIECE_DAYS * _DAY_S
            lead_s = float(math.ceil(_PURGED / zone.air_changes_per_h * 3600))
            edges = set()
            overlays: tuple[Layered, ...] = (*self.plan.dayparts, *self.plan.campaigns, *self.plan.quiet_hours)
            for overlay in overlays:
                if _is_for(overlay, zone):
                    for a, b in self._windows(overlay, at).spans:
                        edges |= {a, b} | ({a - lead_s} if isinstance(overlay, QuietHour) else set())
            if zone.people and not self._hours.always_open:
                edges |= {edge for span in self._open(number) for edge in span}
            last = at + _PIECE_DAYS * _DAY_S
            found = self._edges[zone.id, number] = sorted(edge for edge in edges if at <= edge < last)
        return found


def stopped(senses: Iterable[Sense]) -> dict[Field, Setting]:
    """The safe state: full light, music muted, scent off."""
    settings: dict[Field, Setting] = {}
    for sense in senses:
        if sense is Sense.LIGHT:
            settings |= {light_field(role, "on"): True for role in Role}
            settings |= {light_field(role, "brightness_pct"): 100.0 for role in Role}
        else:
            settings[Field.MUSIC_ON if sense is Sense.MUSIC else Field.SCENT_ON] = False
    return settings


def _is_for(overlay: Layered, zone: Zone) -> bool:
    kinds = overlay.kinds if isinstance(overlay, Campaign) else None
    return (overlay.zones is None or zone.id in overlay.zones) and (kinds is None or zone.kind in kinds)


def _lower(ceiling: Setting, value: Setting) -> bool:
    """Whether a ceiling bites. Off is below on, and a ceiling that is met rules nothing."""
    if isinstance(ceiling, int | float) and isinstance(value, int | float):
        return float(ceiling) < float(value)
    return False


def _around(number: int) -> tuple[float, float]:
    first = number * _PIECE_DAYS * _DAY_S
    return float(first - _REACH_DAYS * _DAY_S), float(first + (_PIECE_DAYS + _REACH_DAYS) * _DAY_S)
