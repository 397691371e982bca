"""French."""

from __future__ import annotations

from profiles.reading.selectors import OPEN_YEAR, Dates, Day, Months, Nth, Run, Weekdays
from profiles.reading.tongue import MINUTES_A_DAY, Tongue

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
           "novembre", "décembre")
_ORDINALS = ("", "premier", "deuxième", "troisième", "quatrième", "cinquième")
_EVENTS = {"dawn": "l’aube", "sunrise": "le lever du soleil", "sunset": "le coucher du soleil",
           "dusk": "le crépuscule", "opening": "l’ouverture", "closing": "la fermeture"}
_NEXT = {"opening": "la prochaine ouverture", "closing": "la prochaine fermeture"}
_NUMBERS = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze")
#: A number and its unit stay on one line.
_NBSP = "\N{NO-BREAK SPACE}"


class French(Tongue):
    """French of France; clock times as `7 h 30`."""

    and_ = "et"
    every_day = "tous les jours"
    all_day = "toute la journée"
    never = "jamais"
    every_year = " de chaque année"
    falling = "{weekdays} tombant {dates}"
    always = "en permanence"
    except_ = "sauf {days}"
    also = "et aussi {rule}"
    instead = "mais {days} plutôt {times}"
    otherwise = "à défaut, {rule}"
    besides = "{rule}"

    def quoted_days(self, text: str) -> str:
        """As `Tongue.quoted_days`."""
        return f"les jours notés «{_NBSP}{text}{_NBSP}»"

    def weekday(self, day: int) -> str:
        """As `Tongue.weekday`."""
        return f"le {_DAYS[day]}"

    def weekday_range(self, days: Weekdays) -> str:
        """As `Tongue.weekday_range`."""
        return f"du {_DAYS[days.first]} au {_DAYS[days.last]}"

    def nth(self, days: Nth, month: int | None) -> str:
        """As `Tongue.nth`."""
        several = len(days.which) > 1
        which = self.listed([_nth(number, _DAYS[days.weekday]) for number in days.which]) if not several else (
            self.listed([_ordinal(number) for number in days.which]) + f" {_DAYS[days.weekday]}s")
        of = "de chaque mois" if month is None else _of(_MONTHS[month - 1])
        return _moved(days.shift_days, f"{'les' if several else 'le'} {which} {of}")

    def holidays(self, shift_days: int) -> str:
        """As `Tongue.holidays`."""
        return "les jours fériés" if shift_days == 0 else _moved(shift_days, "un jour férié")

    def date(self, day: Day) -> str:
        """As `Tongue.date`."""
        return _date(day)

    def date_range(self, dates: Dates) -> str:
        """As `Tongue.date_range`."""
        first, last = dates.first, dates.last
        if last.year == OPEN_YEAR:
            return f"à partir {_of(_date(first))}"
        begin = f"le {_day_number(first.day)}" if dates.in_one_month else _date(first)
        return f"{_of(begin)} {_to(_date(last))}"

    def months(self, months: Months) -> str:
        """As `Tongue.months`."""
        year = "" if months.year is None else f" {months.year}"
        if months.first == months.last:
            return f"en {_MONTHS[months.first - 1]}{year}"
        return f"{_of(_MONTHS[months.first - 1])} à {_MONTHS[months.last - 1]}{year}"

    def week_run(self, weeks: Run) -> str:
        """As `Tongue.week_run`."""
        if weeks.first == weeks.last:
            return f"en semaine {weeks.first}"
        whole = f"de la semaine {weeks.first} à la semaine {weeks.last}"
        return whole if weeks.step == 1 else f"une semaine sur {_number(weeks.step)}, {whole}"

    def year_run(self, years: Run) -> str:
        """As `Tongue.year_run`."""
        if years.first == years.last:
            return f"en {years.first}"
        whole = f"à partir de {years.first}" if years.last == OPEN_YEAR else f"de {years.first} à {years.last}"
        return whole if years.step == 1 else f"une année sur {_number(years.step)}, {whole}"

    def clock_window(self, begin: int, end: int) -> str:
        """As `Tongue.clock_window`."""
        return self.window(self.clock(begin), self.clock(end), False)

    def window(self, begin: str, end: str, next_day: bool) -> str:
        """As `Tongue.window`."""
        return f"{_of(begin)} {_to(end)}" + (" le lendemain" if next_day else "")

    def clock(self, minutes: int) -> str:
        """As `Tongue.clock`."""
        if minutes == MINUTES_A_DAY:
            return "minuit"
        days, minute = divmod(minutes, MINUTES_A_DAY)
        later = ("", " le lendemain", " le surlendemain")[min(days, 2)]
        rest = f"{_NBSP}{minute % 60:02}" if minute % 60 else ""
        return f"{minute // 60}{_NBSP}h{rest}{later}"

    def point(self, event: str, minutes: int, following: bool = False) -> str:
        """As `Tongue.point`."""
        name = _NEXT[event] if following else _EVENTS[event]
        return name if minutes == 0 else f"{_length(abs(minutes))} {'après' if minutes > 0 else 'avant'} {name}"

    def everywhere(self, begin: tuple[str, str], end: tuple[str, str]) -> str:
        """As `Tongue.everywhere`."""
        until = f"{_to(end[0])} à {end[1]}" if end[0] else f"à {end[1]}"
        return f"une seule fois, {_of(begin[0])} à {begin[1]} {until}, au même instant partout"

    def quoted(self, comment: str) -> str:
        """As `Tongue.quoted`."""
        return f"(«{_NBSP}{comment}{_NBSP}»)"


def _of(what: str) -> str:
    """`de` and what follows, melted where French melts them."""
    if what.startswith("le "):
        return f"du {what[3:]}"
    if what.startswith("les "):
        return f"des {what[4:]}"
    return f"d’{what}" if what[0] in "aeiouâéèêô" and not what.startswith("onz") else f"de {what}"


def _to(what: str) -> str:
    """`à` and what follows."""
    return f"au {what[3:]}" if what.startswith("le ") else f"à {what}"


def _ordinal(number: int) -> str:
    if number > 0:
        return _ORDINALS[number]
    return {-1: "dernier", -2: "avant-dernier"}.get(number, f"{_ORDINALS[-number]} à partir de la fin")


def _nth(number: int, day: str) -> str:
    """The adjective stands before the day, but what is counted from the end behind it."""
    if number < -2:
        return f"{_ORDINALS[-number]} {day} à partir de la fin"
    return f"{_ordinal(number)} {day}"


def _day_number(day: int) -> str:
    return "1er" if day == 1 else str(day)


def _date(day: Day) -> str:
    year = "" if day.year is None else f" {day.year}"
    if day.month is not None:
        return _moved(day.shift_days, f"le {_day_number(day.day)} {_MONTHS[day.month - 1]}{year}")
    known = {-2: "le Vendredi saint", 0: "le dimanche de Pâques", 1: "le lundi de Pâques"}.get(day.shift_days)
    return f"{known}{year}" if known else _moved(day.shift_days, f"le dimanche de Pâques{year}")


def _moved(days: int, what: str) -> str:
    if days == 0:
        return what
    if days == 1:
        return f"le lendemain {_of(what)}"
    if days == -1:
        return f"la veille {_of(what)}"
    return f"{_number(abs(days))} jours {'après' if days > 0 else 'avant'} {what}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if rest == 30 and hours < 2:
        return ("une demi-heure", "une heure et demie")[hours]
    count = "une heure" if hours == 1 else f"{_number(hours)} heures"
    said = [count] if hours else []
    said += ["une minute" if rest == 1 else f"{rest}{_NBSP}minutes"] if rest else []
    return " et ".join(said)
