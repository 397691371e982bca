"""Comma-separated values for spreadsheets (RFC 4180): lines end with CR LF, quotes are doubled.

Titles and names are hostile text, and a spreadsheet runs what begins like a formula (OWASP, *CSV Injection*): such a
cell gets an apostrophe before it, which spreadsheets take for the mark of a text. A byte order mark at the beginning,
where it is wanted, tells some of them that this is UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

BYTE_ORDER_MARK = "\ufeff"
#: What begins a formula, full-width forms included; tab and CR because spreadsheets pass over them.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

Cell = str | int | float | None


def lines(head: Sequence[str], rows: Iterable[Sequence[Cell]], mark: bool = False) -> Iterator[str]:
    """The head and the rows, each as one line with its end."""
    yield (BYTE_ORDER_MARK if mark else "") + _line(head)
    for row in rows:
        yield _line(row)


def _line(cells: Sequence[Cell]) -> str:
    return ",".join(map(_cell, cells)) + "\r\n"


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return f"{round(cell, 3):g}" if abs(cell) < 1e6 else str(round(cell, 3))
    text = cell.replace("\0", "")
    if text.lstrip(" ").startswith(_FORMULA):
        text = f"'{text}"
    if any(mark in text for mark in ',"\r\n') or text != text.strip():
        text = '"' + text.replace('"', '""') + '"'
    return text
