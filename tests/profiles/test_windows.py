"""Windows kept by month: the same answers as the intervals, whole windows, and no looking further than asked."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.hours import Hours
from profiles.instants import Span
from profiles.place import Place
from profiles.when import When
from profiles.windows import Windows
from tests.profiles.minute_oracle import ZONES, dates_of

STOCKHOLM = Place(timezone="Europe/Stockholm", country="SE", latitude=59.33, longitude=18.07)
TEXTS = ("Mo-Fr 07:00-10:00", "22:00-04:00", "00:00-24:00; Su off", "Dec 20-Jan 6", "closing..opening", "PH",
         "sunset-02:00", "opening-00:30..opening+01:00", "02:00-03:00", "Nov-Mar",
         "Feb 29 10:00-12:00", "2026-2027")


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def when(text: str, zone: str = "Europe/Stockholm") -> When:
    place = Place(timezone=zone, country="SE", latitude=59.33, longitude=18.07)
    return When.parse(text, place, Hours.parse("Mo-Fr 10:00-19:00; Sa 10:00-16:00; Jul 6-26 off", place))


class CountingWhen(When):
    """A when that notes how far it is asked."""

    asked: list[tuple[float, float]]

    @classmethod
    def of(cls, one: When) -> CountingWhen:
        found = cls(one.text, one.place, one._meaning)
        found.asked = []
        return found

    def spans(self, start: float, end: float) -> list[Span]:
        self.asked.append((start, end))
        return super().spans(start, end)


@given(data=st.data(), text=st.sampled_from(TEXTS), zone=st.sampled_from(ZONES))
@settings(max_examples=30, deadline=None)
def test_active_and_boundaries_agree_with_the_intervals(data: st.DataObject, text: str, zone: str) -> None:
    one = when(text, zone)
    windows = Windows(one)
    day = data.draw(dates_of(zone))
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=45)
    intervals = one.intervals(start, end)
    edges = sorted({edge.timestamp() for pair in intervals for edge in pair if start < edge < end})
    assert list(windows.boundaries(start.timestamp(), end.timestamp())) == edges
    offsets = st.floats(0, 45 * 86_400 - 1, allow_nan=False)
    moments = [start.timestamp() + data.draw(offsets), *edges[:20], *(edge - 0.001 for edge in edges[:20])]
    for moment in moments:
        holding = [pair for pair in intervals if pair.start.timestamp() <= moment < pair.end.timestamp()]
        active = windows.active(moment)
        assert (active is not None) is bool(holding)
        if active is not None:
            begin, until = holding[0].start, holding[0].end
            assert active[0] == begin.timestamp() or (begin == start and active[0] <= begin.timestamp())
            assert active[1] == until.timestamp() or (until == end and active[1] >= until.timestamp())


def test_a_window_over_months_is_whole_from_any_of_them() -> None:
    windows = Windows(when("Nov-Mar"))
    whole = (seconds("2026-10-31T23:00"), seconds("2027-03-31T22:00"))
    for moment in ("2026-11-01T00:00", "2026-12-31T23:30", "2027-02-14T12:00", "2027-03-31T21:59"):
        assert windows.active(seconds(moment)) == whole
    assert windows.active(seconds("2027-03-31T22:00")) is None
    assert list(windows.boundaries(seconds("2026-07-01"), seconds("2027-07-01"))) == list(whole)


def test_a_night_over_the_edge_of_a_month_is_whole_on_both_sides() -> None:
    windows = Windows(when("22:00-04:00"))
    night = (seconds("2026-05-31T20:00"), seconds("2026-06-01T02:00"))
    assert windows.active(seconds("2026-05-31T21:00")) == night
    assert windows.active(seconds("2026-06-01T01:00")) == night


def test_a_window_beyond_thirteen_months_has_no_end() -> None:
    windows = Windows(when("2020-2040"))
    assert windows.active(seconds("2030-06-01")) == (-inf, inf)
    assert windows.active(seconds("2020-02-01")) == (seconds("2019-12-31T23:00"), inf)
    assert windows.active(seconds("2040-11-30")) == (-inf, seconds("2040-12-31T23:00"))


def test_always_is_answered_without_asking_anything() -> None:
    one = CountingWhen.of(when("24/7"))
    windows = Windows(one)
    assert windows.active(seconds("2026-06-01")) == (-inf, inf)
    assert list(windows.boundaries(-inf, inf)) == []
    assert one.asked == []


def test_a_month_is_asked_once_and_nothing_beyond_it_is_looked_at() -> None:
    one = CountingWhen.of(when("Mo-Fr 07:00-10:00"))
    windows = Windows(one)
    for hour in range(0, 24 * 28):
        windows.active(seconds("2026-06-02") + 3600 * hour)
    assert one.asked == [(seconds("2026-05-31T22:00"), seconds("2026-06-30T22:00"))]


def test_boundaries_are_worked_out_as_they_are_taken() -> None:
    one = CountingWhen.of(when("Mo-Fr 07:00-10:00"))
    boundaries = Windows(one).boundaries(seconds("2026-06-02"), inf)
    assert next(boundaries) == seconds("2026-06-02T05:00")
    assert next(boundaries) == seconds("2026-06-02T08:00")
    assert len(one.asked) == 1


def test_boundaries_leave_out_the_ends_of_the_range() -> None:
    windows = Windows(when("Mo-Fr 07:00-10:00"))
    begin, end = seconds("2026-06-02T05:00"), seconds("2026-06-02T08:00")
    assert list(windows.boundaries(begin, end)) == []
    assert list(windows.boundaries(begin - 1, end + 1)) == [begin, end]
    assert list(windows.boundaries(end, begin)) == []


def test_months_are_kept_up_to_the_bound_and_the_oldest_goes() -> None:
    one = CountingWhen.of(when("Mo-Fr 07:00-10:00"))
    windows = Windows(one, months=2)
    for month in (6, 7, 6, 8, 6, 7):
        windows.active(datetime(2026, month, 15, tzinfo=UTC).timestamp())
    # 6 and 7 are worked out, 8 drives 7 out (6 was asked since), and the last 7 is worked out again.
    assert len(one.asked) == 4


def test_several_whens_are_one_set_of_windows() -> None:
    windows = Windows([when("Mo-Fr 07:00-10:00"), when("Mo-Fr 10:00-12:00"), when("Mo 20:00-21:00")])
    assert windows.active(seconds("2026-06-02T06:00")) == (seconds("2026-06-02T05:00"), seconds("2026-06-02T10:00"))
    assert windows.active(seconds("2026-06-01T18:30")) == (seconds("2026-06-01T18:00"), seconds("2026-06-01T19:00"))
    with pytest.raises(ValueError, match="at least one"):
        Windows([])


@pytest.mark.parametrize("moment", [-1e11, 0.0, 2.5e11, 1e300])
def test_far_instants_have_an_answer(moment: float) -> None:
    assert Windows(when("2026 Mo 10:00-12:00")).active(moment) is None


def test_readers_in_several_threads_get_the_same_answers() -> None:
    windows = Windows(when("22:00-04:00"), months=2)
    first = date(2026, 1, 15).toordinal()
    moments = [datetime.fromordinal(first + 17 * n).replace(tzinfo=UTC, hour=1).timestamp() for n in range(30)]
    expected = [Windows(when("22:00-04:00")).active(moment) for moment in moments]
    answers: dict[int, list[tuple[float, float] | None]] = {}

    def read(number: int) -> None:
        order = moments if number % 2 else moments[::-1]
        found = [windows.active(moment) for moment in order]
        answers[number] = found if number % 2 else found[::-1]

    threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert answers == dict.fromkeys(range(4), expected)
