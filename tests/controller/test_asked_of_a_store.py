"""What HQ asked of a store is told as it is: asked, done, refused, expired; as done only once the store said so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controller.hq.asked import EXPIRES_S, Names, asked_shown
from controller.hq.ports import Order, StoredLine
from controller.hq.room import Room
from controller.hq.said import JournalLine
from controller.ports import JournalEntry
from tests.controller.hq_offices import ELSA, Hq

NOW = datetime(2026, 4, 16, 12, 32, tzinfo=UTC)
NAMES = Names({"fika": "Fika"}, {"cafe": "Café"}, {"closing": "until closing"})
OVERRIDE = {"store": "gotgatan", "verb": "override", "by": "Elsa", "profile": "fika", "end": "closing"}


def sent(request: str, ago_s: float, **more: object) -> JournalEntry:
    return JournalEntry("j", 1, NOW - timedelta(seconds=ago_s), "request.sent",
                        {**OVERRIDE, "request": request, **more}, "0" * 64)


def answer(request: str, kind: str, sentence: str, ago_s: float = 0) -> StoredLine:
    return StoredLine("gotgatan", "j", JournalLine(
        number=1, at=NOW - timedelta(seconds=ago_s), kind=kind, hash="0" * 64,
        body={"request": request, "verb": "override", "by": "Elsa", "sentence": sentence}))


def test_an_order_waits_for_the_publisher() -> None:
    order = Order(7, "request", {**OVERRIDE, "zones": ["cafe"]}, "Elsa", NOW)
    (shown,) = asked_shown([order], [], [], NOW, NAMES)
    assert (shown.state, shown.order, shown.words) == ("waiting", 7, "Fika in Café, until closing")


def test_what_was_sent_is_asked_until_the_store_answers() -> None:
    (shown,) = asked_shown([], [sent("r1", 20)], [], NOW, NAMES)
    assert (shown.state, shown.words) == ("sent", "Fika in the whole store, until closing")
    assert "has not answered" in shown.answer


@pytest.mark.parametrize(("kind", "state"), [("hq.request.done", "done"), ("hq.request.refused", "refused")])
def test_an_answer_is_told_in_the_words_of_the_store(kind: str, state: str) -> None:
    told = [answer("r1", kind, "This store says so.")]
    (shown,) = asked_shown([], [sent("r1", 20, zones=["cafe"])], told, NOW, NAMES)
    assert (shown.state, shown.answer) == (state, "This store says so.")
    assert (shown.words, shown.at) == ("Fika in Café, until closing", NOW - timedelta(seconds=20))


def test_without_an_answer_it_expires_and_a_late_answer_still_counts() -> None:
    late = EXPIRES_S + 61
    (shown,) = asked_shown([], [sent("r1", late)], [], NOW, NAMES)
    assert shown.state == "expired"
    assert "5 minutes" in shown.answer
    (shown,) = asked_shown([], [sent("r1", late)], [answer("r1", "hq.request.done", "Done.", late - 2)], NOW, NAMES)
    assert shown.state == "done"


def test_the_answer_to_one_is_not_the_answer_to_another() -> None:
    shown = asked_shown([], [sent("r2", 5), sent("r1", 30)], [answer("r1", "hq.request.done", "Done.")], NOW, NAMES)
    assert [each.state for each in shown] == ["sent", "done"]


def test_an_answer_that_hq_does_not_know_of_is_shown_too() -> None:
    (shown,) = asked_shown([], [], [answer("r9", "hq.request.done", "Done.")], NOW, NAMES)
    assert (shown.state, shown.words) == ("done", "another profile")


class OwnJournal:
    """HQ's own journal, over what its fake memory was told."""

    def __init__(self, hq: Hq) -> None:
        self.hq = hq

    def recorded(
        self, start: datetime, end: datetime, kinds: tuple[str, ...] = (), limit: int = 1000,
        newest_first: bool = False,
    ) -> list[JournalEntry]:
        found = [JournalEntry("j", number, at, entry.kind, entry.body, "0" * 64)
                 for number, (at, entry) in enumerate(self.hq.memory.entries, 1)
                 if start <= at < end and entry.kind in kinds]
        return (found[::-1] if newest_first else found)[:limit]


@pytest.fixture
def hq(tmp_path: Path) -> Hq:
    found = Hq(tmp_path / "hq")
    found.room.record = OwnJournal(found)
    return found


def test_an_override_from_the_office_to_the_answer(hq: Hq) -> None:
    assert isinstance(hq.room, Room)
    hq.store("gotgatan")
    detail = hq.fleet.store("gotgatan", ELSA)
    profile, zone = detail.profiles[0], detail.zones[0]
    hq.fleet.override("gotgatan", [zone[0]], profile[0], "closing", ELSA)
    (asked,) = hq.fleet.store("gotgatan", ELSA).asked
    assert (asked.state, asked.words) == ("sent", f"{profile[1]} in {zone[1]}, until closing")
    request = next(entry.body["request"] for _, entry in hq.memory.entries if entry.kind == "request.sent")
    line = answer(str(request), "hq.request.refused", "This store lets HQ look on, and choose nothing.").line
    now = hq.clock.now()
    hq.memory.proof.store_lines([("gotgatan", "j", [line.model_copy(update={"at": now})])], now)
    (told,) = hq.fleet.store("gotgatan", ELSA).asked
    assert (told.state, told.answer) == ("refused", "This store lets HQ look on, and choose nothing.")
    hq.store("paris")
    assert hq.fleet.store("paris", ELSA).asked == ()
