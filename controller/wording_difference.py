"""What feels different between two plans, in words: `Sales floor, Mo-Fr 10:00 to 12:00: music 40 → 52 %`.

Times are the store's own. Windows that come every week are said by their days, a few others by their dates, and of many
the first and how many there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from controller.walltime import Wall
from controller.wording_values import Names, listed, names_of, role_name, sense_name, sense_words, setting_words
from profiles.difference import Felt, Rewritten, Stretch
from profiles.plan import Plan
from profiles.scene import Field, Role, Sense, Setting
from profiles.text import t, tn

_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
#: So many kinds of windows are said one by one.
_FEW = 3
#: So many fields of a part are named.
_NAMED = 6

#: Windows of one clock: from when to when, and on which dates of the store they begin.
_Clock = tuple[str, str]


def felt_words(change: Felt, before: Plan, after: Plan, span: tuple[datetime, datetime]) -> str:
    """One change in one sentence. `span`: what was looked at."""
    zone = next((zone.name for zone in after.zones if zone.id == change.zone), change.zone)
    when = windows_words(change.windows, span, after.store.place.tz)
    return t("{zone}, {when}: {what}", zone=zone, when=when,
             what=what_words(change, (names_of(before), names_of(after))))


def what_words(change: Felt, names: tuple[Names, Names]) -> str:
    """From what to what: `music 40 → 52 %`, `accent light off → 60 %, 3000 K`."""
    field = change.fields[0]
    if field.value.endswith(".on"):
        was, now = (_sense(change.fields, settings, of) for settings, of in
                    zip((change.before, change.after), names, strict=True))
    else:
        was, now = _values(change.before.get(field), change.after.get(field), names)
    return f"{_noun(change.fields)} {was} → {now}"


def windows_words(windows: Sequence[Stretch], span: tuple[datetime, datetime], tz: ZoneInfo) -> str:
    """When: `Mo-Fr 10:00 to 12:00`, `at all times`, `Tue 24 November 10:00 to 12:00`, `12 times, first …`."""
    start, end = span
    if len(windows) == 1 and windows[0][0] <= start.timestamp() and windows[0][1] >= end.timestamp():
        return t("at all times")
    clocks: dict[_Clock, list[date]] = {}
    for begin, close in windows:
        first, last = (datetime.fromtimestamp(instant, tz) for instant in (begin, close))
        clocks.setdefault((f"{first:%H:%M}", _until(first, last)), []).append(first.date())
    days = [start.astimezone(tz).date() + timedelta(days=n) for n in range((end - start).days + 2)]
    within = [day for day in days if day <= (end - timedelta(seconds=1)).astimezone(tz).date()]
    said = [_on(dates, within, tz, start) for dates in clocks.values()]
    if len(clocks) <= _FEW and None not in said:
        return listed(f"{days_} {_clock(clock)}" for days_, clock in zip(said, clocks, strict=True) if days_)
    first = datetime.fromtimestamp(windows[0][0], tz)
    clock = f"{first:%H:%M}", _until(first, datetime.fromtimestamp(windows[0][1], tz))
    return tn("{count} time, on {first}", "{count} times, first on {first}", len(windows),
              first=f"{Wall(tz, start).day(first)} {_clock(clock)}")


def part_words(part: Rewritten) -> str:
    """A part that was written differently: `daypart Evening changed: when, profile`."""
    what = _part(part.part)
    if part.how == "moved":
        return t("{what} in another order", what=t(part.part.replace("_", " ")))
    named = f"{what} {part.name}" if part.name else what
    if part.how == "added":
        return t("{what} added", what=named)
    if part.how == "removed":
        return t("{what} removed", what=named)
    fields = list(part.fields[:_NAMED]) + (["…"] if len(part.fields) > _NAMED else [])
    return t("{what} changed: {fields}", what=named, fields=", ".join(fields)) if fields else \
        t("{what} changed", what=named)


def _part(part: str) -> str:
    return {
        "zones": t("zone"), "profiles": t("profile"), "dayparts": t("daypart"), "campaigns": t("campaign"),
        "quiet_hours": t("quiet hour"), "announcements": t("announcement"), "fragrances": t("fragrance"),
        "sources": t("source"), "devices": t("device"), "store": t("store"), "limits": t("limits"),
        "guardrails": t("guardrails")}.get(part, part)


def _until(first: datetime, last: datetime) -> str:
    """The end of a window on the wall; with the days between where it is not the same or the next morning."""
    days = (last.date() - first.date()).days
    if days == 1 and last.hour == last.minute == 0:
        return "24:00"
    return f"{last:%H:%M}" if days <= 1 else f"{last:%H:%M} +{days}"


def _clock(clock: _Clock) -> str:
    begin, end = clock
    if clock == ("00:00", "24:00"):
        return t("all day")
    time, _, later = end.partition(" +")
    if later:
        return tn("{begin} to {end} the day after", "{begin} to {end}, {count} days later", int(later), begin=begin,
                  end=time)
    return t("{begin} to {end}", begin=begin, end=end)


def _on(dates: list[date], within: list[date], tz: ZoneInfo, now: datetime) -> str | None:
    """The days of windows of one clock: by weekdays where they come every week, else one date; None: too many."""
    weekdays = {day.weekday() for day in dates}
    missing = sorted({day for day in within if day.weekday() in weekdays} - set(dates))
    if len(dates) > 1 and len(within) >= 7 and len(missing) <= min(_FEW, len(dates) // 4):
        usual = _weekdays(sorted(weekdays))
        return usual if not missing else t("{days} (not {dates})", days=usual, dates=listed(
            _date(day, tz, now) for day in missing))
    return _date(dates[0], tz, now) if len(dates) == 1 else None


def _date(day: date, tz: ZoneInfo, now: datetime) -> str:
    return Wall(tz, now).day(datetime(day.year, day.month, day.day, 12, tzinfo=tz))


def _weekdays(days: list[int]) -> str:
    """`every day`, `Mo-Fr`, `Mo, We and Sa-Su`."""
    if len(days) == 7:
        return t("every day")
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return listed(t(_WEEKDAYS[run[0]]) if len(run) == 1 else f"{t(_WEEKDAYS[run[0]])}-{t(_WEEKDAYS[run[-1]])}"
                  for run in runs)


def _noun(fields: tuple[Field, ...]) -> str:
    sense = fields[0].sense
    roles = [field.role for field in fields if field.role is not None]
    if sense is not Sense.LIGHT or len(roles) == len(Role):
        return sense_name(sense)
    return t("{roles} light", roles=listed(role_name(role) for role in roles))


def _sense(fields: tuple[Field, ...], settings: Mapping[Field, Setting], names: Names) -> str:
    role = fields[0].role
    return sense_words(fields[0].sense, settings, names, (role,) if role is not None else tuple(Role)) or t("nothing")


def _values(was: Setting | None, now: Setting | None, names: tuple[Names, Names]) -> tuple[str, str]:
    """Both values in words; a unit that both have is said once, and finer where rounding would make them equal."""
    if _number(was) and _number(now):
        digits = 0 if round(float(str(was))) != round(float(str(now))) else 2
        return f"{float(str(was)):.{digits}f}", f"{float(str(now)):.{digits}f} %"
    words = [t("nothing") if value is None else setting_words(value, of)
             for value, of in zip((was, now), names, strict=True)]
    if words[0] == words[1] and was is not None and now is not None:  # intensities of one name, kelvin of one ten
        words = [str(was), str(now)]
    unit = " K"
    if all(word.endswith(unit) for word in words):
        return words[0].removesuffix(unit), words[1]
    return words[0], words[1]


def _number(value: Setting | None) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)
