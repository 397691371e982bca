"""What was played and diffused, by devices' own reports: once each, to the second, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.store.diary import DIFFUSED, PLAYED, Diary
from controller.store.fleet import Fleet
from controller.store.intake import Ended
from controller.store.recorder import Recorder
from devices.dialects.base import Reported
from tests.controller.memory_fake import FakeMemory
from tests.controller.virtual_shop import FIG, LINEN, MORNING, VirtualShop, plan_of

DEVICES = ({"id": "player-1", "kind": "player", "zones": ["sales", "cafe"]},
           {"id": "diffuser-1", "kind": "diffuser", "zones": ["sales"], "fragrances": ["linen", "fig"]})


class Shelf:
    """A diary, its player and diffuser, and a clock that is moved by hand."""

    def __init__(self) -> None:
        self.memory, self.now = FakeMemory(), 0.0
        self.begin()

    def begin(self) -> None:
        """A new process on the same memory."""
        self.fleet = Fleet()
        self.fleet.take(plan_of(DEVICES))
        self.recorder = Recorder(self.memory)
        self.diary = Diary(self.fleet, self.recorder, self.memory)
        self.diary.load(self.when)

    @property
    def when(self):
        return MORNING + timedelta(seconds=self.now)

    def says(self, device: str, at: float, fresh: bool = True, **state: object) -> None:
        """A report at so many seconds after the start."""
        self.now = at
        words = {key: state.pop(key) for key in ("title", "artist", "isrc", "elapsed_s", "ml_left") if key in state}
        track = self.fleet.tracks[device]
        track.take(Reported(device=device, state=state, fresh=fresh, settled=True, epoch=None, rev=None, answer="",
                            target=None, error=None, extra=words), at, self.when)
        self.diary.heard(track, self.when)

    def plays(self, at: float, title: str | None, elapsed_s: float | None = None) -> None:
        words = {} if elapsed_s is None else {"elapsed_s": elapsed_s}
        if title is None:
            self.says("player-1", at, on=False, source="calm")
        else:
            self.says("player-1", at, on=True, source="calm", title=title, artist="Anna", isrc="SE1", **words)

    def gives(self, at: float, pct: float, fragrance: str = "linen", ml: float | None = None) -> None:
        words = {} if ml is None else {"ml_left": ml}
        self.says("diffuser-1", at, on=pct > 0, fragrance=fragrance, intensity_pct=pct, **words)

    def stop(self, at: float) -> None:
        self.now = at
        self.diary.save(at, self.when)
        self.recorder.end(self.when)

    def told(self, kind: str) -> list[dict[str, object]]:
        self.recorder.flush()
        return [dict(e.body) for e in self.memory.journal(0, 100_000) if e.kind == kind]

    def played(self) -> list[tuple[str, float, float]]:
        return [(str(body["title"]), (MORNING.fromisoformat(body["start"]) - MORNING).total_seconds(), body["seconds"])
                for body in self.told(PLAYED)]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_a_title_is_told_when_the_next_begins_with_all_that_a_society_asks(shelf: Shelf) -> None:
    shelf.plays(10, "Bro", 0)
    shelf.plays(60, "Bro", 50)
    shelf.plays(120, "Sol", 20)
    assert shelf.told(PLAYED) == [{
        "device": "player-1", "zones": ["sales", "cafe"], "title": "Bro", "artist": "Anna", "isrc": "SE1",
        "source": "calm", "start": (MORNING + timedelta(seconds=10)).isoformat(), "seconds": 90.0}]


def test_silence_ends_a_title_and_the_same_title_begins_anew_when_it_goes_back(shelf: Shelf) -> None:
    shelf.plays(0, "Bro", 0)
    shelf.plays(50, "Bro", 50)
    shelf.plays(60, "Bro", 0)
    shelf.plays(90, None)
    shelf.plays(200, "Bro", 3)
    shelf.stop(210)
    assert shelf.played() == [("Bro", 0, 60), ("Bro", 60, 30), ("Bro", 197, 13)]


def test_a_player_without_titles_leaves_no_plays(shelf: Shelf) -> None:
    shelf.says("player-1", 0, on=True, source="calm")
    shelf.stop(100)
    assert shelf.told(PLAYED) == []


def test_a_player_that_was_lost_has_played_as_long_as_it_was_heard(shelf: Shelf) -> None:
    shelf.plays(0, "Bro", 0)
    shelf.plays(60, "Bro", 60)
    shelf.plays(600, "Sol", 5)  # silent for longer than three heartbeats
    shelf.stop(610)
    assert shelf.played() == [("Bro", 0, 60), ("Sol", 595, 15)]


def test_a_title_that_plays_on_over_a_kill_is_told_whole_and_over_an_orderly_end_in_two_parts(shelf: Shelf) -> None:
    shelf.plays(0, "Bro", 0)
    shelf.stop(50)
    shelf.now = 70
    shelf.begin()
    shelf.plays(80, "Bro", 80)
    shelf.now = 90
    shelf.begin()  # killed: nothing of the second part was written
    shelf.plays(100, "Bro", 100)
    shelf.plays(120, None)
    assert shelf.played() == [("Bro", 0, 50), ("Bro", 50, 70)]


def test_what_was_retained_is_not_counted_as_playing(shelf: Shelf) -> None:
    shelf.says("player-1", 0, fresh=False, on=True, source="calm", title="Bro", artist="", isrc="", elapsed_s=1)
    shelf.plays(60, None)
    assert shelf.played() == []


def test_hostile_words_are_cleaned_and_cut_and_hostile_numbers_left_aside(shelf: Shelf) -> None:
    shelf.says("player-1", 0, on=True, source="calm", title="=cmd|' /C calc'!A0\u202e" + "x" * 5000,
               artist="<script>", isrc="y" * 500, elapsed_s=10.0**12)
    shelf.plays(30, None)
    (body,) = shelf.told(PLAYED)
    assert (len(body["title"]), len(body["isrc"]), body["artist"]) == (200, 20, "<script>")
    assert "\u202e" not in body["title"]
    assert body["seconds"] == 30


def test_scent_is_told_by_the_hour_with_what_it_used(shelf: Shelf) -> None:
    for minute in range(0, 91):
        shelf.gives(60 * minute, 40, ml=100 - minute / 60)
    shelf.gives(91 * 60, 0, ml=100 - 91 / 60)
    rows = shelf.told(DIFFUSED)
    assert [(row["fragrance"], row["intensity_pct"], row["seconds"]) for row in rows] == [
        ("linen", 40, 3600), ("linen", 40, 31 * 60)]
    assert sum(row["ml"] for row in rows) == pytest.approx(91 / 60, abs=0.01)


def test_another_fragrance_or_intensity_is_another_run_and_a_new_cartridge_hides_what_was_used(shelf: Shelf) -> None:
    shelf.gives(0, 40, ml=10)
    shelf.gives(60, 60, ml=9.9)
    shelf.gives(120, 60, "fig", ml=50)
    shelf.gives(150, 0, "fig", ml=49)
    assert [(r["fragrance"], r["intensity_pct"], r["seconds"], r["ml"]) for r in shelf.told(DIFFUSED)] == [
        ("linen", 40, 60, 0.1), ("linen", 60, 60, None), ("fig", 60, 30, 1.0)]


def test_a_device_that_the_plan_has_no_longer_has_come_to_its_end(shelf: Shelf) -> None:
    shelf.plays(0, "Bro", 0)
    shelf.plays(30, "Bro", 30)
    shelf.fleet.take(plan_of(DEVICES[1:]))
    shelf.now = 90
    shelf.diary.look(shelf.when)
    assert shelf.played() == [("Bro", 0, 30)]


def test_a_shop_writes_what_its_diffuser_gave() -> None:
    shop = VirtualShop(plan_of(DEVICES))
    shop.until_converged(5)
    shop.press("sales", LINEN, minutes=90)
    shop.run(95 * 60)
    shop.press("sales", FIG, minutes=300)
    shop.run(100 * 60)
    shop.tell(Ended())
    shop.engine.stop()
    hours = {}
    for entry in shop.journal(DIFFUSED):
        hours[entry.body["fragrance"]] = hours.get(entry.body["fragrance"], 0) + entry.body["seconds"] / 3600
        assert entry.body["zones"] == ["sales"]
    assert hours["linen"] == pytest.approx(1.5, abs=0.02)
    assert 0 < hours["fig"] < 1.7
    assert shop.journal(PLAYED)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 100), st.sampled_from(["A", "B", None, "kill", "stop", "hear"])), max_size=25))
def test_no_second_is_told_twice_and_none_that_was_silent(what) -> None:
    """An oracle beside it knows what played in each second; heard every minute at least, and at each change."""
    shelf, playing, began, now = Shelf(), None, 0, 0
    truth: list[str | None] = []
    unknown: set[int] = set()
    for seconds, verb in what:
        for _ in range(seconds):
            truth.append(playing)
            now += 1
        if verb == "kill":
            shelf.now = now
            shelf.begin()
            unknown |= set(range(now))  # what ended unwritten is lost; nothing may be told twice
        elif verb == "stop":
            shelf.stop(now)
            shelf.begin()
        elif verb != "hear":
            playing, began = verb, now
        shelf.plays(now, playing, None if playing is None else now - began)
    shelf.stop(now)
    told: list[str | None] = [None] * now
    for title, start, length in shelf.played():
        for second in range(round(start), round(start + length)):
            assert told[second] is None
            told[second] = title
    assert all(told[n] in (truth[n], None) if n in unknown else told[n] == truth[n] for n in range(now))
