"""Scent as it comes out of all layers: consent, diffusers that hold it, and the time that the air needs between two."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from profiles.air import purge_s
from profiles.check_layers import Numbers, fragrance_in
from profiles.compiled import belongs
from profiles.layers import LayerName, Rank
from profiles.notes import Notes, Sentence
from profiles.overlay import QuietHour
from profiles.places import Zone
from profiles.plan import Plan
from profiles.scene import Diffusion, Field
from profiles.week import Week
from profiles.year import Situation, ZoneYear

#: A stretch of one fragrance: start, end, what it is, and the layer that begins it.
Diffused = tuple[float, float, str, LayerName | None]


def look_for_refused_scent(year: ZoneYear, plan: Plan, numbers: Numbers, notes: Notes) -> None:
    """Scent that a layer wants and that is not given: without the store's consent, or without a diffuser for it."""
    if year.zone.is_scent_free:
        return
    for at, situation in year.each():
        layer, diffusion = situation.winner(Field.SCENT_DIFFUSION), situation.value(Field.SCENT_DIFFUSION)
        if (layer is None or layer.rank not in (Rank.DAYPART, Rank.CAMPAIGN) or not isinstance(diffusion, Diffusion)
                or situation.asked(Field.SCENT_ON) is not True):
            continue
        name, fragrance = layer.profile or layer.name, diffusion.fragrance
        if not plan.store.scent_consent:
            notes.note((numbers.field(layer), "consent", fragrance), year.zone.name, at, _unagreed(name, fragrance))
        elif _lacks(plan, year.zone, fragrance):
            notes.note((numbers.field(layer), "diffuser", fragrance), year.zone.name, at, _unheld(name, fragrance))


def look_for_haste(year: ZoneYear, numbers: Numbers, notes: Notes) -> None:
    """Scent B waits until A is gone (`domain.md`): where it waits most of its time, it hardly ever comes."""
    if year.zone.is_scent_free:
        return
    purge = purge_s(year.zone.air_changes_per_h)
    before: Diffused | None = None
    for run in _runs(year.stretches(lambda s: (fragrance_in(s), s.winner(Field.SCENT_DIFFUSION)))):
        if before is not None and before[2] != run[2]:
            wait, lasts = purge - (run[0] - before[1]), run[1] - run[0]
            if wait > lasts / 2:
                layer = run[3]
                field = "zones" if layer is None or layer.rank is Rank.DEFAULT else numbers.field(layer)
                notes.note((field, "haste", before[2], run[2]), year.zone.name, run[0],
                           _hasty((before[2], run[2]), wait, lasts))
        before = run


def look_for_quiet(year: ZoneYear, week: Week, notes: Notes) -> None:
    """Scent that would begin so shortly before a quiet hour that the air could not clear: none of it is given."""
    quiet = [(n, q) for n, q in enumerate(week.plan.quiet_hours)
             if ("quiet_hours", n) in week.windows and belongs(q, year.zone)]
    if not quiet or year.zone.is_scent_free:
        return
    purge = purge_s(year.zone.air_changes_per_h)
    begun = [(run[0], run[2], run[3]) for run in _runs(year.stretches(_wished))]
    starts = [start for start, _, _ in begun]
    for number, hour in quiet:
        for opens, _ in week.windows["quiet_hours", number]:
            n = bisect_left(starts, max(opens - purge, year.start))
            # What begins with the year itself began before it.
            if n < len(starts) and starts[n] < opens and starts[n] > year.start:
                start, fragrance, layer = begun[n]
                notes.note((f"quiet_hours[{number}].when", fragrance, layer), year.zone.name, start,
                           _swallowed(hour, layer, fragrance, (opens - start, purge)))


def _wished(situation: Situation) -> tuple[str | None, LayerName | None]:
    """What would be diffused if no quiet hour were near, and the layer that says so."""
    switch = next((layer for layer in situation.lying if Field.SCENT_ON in layer.settings), None)
    chosen = next((layer for layer in situation.lying if Field.SCENT_DIFFUSION in layer.settings), None)
    if switch is None or chosen is None or switch.settings[Field.SCENT_ON] is not True:
        return None, None
    diffusion = chosen.settings[Field.SCENT_DIFFUSION]
    return (diffusion.fragrance, switch.name) if isinstance(diffusion, Diffusion) else (None, None)


def _runs(stretches: Iterable[tuple[float, float, tuple[str | None, LayerName | None]]]) -> Iterator[Diffused]:
    """Stretches of one fragrance: those of the same that touch are one, whichever layers give it."""
    run: Diffused | None = None
    for start, end, (fragrance, layer) in stretches:
        if run is not None and fragrance == run[2]:
            run = (run[0], end, run[2], run[3])
            continue
        if run is not None:
            yield run
        run = None if fragrance is None else (start, end, fragrance, layer)
    if run is not None:
        yield run


def _lacks(plan: Plan, zone: Zone, fragrance: str) -> bool:
    """Whether the zone has diffusers that say what they hold, and none of them holds this."""
    diffusers = [d for d in plan.devices if d.kind == "diffuser" and zone.id in d.zones]
    return bool(diffusers) and all(d.fragrances and fragrance not in d.fragrances for d in diffusers)


def _unagreed(name: str, fragrance: str) -> Sentence:
    return lambda _where, _first: (f"{name} diffuses {fragrance}, and this store has not agreed to scent; none is "
                                   "diffused until store.scent_consent is true.")


def _unheld(name: str, fragrance: str) -> Sentence:
    return lambda where, _: f"{name} diffuses {fragrance}, and no diffuser in {where} holds it."


def _hasty(fragrances: tuple[str, str], wait: float, lasts: float) -> Sentence:
    return lambda where, first: (
        f"{fragrances[1]} follows {fragrances[0]} in {where} too fast, first on {first}: it waits {minutes(wait)} for "
        f"the air to clear, and its window lasts {minutes(lasts)}; use one fragrance there, or leave more time "
        "between.")


def _swallowed(hour: QuietHour, layer: LayerName | None, fragrance: str, times: tuple[float, float]) -> Sentence:
    whose = "the zone's default" if layer is None or layer.rank is Rank.DEFAULT else layer.name
    return lambda where, first: (
        f"{whose} begins {fragrance} in {where} {minutes(times[0])} before {hour.name}, first on {first}, and the air "
        f"takes {minutes(times[1])} to clear; none is diffused before the quiet hour unless it begins earlier.")


def minutes(seconds: float) -> str:
    """A length of time in minutes, or in seconds where it is shorter than two."""
    return f"{round(seconds / 60)} min" if seconds >= 120 else f"{round(seconds)} s"
