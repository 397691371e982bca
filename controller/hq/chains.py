"""Whether what a store sends follows from what it sent before: the chain of its journal, seen from HQ. Pure.

Lines come in any order and in pieces. A junction of two neighbouring lines can be judged once both are here; each
piece is therefore judged within, and against its two neighbours that are stored. What HQ has stored is not replaced:
another line under the same number is a finding too (a journal that was rewritten, or a database that was put back).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from controller.hq.said import JournalLine
from controller.ports import Entry
from controller.storage.chain import GENESIS, hash_of


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of one journal with consecutive numbers."""

    store: str
    journal: str
    lines: tuple[JournalLine, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """Entry `number` of a store's journal is not what its chain says. `rewritten`: HQ holds another one."""

    store: str
    journal: str
    number: int
    rewritten: bool = False


def pieces(store: str, journal: str, lines: Iterable[JournalLine]) -> Iterator[Piece]:
    """The lines of a batch, cut where numbers are missing."""
    run: list[JournalLine] = []
    for line in lines:
        if run and line.number != run[-1].number + 1:
            yield Piece(store, journal, tuple(run))
            run = []
        run.append(line)
    if run:
        yield Piece(store, journal, tuple(run))


def wanted_for(piece: Piece) -> Iterator[tuple[str, str, int]]:
    """The lines that `findings` compares with: the ends as they are stored, and the neighbours."""
    first, last = piece.lines[0].number, piece.lines[-1].number
    for number in sorted({first - 1, first, last, last + 1}):
        if number > 0:
            yield piece.store, piece.journal, number


def findings(piece: Piece, stored: Mapping[tuple[str, str, int], JournalLine]) -> list[Broken]:
    """What is wrong in a piece and at its ends; `stored`: what there is of `wanted_for`, after the piece was stored."""
    def at(number: int) -> JournalLine | None:
        return stored.get((piece.store, piece.journal, number))

    lines = piece.lines
    wrong = [Broken(piece.store, piece.journal, line.number, rewritten=True) for line in _ends(lines)
             if (known := at(line.number)) is not None and known.hash != line.hash]
    before = at(lines[0].number - 1)
    start = GENESIS if lines[0].number == 1 else None if before is None else before.hash
    for place, line in enumerate(lines):
        if start is not None and not follows(start, piece.journal, line):
            wrong.append(Broken(piece.store, piece.journal, line.number))
        start = lines[place].hash
    after = at(lines[-1].number + 1)
    if after is not None and not follows(lines[-1].hash, piece.journal, after):
        wrong.append(Broken(piece.store, piece.journal, after.number))
    return wrong


def follows(before: str, journal: str, line: JournalLine) -> bool:
    """Whether a line is what its hash says, after a line with the hash `before`."""
    return hash_of(before, journal, line.number, line.at.astimezone(UTC), Entry(line.kind, line.body)) == line.hash


def _ends(lines: Sequence[JournalLine]) -> Sequence[JournalLine]:
    return lines if len(lines) == 1 else (lines[0], lines[-1])
