"""What a time expression may not say, and the sentence for each: found before the library reads the text.

`opening_hours` is generous: it takes `Feb 30` as every day, a bare `open` as always, `10:00-10:00` as a whole day, and
ignores what it has no data for. A store cannot live with a guess, so these are refused with their column.
"""

from __future__ import annotations

import re
from calendar import isleap

from profiles.place import Place

MAX_LENGTH = 500

#: One end of a window: a clock time, or an event of the sun with an optional offset in brackets.
END = r"(?:\d{1,2}:\d{2}|\((?:dawn|sunrise|sunset|dusk)\s?[+-]\s?\d{1,2}:\d{2}\)|dawn|sunrise|sunset|dusk)"
WINDOW = rf"{END}\s?-\s?{END}"

_MONTHS = {"Jan": 31, "Feb": 29, "Mar": 31, "Apr": 30, "May": 31, "Jun": 30,
           "Jul": 31, "Aug": 31, "Sep": 30, "Oct": 31, "Nov": 30, "Dec": 31}
_MONTH_DAY = re.compile(
    rf"(?:(\d{{4}})\s*)?({'|'.join(_MONTHS)})\s*(\d{{1,2}})(?![\d:])(?:\s*-\s*(\d{{1,2}})(?![\d:]))?", re.I)
_SUN = re.compile(r"\b(?:dawn|sunrise|sunset|dusk)\b", re.I)
_EQUAL_ENDS = re.compile(rf"({END})\s?-\s?({END})", re.I)
_BARE = re.compile(r"(?:^|;|,|\|\|)\s*(open|closed|off)\s*\"*\s*(?=$|;|,|\|\|)", re.I)

#: Text that cannot stand, with its sentence. The texts of comments are blanked before.
_FORBIDDEN = (
    (re.compile(r"[–—−]"), "A range is written with a plain hyphen, as in 10:00-12:00."),
    (re.compile(r"\b\d{1,2}(?::\d{2})?\s?[ap]m\b", re.I), "Times are on the 24-hour clock, as in 13:00-15:30."),
    (re.compile(r"\b(?:mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs|ur)?(?:day)?s?\b", re.I),
     "Days are written Mo, Tu, We, Th, Fr, Sa, Su."),
    (re.compile(r"\b\d{4}-\d{2}-\d{2}\b"), "A date is written like 2026 Nov 27."),
    (re.compile(rf"\b\d{{4}}(?:{'|'.join(_MONTHS)})", re.I), "A space stands between year and month, as in 2026 Jan."),
    (re.compile(r"\bSH\b", re.I),
     "School holidays (SH) are not known here: write their dates, as in 2026 Jun 12-2026 Aug 18."),
    (re.compile(r"\bunknown\b", re.I), "\"unknown\" leaves open whether it holds: leave it out, or say open or off."),
    (re.compile(r"24/7\s+(?:off|closed)\b", re.I), "This never holds: say when it does, as in Mo-Fr 10:00-12:00."),
    (re.compile(rf"{END}\s*\+(?!\s*\d)|\b(?:dawn|sunrise|sunset|dusk)\s*\+(?!\s*\d)", re.I),
     "An open end (+) never ends: write both ends, as in 10:00-12:00."),
    (re.compile(rf"{WINDOW}\s*/", re.I), "A repetition (/) of a window means nothing here: write the windows out."),
)


class WhenError(ValueError):
    """A time expression that cannot be used. `column` counts from 1, or is None where no one place is to blame."""

    def __init__(self, text: str, column: int | None, sentence: str) -> None:
        """Keep the expression, the column and the sentence that says what would be right."""
        self.text = text
        self.column = column
        self.sentence = sentence
        where = f", column {column}" if column is not None else ""
        shown = text if len(text) <= 80 else f"{text[:77]}..."
        super().__init__(f"{shown!r}{where}: {sentence}")


def blanked(text: str) -> str:
    """The text with every comment replaced by quotation marks of the same length, so that columns stay."""
    return re.sub(r'"[^"]*"', lambda found: '"' * len(found.group()), text)


def refuse_unreadable(text: str) -> None:
    """Raise WhenError for what is no expression at all: empty, too long, with control characters."""
    if not text.strip():
        raise WhenError(text, None, "An empty expression says nothing: write for example Mo-Fr 10:00-12:00, or 24/7.")
    if len(text) > MAX_LENGTH:
        raise WhenError(text, MAX_LENGTH + 1, f"An expression has at most {MAX_LENGTH} characters.")
    for column, letter in enumerate(text, 1):
        if not letter.isprintable():
            raise WhenError(text, column, "A control or invisible character stands here: separate rules by \"; \".")


def refuse_meaningless(text: str, place: Place) -> None:
    """Raise WhenError for what would be read, but not as it was meant, or for which the place has nothing known."""
    masked = blanked(text)
    bare = _BARE.search(masked)
    if bare and not (bare.group().startswith("||") and bare.group(1).lower() != "open"):
        always = "always" if bare.group(1).lower() == "open" else "never"
        raise WhenError(text, bare.start(1) + 1,
                        f"A bare \"{bare.group(1)}\" would mean {always}: write 24/7, or days and times.")
    if not masked.replace('"', "").strip():
        raise WhenError(text, 1, "A comment alone says no time: write for example Mo-Fr 10:00-12:00 \"comment\".")
    for pattern, sentence in _FORBIDDEN:
        found = pattern.search(masked)
        if found:
            raise WhenError(text, found.start() + 1, sentence)
    _refuse_dates(text, masked)
    for found in _EQUAL_ENDS.finditer(masked):
        if _same_end(found.group(1), found.group(2)):
            raise WhenError(text, found.start() + 1,
                            "This window ends when it starts: for a whole day write 00:00-24:00, else two times.")
    _refuse_unknown_here(text, masked, place)


def _refuse_dates(text: str, masked: str) -> None:
    for found in _MONTH_DAY.finditer(masked):
        year, month = found.group(1), found.group(2).capitalize()
        for group in (3, 4):
            day = int(found.group(group) or 1)
            common = year is not None and not isleap(int(year)) and not _is_end_of_years(masked, found.start())
            longest = 28 if month == "Feb" and common else _MONTHS[month]
            if not 1 <= day <= longest:
                named = f"{month} {day}" if longest > 28 else f"{year} {month} {day}"
                raise WhenError(text, found.start(group) + 1, f"{named} does not exist: {month} has {longest} days"
                                + (f" in {year}." if longest == 28 else "."))


def _is_end_of_years(masked: str, column: int) -> bool:
    """Whether the year at `column` ends a list or range of years (`2024-2028 Feb 29`), of which others leap."""
    before = masked[:column].rstrip()
    return before.endswith((",", "-")) and not re.search(r"[A-Za-z]{3}\s*\d{1,2}\s*-$", before)


def _same_end(first: str, second: str) -> bool:
    plain = [re.sub(r"\s|\b0(?=\d:)", "", end).lower() for end in (first, second)]
    return plain[0] == plain[1]


def _refuse_unknown_here(text: str, masked: str, place: Place) -> None:
    sun = _SUN.search(masked)
    if sun and place.coordinates is None:
        raise WhenError(text, sun.start() + 1,
                        f"The time of {sun.group().lower()} needs the store's latitude and longitude: set them, "
                        "or write a clock time.")
    holidays = re.search(r"\bPH\b", masked)
    if holidays and not place.knows_holidays:
        raise WhenError(text, holidays.start() + 1,
                        "Public holidays (PH) need the store's country, or holidays of its own: set one of them, or "
                        "write the dates.")
