"""The journal on its way to HQ: nothing is lost or doubled, whatever the line loses, repeats and swaps."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from controller.hq.backlog import WINDOW, Backlog, Gapless


def test_what_is_not_acknowledged_is_said_again_ever_more_slowly():
    backlog = Backlog()
    said_at, now = [], 0.0
    for _ in range(8):
        assert list(backlog.to_say(1, now)) == [1]
        said_at.append(now)
        assert list(backlog.to_say(1, backlog.due() - 0.1)) == []
        now = backlog.due()
    assert [b - a for a, b in itertools.pairwise(said_at)] == [10, 20, 40, 80, 160, 300, 300]


def test_no_more_than_the_window_is_under_way():
    backlog = Backlog()
    assert list(backlog.to_say(10_000, 0.0)) == list(range(1, WINDOW + 1))
    assert list(backlog.to_say(10_000, 1.0)) == []
    backlog.acknowledged(100, 1.0)
    assert list(backlog.to_say(10_000, 1.0)) == list(range(WINDOW + 1, WINDOW + 101))


def test_an_acknowledgement_of_what_was_never_said_is_no_news():
    backlog = Backlog()
    backlog.to_say(3, 0.0)
    backlog.acknowledged(9, 0.0)
    assert backlog.done == 0
    backlog.acknowledged(3, 0.0)
    backlog.acknowledged(2, 0.0)
    assert backlog.done == 3
    assert backlog.due() is None


def test_what_an_hq_that_was_put_back_has_lost_is_said_again():
    backlog, hq = Backlog(900), Gapless(400)  # it had acknowledged up to 900, and its database is an older one now
    now = 0.0
    for _ in range(12):
        for number in backlog.to_say(1000, now):
            hq.stored(number)
        backlog.acknowledged(hq.highest, now)
        now = backlog.due() or now
    assert backlog.done == hq.highest == 1000


def test_an_older_acknowledgement_that_was_late_is_no_news_while_things_go_on():
    backlog = Backlog()
    backlog.to_say(300, 0.0)
    backlog.acknowledged(200, 1.0)
    backlog.acknowledged(100, 1.1)
    assert backlog.done == 200


@given(st.lists(st.integers(1, 30)), st.integers(0, 5))
def test_the_highest_number_without_a_gap_is_acknowledged(numbers, highest):
    gapless, have = Gapless(highest), set(range(1, highest + 1))
    for number in numbers:
        have.add(number)
        wanted = next(n for n in range(1, 99) if n not in have) - 1
        assert gapless.stored(number) == wanted
    assert Gapless(highest, frozenset(gapless.beyond | set(range(1, gapless.highest + 1)))).highest == gapless.highest


class Line(RuleBasedStateMachine):
    """A store, a line that loses, repeats and swaps, and HQ."""

    def __init__(self):
        super().__init__()
        self.newest, self.now = 0, 0.0
        self.backlog, self.hq = Backlog(), Gapless()
        self.store: list[int] = []
        self.up: list[int] = []
        self.down: list[int] = []

    @rule(count=st.integers(1, 700))
    def something_is_written(self, count):
        self.newest += count

    @rule(seconds=st.floats(0.1, 400))
    def time_passes(self, seconds):
        self.now += seconds
        self.up += self.backlog.to_say(self.newest, self.now)

    @rule(data=st.data())
    def the_line_does_what_it_does(self, data):
        chosen = data.draw(st.lists(st.integers(0, max(0, len(self.up) - 1)), max_size=40))
        for index in chosen if self.up else ():
            self.down.append(self.hq.stored(self.up[index]))
        self.up.clear()  # the rest is lost

    @rule(data=st.data())
    def hq_is_heard(self, data):
        for number in data.draw(st.lists(st.sampled_from(self.down), max_size=10)) if self.down else ():
            self.backlog.acknowledged(number, self.now)

    @rule()
    def the_connection_is_new(self):
        self.up.clear()
        self.backlog.connected()
        self.up += self.backlog.to_say(self.newest, self.now)

    @invariant()
    def nothing_is_counted_as_told_that_hq_has_not(self):
        assert self.backlog.done <= self.hq.highest <= self.newest

    def teardown(self):
        for _ in range(200):  # a line that works
            self.now = max(self.now, self.backlog.due() or self.now)
            for number in self.backlog.to_say(self.newest, self.now):
                self.hq.stored(number)
            self.backlog.acknowledged(self.hq.highest, self.now)
        assert self.backlog.done == self.hq.highest == self.newest
        assert not self.hq.beyond


TestLine = Line.TestCase
