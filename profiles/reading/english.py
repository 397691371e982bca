"""English."""

from __future__ import annotations

from profiles.reading.selectors import OPEN_YEAR, Dates, Day, Months, Nth, Run, Weekdays
from profiles.reading.tongue import MINUTES_A_DAY, Tongue

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth")
_EVENTS = {"dawn": "dawn", "sunrise": "sunrise", "sunset": "sunset", "dusk": "dusk", "opening": "opening",
           "closing": "closing"}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class English(Tongue):
    """British English, on the 24-hour clock."""

    and_ = "and"
    every_day = "every day"
    all_day = "all day"
    never = "never"
    every_year = " every year"
    falling = "{weekdays} falling on {dates}"
    always = "at all times"
    except_ = "except {days}"
    also = "and also {rule}"
    instead = "but {days} instead {times}"
    otherwise = "where nothing else is said, {rule}"
    besides = "{rule}"

    def quoted_days(self, text: str) -> str:
        """As `Tongue.quoted_days`."""
        return f"on the days “{text}”"

    def weekday(self, day: int) -> str:
        """As `Tongue.weekday`."""
        return f"{_DAYS[day]}s"

    def weekday_range(self, days: Weekdays) -> str:
        """As `Tongue.weekday_range`."""
        return f"{_DAYS[days.first]} to {_DAYS[days.last]}"

    def nth(self, days: Nth, month: int | None) -> str:
        """As `Tongue.nth`."""
        which = self.listed([_nth(number) for number in days.which])
        of = "each month" if month is None else _MONTHS[month - 1]
        return _moved(days.shift_days, f"the {which} {_DAYS[days.weekday]} of {of}")

    def holidays(self, shift_days: int) -> str:
        """As `Tongue.holidays`."""
        return "public holidays" if shift_days == 0 else _moved(shift_days, "a public holiday")

    def date(self, day: Day) -> str:
        """As `Tongue.date`."""
        return _date(day)

    def date_range(self, dates: Dates) -> str:
        """As `Tongue.date_range`."""
        first, last = dates.first, dates.last
        if last.year == OPEN_YEAR:
            return f"from {_date(first)} on"
        begin = str(first.day) if dates.in_one_month else _date(first)
        return f"{begin} to {_date(last)}"

    def months(self, months: Months) -> str:
        """As `Tongue.months`."""
        year = "" if months.year is None else f" {months.year}"
        if months.first == months.last:
            return f"in {_MONTHS[months.first - 1]}{year}"
        return f"{_MONTHS[months.first - 1]} to {_MONTHS[months.last - 1]}{year}"

    def week_run(self, weeks: Run) -> str:
        """As `Tongue.week_run`."""
        if weeks.first == weeks.last:
            return f"in week {weeks.first}"
        whole = f"{weeks.first} to {weeks.last}"
        return f"in weeks {whole}" if weeks.step == 1 else f"{_every(weeks.step)} week from week {whole}"

    def year_run(self, years: Run) -> str:
        """As `Tongue.year_run`."""
        if years.first == years.last:
            return f"in {years.first}"
        endless = years.last == OPEN_YEAR
        whole = f"from {years.first} on" if endless else f"{years.first} to {years.last}"
        if years.step > 1:
            return f"{_every(years.step)} year {whole if endless else f'from {whole}'}"
        return whole if endless else f"in the years {whole}"

    def clock_window(self, begin: int, end: int) -> str:
        """As `Tongue.clock_window`."""
        return f"from {self.clock(begin)} to {self.clock(end)}"

    def window(self, begin: str, end: str, next_day: bool) -> str:
        """As `Tongue.window`."""
        return f"from {begin} to {end}" + (" the next day" if next_day else "")

    def clock(self, minutes: int) -> str:
        """As `Tongue.clock`."""
        if minutes == MINUTES_A_DAY:
            return "midnight"
        days, minute = divmod(minutes, MINUTES_A_DAY)
        later = ("", " the next day", " two days later")[min(days, 2)]
        return f"{minute // 60:02}:{minute % 60:02}{later}"

    def point(self, event: str, minutes: int, following: bool = False) -> str:
        """As `Tongue.point`."""
        name = f"the next {_EVENTS[event]}" if following else _EVENTS[event]
        return name if minutes == 0 else f"{_length(abs(minutes))} {'after' if minutes > 0 else 'before'} {name}"

    def everywhere(self, begin: tuple[str, str], end: tuple[str, str]) -> str:
        """As `Tongue.everywhere`."""
        until = f"{end[1]} on {end[0]}" if end[0] else end[1]
        return f"once, from {begin[1]} on {begin[0]} to {until}, at the same instant everywhere"

    def quoted(self, comment: str) -> str:
        """As `Tongue.quoted`."""
        return f"(“{comment}”)"


def _nth(number: int) -> str:
    if number > 0:
        return _ORDINALS[number]
    return "last" if number == -1 else f"{_ORDINALS[-number]} to last"


def _date(day: Day) -> str:
    if day.month is not None:
        named = f"{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if day.year is not None else "")
        return _moved(day.shift_days, named)
    year = "" if day.year is None else f" {day.year}"
    known = {-2: "Good Friday", 0: "Easter Sunday", 1: "Easter Monday"}.get(day.shift_days)
    return f"{known}{year}" if known else _moved(day.shift_days, f"Easter Sunday{year}")


def _moved(days: int, what: str) -> str:
    if days == 0:
        return what
    count = "the day" if abs(days) == 1 else f"{_number(abs(days))} days"
    return f"{count} {'after' if days > 0 else 'before'} {what}"


def _every(step: int) -> str:
    return f"every {'second' if step == 2 else 'third' if step == 3 else f'{_number(step)}th'}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if rest == 30 and hours < 2:
        return ("half an hour", "one and a half hours")[hours]
    said = [f"{_number(hours)} {'hour' if hours == 1 else 'hours'}"] if hours else []
    said += [f"{rest} {'minute' if rest == 1 else 'minutes'}"] if rest else []
    return " and ".join(said)
