"""A dry run as a whole: read the candidate, run the store twice, and say what is different. Nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from controller.differing import felt_change
from controller.dryrun.candidate import brought, read_candidate
from controller.dryrun.comparing import cartridges_of, energy_of, scent_of, seen_of
from controller.dryrun.copying import StoreCopy
from controller.dryrun.presses import press_ends
from controller.dryrun.running import Tell, run, span_of
from controller.dryrun.shapes import MOST_DAYS, USUAL_DAYS, DryRun, Energy, FeltDay, FeltTogether, FeltWindow, ScentUse
from controller.errors import Refused
from controller.publishing import findings
from controller.walltime import Wall
from controller.wording import where_words
from controller.wording_difference import part_words, what_words, windows_words
from controller.wording_values import listed, names_of, sense_name, sentence_case
from profiles.difference import Felt, Stretch, felt, rewritten
from profiles.instants import instant, local_date
from profiles.plan import Plan
from profiles.scene import Sense
from profiles.text import t


def tried(
    copy: StoreCopy, text: str, name: str, days: int = USUAL_DAYS, *, seed: int = 1,
    tell: Tell = lambda _share: None,
) -> DryRun:
    """Try what `text` makes of the plan of `copy`, for so many days. The same input gives the same, bit for bit.

    `name`: what to call the candidate in sentences; `tell`: is told shares from 0 to 1 on the way. Raises Refused with
    every error of the candidate, or for a number of days that is not looked at.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Refused(t("A dry run is over 1 to {most} days, not {days}.", most=MOST_DAYS, days=days))
    before, span = copy.plan, span_of(copy.at, days)
    candidate = read_candidate(text, name, copy.own, copy.at)
    after = copy.with_own(candidate.plan)
    wall = Wall(after.store.place.tz, copy.at)
    changes = felt(before, after, *span, copy.live)
    was = run(copy, before, span, seed, lambda share: tell(share / 2))
    runs = was, run(copy, after, span, seed, lambda share: tell(0.5 + share / 2))
    energy, scent = energy_of(before, after, runs), scent_of(before, after, runs)
    warnings = brought(candidate.warnings, findings(copy.own, copy.at))
    return DryRun(
        store=after.store.id, version=copy.version, digest=copy.own.digest, candidate=candidate.plan.digest,
        start=span[0], end=span[1], days=days, seed=seed, sentence=_sentence(changes, after, energy, scent),
        felt=tuple(felt_change(change, before, after, span) for change in changes),
        together=tuple(_together(changes, before, after, span)), by_day=tuple(_by_day(changes, before, after)),
        parts=tuple(part_words(part) for part in rewritten(before, after)),
        energy=energy, scent=scent, cartridges=cartridges_of(before, after, runs, copy),
        warnings=tuple(str(warning) for warning in warnings), seen=seen_of(after, runs, wall),
        presses=press_ends(before, after, copy.live, copy.at))


def _sentence(changes: Sequence[Felt], plan: Plan, energy: Energy, scent: Sequence[ScentUse]) -> str:
    """The one sentence for somebody who reads nothing else."""
    changed = {change.zone for change in changes}
    zones = [zone.name for zone in plan.zones if zone.id in changed]
    senses = [sense_name(sense) for sense in Sense if any(c.fields[0].sense is sense for c in changes)]
    felt_words = t("Nothing will feel different") if not changes else \
        t("{senses} will feel different in {where}", senses=sentence_case(listed(senses)),
          where=where_words(zones, len(zones) == len(plan.zones) > 1))
    kwh = round(energy.after_kwh - energy.before_kwh, 1)
    ml = round(sum(use.after_ml - use.before_ml for use in scent), 1)
    used = [t("{amount} kWh {more}", amount=f"{abs(kwh):.1f}", more=_more(kwh))] if kwh else []
    used += [t("{amount} ml of scent {more}", amount=f"{abs(ml):.1f}", more=_more(ml))] if ml else []
    if not used:
        return t("{felt}, and as much energy and scent is used as now.", felt=felt_words)
    return t("{felt}; {used}.", felt=felt_words, used=t(" and ").join(used))


def _more(amount: float) -> str:
    return t("more") if amount > 0 else t("less")


def _together(
    changes: Iterable[Felt], before: Plan, after: Plan, span: tuple[datetime, datetime]
) -> Iterable[FeltTogether]:
    """Zone by zone in the order of the plan, then by time."""
    tz, names = after.store.place.tz, (names_of(before), names_of(after))
    found: dict[tuple[str, tuple[Stretch, ...]], list[Felt]] = {}
    for change in changes:
        found.setdefault((change.zone, change.windows), []).append(change)
    for place in after.zones:
        mine = sorted(((windows, alike) for (zone, windows), alike in found.items() if zone == place.id),
                      key=lambda one: one[0])
        for windows, alike in mine:
            yield FeltTogether(place.id, place.name, windows_words(windows, span, tz),
                               "; ".join(what_words(change, names) for change in alike))


def _by_day(changes: Iterable[Felt], before: Plan, after: Plan) -> Iterable[FeltDay]:
    """By day of the store, then by zone in the order of the plan; windows over midnight are cut there."""
    tz, names = after.store.place.tz, (names_of(before), names_of(after))
    zones = {zone.id: zone.name for zone in after.zones}
    found: dict[tuple[date, str], list[FeltWindow]] = {}
    for change in changes:
        what = what_words(change, names)
        for start, end in change.windows:
            begin = start
            while begin < end:
                day = local_date(begin, tz)
                close = min(end, instant(day + timedelta(days=1), 0, tz))
                found.setdefault((day, change.zone), []).append(FeltWindow(
                    datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(close, UTC), what))
                begin = close
    order = {zone: number for number, zone in enumerate(zones)}
    for (day, zone), windows in sorted(found.items(), key=lambda one: (one[0][0], order[one[0][1]])):
        yield FeltDay(day, zone, zones[zone], tuple(sorted(windows, key=lambda w: (w.start, w.end, w.what))))
