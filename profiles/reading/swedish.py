"""Swedish."""

from __future__ import annotations

from profiles.reading.selectors import OPEN_YEAR, Dates, Day, Months, Nth, Run, Weekdays
from profiles.reading.tongue import MINUTES_A_DAY, Tongue

_DAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
_MONTHS = ("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober",
           "november", "december")
_ORDINALS = ("", "första", "andra", "tredje", "fjärde", "femte")
_EVENTS = {"dawn": "gryningen", "sunrise": "soluppgången", "sunset": "solnedgången", "dusk": "skymningen",
           "opening": "öppning", "closing": "stängning"}
_NUMBERS = ("noll", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv")
_STEPS = {2: "vartannat", 3: "vart tredje", 4: "vart fjärde", 5: "vart femte"}
_WEEK_STEPS = {2: "varannan", 3: "var tredje", 4: "var fjärde", 5: "var femte"}


class Swedish(Tongue):
    """Swedish; clock times with a full stop, as Språkrådet writes them."""

    and_ = "och"
    every_day = "varje dag"
    all_day = "hela dagen"
    never = "aldrig"
    every_year = " varje år"
    falling = "{weekdays} som infaller {dates}"
    always = "alltid"
    except_ = "utom {days}"
    also = "och även {rule}"
    instead = "men {days} i stället {times}"
    otherwise = "när inget annat sägs, {rule}"
    besides = "{rule}"

    def quoted_days(self, text: str) -> str:
        """As `Tongue.quoted_days`."""
        return f"de dagar som skrivs ”{text}”"

    def weekday(self, day: int) -> str:
        """As `Tongue.weekday`."""
        return f"{_DAYS[day]}ar"

    def weekday_range(self, days: Weekdays) -> str:
        """As `Tongue.weekday_range`."""
        return f"{_DAYS[days.first]} till {_DAYS[days.last]}"

    def nth(self, days: Nth, month: int | None) -> str:
        """As `Tongue.nth`."""
        which = self.listed([_nth(number) for number in days.which])
        of = "varje månad" if month is None else _MONTHS[month - 1]
        day = _DAYS[days.weekday] + ("en" if len(days.which) == 1 else "arna")
        definite = f"den {which} {day}" if len(days.which) == 1 else f"de {which} {day}"
        return _moved(days.shift_days, f"{definite} i {of}")

    def holidays(self, shift_days: int) -> str:
        """As `Tongue.holidays`."""
        return "helgdagar" if shift_days == 0 else _moved(shift_days, "en helgdag")

    def date(self, day: Day) -> str:
        """As `Tongue.date`."""
        return _date(day)

    def date_range(self, dates: Dates) -> str:
        """As `Tongue.date_range`."""
        first, last = dates.first, dates.last
        if last.year == OPEN_YEAR:
            return f"från och med {_date(first)}"
        begin = f"den {first.day}" if dates.in_one_month else _date(first)
        return f"{begin} till {_date(last)}"

    def months(self, months: Months) -> str:
        """As `Tongue.months`."""
        year = "" if months.year is None else f" {months.year}"
        if months.first == months.last:
            return f"i {_MONTHS[months.first - 1]}{year}"
        return f"{_MONTHS[months.first - 1]} till {_MONTHS[months.last - 1]}{year}"

    def week_run(self, weeks: Run) -> str:
        """As `Tongue.week_run`."""
        if weeks.first == weeks.last:
            return f"vecka {weeks.first}"
        whole = f"vecka {weeks.first} till {weeks.last}"
        if weeks.step == 1:
            return whole
        return f"{_WEEK_STEPS.get(weeks.step, f'var {weeks.step}:e')} vecka från {whole}"

    def year_run(self, years: Run) -> str:
        """As `Tongue.year_run`."""
        if years.first == years.last:
            return f"år {years.first}"
        whole = f"från och med {years.first}" if years.last == OPEN_YEAR else f"{years.first} till {years.last}"
        if years.step > 1:
            start = whole if years.last == OPEN_YEAR else f"från {whole}"
            return f"{_STEPS.get(years.step, f'vart {years.step}:e')} år {start}"
        return whole if years.last == OPEN_YEAR else f"åren {whole}"

    def clock_window(self, begin: int, end: int) -> str:
        """As `Tongue.clock_window`."""
        return f"klockan {_clock(begin)}–{_clock(end)}"

    def window(self, begin: str, end: str, next_day: bool) -> str:
        """As `Tongue.window`."""
        return f"från {begin} till {end}" + (" nästa dag" if next_day else "")

    def clock(self, minutes: int) -> str:
        """As `Tongue.clock`."""
        return f"klockan {_clock(minutes)}"

    def point(self, event: str, minutes: int, following: bool = False) -> str:
        """As `Tongue.point`."""
        name = f"nästa {_EVENTS[event]}" if following else _EVENTS[event]
        return name if minutes == 0 else f"{_length(abs(minutes))} {'efter' if minutes > 0 else 'före'} {name}"

    def everywhere(self, begin: tuple[str, str], end: tuple[str, str]) -> str:
        """As `Tongue.everywhere`."""
        until = f"{end[0]} {end[1]}" if end[0] else end[1]
        return f"en gång, från {begin[0]} {begin[1]} till {until}, i samma ögonblick överallt"

    def quoted(self, comment: str) -> str:
        """As `Tongue.quoted`."""
        return f"(”{comment}”)"


def _clock(minutes: int) -> str:
    if minutes == MINUTES_A_DAY:
        return "24.00"
    days, minute = divmod(minutes, MINUTES_A_DAY)
    later = ("", " nästa dag", " två dagar senare")[min(days, 2)]
    return f"{minute // 60:02}.{minute % 60:02}{later}"


def _nth(number: int) -> str:
    if number > 0:
        return _ORDINALS[number]
    return {-1: "sista", -2: "näst sista"}.get(number, f"{_ORDINALS[-number]} från slutet räknat")


def _date(day: Day) -> str:
    if day.month is not None:
        named = f"den {day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if day.year is not None else "")
        return _moved(day.shift_days, named)
    year = "" if day.year is None else f" {day.year}"
    known = {-2: "långfredagen", 0: "påskdagen", 1: "annandag påsk"}.get(day.shift_days)
    return f"{known}{year}" if known else _moved(day.shift_days, f"påskdagen{year}")


def _moved(days: int, what: str) -> str:
    if days == 0:
        return what
    count = "dagen" if abs(days) == 1 else f"{_number(abs(days))} dagar"
    return f"{count} {'efter' if days > 0 else 'före'} {what}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if rest == 30 and hours < 2:
        return ("en halvtimme", "en och en halv timme")[hours]
    said = [f"{_number(hours)} {'timme' if hours == 1 else 'timmar'}"] if hours else []
    said += [f"{rest} {'minut' if rest == 1 else 'minuter'}"] if rest else []
    return " och ".join(said)
