"""Waves that advance when their stores are there, and stop by themselves when they are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.hq.documents import Wave
from controller.hq.rollout import PASSES, Seen, Stage, Step, Thresholds, look

BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
STAGE = Stage(wave=Wave(share=0.05), soak_min=60, timeout_min=240)
RUNS, SILENT, FAILED = Seen(reported=True), Seen(), Seen(failed=True)
LOOSE = Thresholds(failures_pct=100, overrides_pct=100, complaints_pct=100)


def stores(*groups):
    return {f"store-{group}-{n}": seen for group, (count, seen) in enumerate(groups) for n in range(count)}


def after(minutes, seen, stage=STAGE, last=False, limits=None):
    return look(stage, seen, BEGAN, BEGAN + timedelta(minutes=minutes), last=last, limits=limits or Thresholds())


def test_a_wave_soaks_and_then_the_next_begins():
    seen = stores((100, RUNS))
    assert after(59, seen).step is Step.WAIT
    assert after(59, seen).words == "It soaks until 2026-03-02 10:00 UTC."
    assert after(60, seen).step is Step.ADVANCE
    assert after(60, seen, last=True).step is Step.DONE
    assert after(60, seen, stage=STAGE.model_copy(update={"by_hand": True})).step is Step.ASK


def test_nine_in_ten_are_enough_and_fewer_are_not():
    assert after(60, stores((90, RUNS), (10, SILENT))).step is Step.ADVANCE
    found = after(60, stores((89, RUNS), (11, SILENT)))
    assert (found.step, found.words) == (Step.WAIT, "89 of 100 stores run it; 90% are needed.")


def test_silent_stores_are_failures_after_the_timeout():
    seen = stores((95, RUNS), (5, SILENT))
    assert after(239, seen).step is Step.ADVANCE
    found = after(240, seen)
    assert (found.step, found.failed, found.pending) == (Step.STOP, 5, 0)
    assert found.words == "5 of 100 stores failed or stayed silent: 5.0 %, and 4 % is the most."


@pytest.mark.parametrize(("bad", "words"), [
    (Seen(failed=True), "5 of 100 stores failed or stayed silent: 5.0 %"),
    (Seen(reported=True, complaints=1), "5 of 100 stores had complaints: 5.0 %"),
    (Seen(reported=True, overrides=3), "5 of 100 stores had staff choose something else: 5.0 %"),
])
def test_what_passes_a_threshold_stops_it_at_once(bad, words):
    limits = Thresholds(failures_pct=4, overrides_pct=4, complaints_pct=4)
    assert after(1, stores((96, RUNS), (4, bad)), limits=limits).step is Step.WAIT
    found = after(1, stores((95, RUNS), (5, bad)), limits=limits)
    assert found.step is Step.STOP
    assert found.words.startswith(words)


def test_a_wave_that_reaches_nobody_stops():
    assert after(60, {}).step is Step.STOP


seens = st.builds(Seen, reported=st.booleans(), failed=st.booleans(), overrides=st.integers(0, 2),
                  complaints=st.integers(0, 2))


@given(st.lists(seens, max_size=30), st.integers(0, 500), st.booleans(), st.booleans())
def test_nothing_is_pending_for_ever_and_nothing_advances_too_early(found, minutes, last, by_hand):
    seen = {f"store-{n}": each for n, each in enumerate(found)}
    answer = after(minutes, seen, STAGE.model_copy(update={"by_hand": by_hand}), last, LOOSE)
    assert answer.reported + answer.failed + answer.pending == answer.stores == len(seen)
    if minutes >= STAGE.timeout_min:
        assert answer.step is not Step.WAIT
        assert answer.pending == 0
    if answer.step in (Step.ADVANCE, Step.ASK, Step.DONE):
        assert minutes >= STAGE.soak_min
        assert answer.reported >= PASSES * len(seen) > 0
