"""Versions of the plan: kept, compared in words, and gone back to in one step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controller.differing import difference_of
from controller.errors import Conflict, Forbidden, NotFound, Refused
from controller.planning import StorePlanning
from controller.store.intake import PlanChanged
from controller.versions import StoreVersions
from controller.wording_difference import windows_words
from profiles.plan import Plan
from tests.controller.shop import ELIN, MAJA, Shop, document, plan


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def desk(shop: Shop) -> StorePlanning:
    return StorePlanning(shop.memory, shop.engine, shop.clock)


@pytest.fixture
def past(shop: Shop, desk: StorePlanning) -> StoreVersions:
    """Two versions: in the second the music of the day is at 52 %."""
    desk.publish(louder(), "louder", MAJA)
    shop.engine.told.clear()
    return StoreVersions(shop.memory, desk, shop.clock)


def louder(volume_pct: float = 52, **parts: Any) -> Plan:
    changed = document(**parts)
    changed["profiles"][0]["scene"]["music"]["volume_pct"] = volume_pct
    return plan(**changed)


def test_versions_are_listed_newest_first_and_found_by_number(past: StoreVersions) -> None:
    assert [v.version for v in past.versions()] == [2, 1]
    assert [v.version for v in past.versions(limit=1)] == [2]
    assert past.version(1).plan.digest == plan().digest
    with pytest.raises(NotFound, match="no version 3"):
        past.version(3)


def test_what_feels_different_is_said_with_zone_window_and_values(past: StoreVersions) -> None:
    found = past.difference(1, 2)
    assert [change.sentence for change in found.felt] == [
        f"{zone}, Mo-Fr 10:00 to 18:00 and Sa 10:00 to 16:00: music 50 → 52 %"
        for zone in ("Sales floor", "Fitting rooms", "Checkout")]
    assert found.parts == ("profile Clear day changed: scene",)
    first = found.felt[0]
    assert (first.zone, first.fields, first.before, first.after) == ("sales", ("music.volume_pct",), 50.0, 52.0)
    assert (first.count, first.hours) == (24, 20 * 8 + 4 * 6)
    assert first.first == (datetime(2026, 4, 16, 8, tzinfo=UTC), datetime(2026, 4, 16, 16, tzinfo=UTC))
    assert (found.start, found.end) == (datetime(2026, 4, 15, 22, tzinfo=UTC), datetime(2026, 5, 13, 22, tzinfo=UTC))


@pytest.mark.parametrize(("parts", "sentence"), [
    ({"campaigns": [{"id": "sale", "name": "Sale", "when": "2026 Apr 20 12:00-14:00", "profile": "murmur"}]},
     "Sales floor, Mon 20 April 12:00 to 14:00: music 50 → 20 %"),
    ({"dayparts": [d for d in document()["dayparts"] if d["id"] == "day"]},
     "Sales floor, Mo-Fr 18:00 to 20:00 and Sa 16:00 to 18:00: music 40 % → off"),
    ({"quiet_hours": [{"id": "calm", "name": "Calm", "when": "Tu 11:00-12:00"}]},
     "Sales floor, Tu 11:00 to 12:00: ambient light 74 → 40 %"),
    ({"quiet_hours": [{"id": "calm", "name": "Calm", "when": "Tu 11:00-12:00"}]},
     "Sales floor, Tu 10:15 to 12:00: scent low, Fig leaf → off"),
    ({"dayparts": [*document()["dayparts"], {"id": "late", "name": "Late", "when": "Fr 23:00-03:00",
                                             "profile": "murmur"}]}, None),
    ({"dayparts": [*document()["dayparts"], {"id": "late", "name": "Late", "when": "Fr 23:00-03:00",
                                             "profile": "mirror"}]},
     "Sales floor, Fr 23:00 to 03:00: music off → 34 %"),
])
def test_windows_and_values_in_words(parts: dict[str, Any], sentence: str | None) -> None:
    said = [change.sentence for change in difference_of(plan(), plan(**parts), Shop().clock.now()).felt]
    assert sentence in said if sentence else said == []


@pytest.mark.parametrize(("windows", "says"), [
    ([(0, 14 * 24)], "at all times"),
    ([(24 * n, 24 * n + 24) for n in range(0, 14, 2)], "7 times, first on Thu 16 April all day"),
    ([(24 * n + 9, 24 * n + 10) for n in range(14)], "every day 09:00 to 10:00"),
    ([(24 * n + 9, 24 * n + 10) for n in range(14) if n not in (2, 5)],
     "every day (not Sat 18 April and Tue 21 April) 09:00 to 10:00"),
    ([(9, 60)], "Thu 16 April 09:00 to 12:00, 2 days later"),
    ([(22, 26), (7 * 24 + 22, 7 * 24 + 26)], "Th 22:00 to 02:00"),
])
def test_windows_of_every_kind_have_words(windows: list[tuple[int, int]], says: str) -> None:
    midnight = datetime(2026, 4, 15, 22, tzinfo=UTC)
    given = [tuple((midnight + timedelta(hours=h)).timestamp() for h in window) for window in windows]
    span = midnight, midnight + timedelta(days=14)
    assert windows_words(given, span, plan().store.place.tz) == says  # type: ignore[arg-type]


def test_a_plan_that_is_not_published_is_compared_with_the_one_in_force(shop: Shop, past: StoreVersions) -> None:
    found = past.would_change(louder(30).model_dump(mode="json"), days=7)
    assert found.felt[0].sentence == (
        "Sales floor, Mo-Fr 10:00 to 18:00 and Sat 18 April 10:00 to 16:00: music 52 → 30 %")
    assert [v.version for v in past.versions()] == [2, 1]
    assert past.would_change(louder()).felt == ()
    with pytest.raises(Refused, match="no profile"):
        past.would_change(document(profiles=[]))


@pytest.mark.parametrize("days", [0, 398])
def test_a_span_that_cannot_be_looked_at_is_refused(past: StoreVersions, days: int) -> None:
    with pytest.raises(Refused, match="over 1 to 397 days"):
        past.difference(1, 2, days=days)


# ── going back ──────────────────────────────────────────────────────────────────────


def test_going_back_publishes_the_earlier_plan_as_the_next_version(shop: Shop, past: StoreVersions) -> None:
    made = past.rollback(1, MAJA)
    assert (made.version, made.author, made.note) == (3, "Maja", "back to version 1")
    assert made.digest == plan().digest
    assert shop.memory.plan_in_force() == made
    assert shop.engine.told == [PlanChanged()]
    entry = shop.memory.newest_entry()
    assert entry is not None
    assert (entry.kind, entry.body["note"], entry.body["by"]) == ("plan.published", "back to version 1", "Maja")


def test_going_back_can_be_taken_back(past: StoreVersions) -> None:
    past.rollback(1, MAJA)
    assert past.rollback(2, MAJA).version == 4
    assert past.difference(2, 4).felt == ()


def test_going_back_is_for_managers(shop: Shop, past: StoreVersions) -> None:
    with pytest.raises(Forbidden):
        past.rollback(1, ELIN)
    assert [v.version for v in past.versions()] == [2, 1]


def test_going_back_to_what_is_in_force_changes_nothing(past: StoreVersions) -> None:
    with pytest.raises(Refused, match="Version 2 is in force already"):
        past.rollback(2, MAJA)
    past.rollback(1, MAJA)
    with pytest.raises(Refused, match="Version 1 is the same plan as version 3"):
        past.rollback(1, MAJA)


def test_an_earlier_plan_that_would_not_pass_today_is_refused_with_its_errors(shop: Shop, desk: StorePlanning) -> None:
    broken = plan(dayparts=[{"id": "day", "name": "Day", "when": "opening..closing", "profile": "gone"}])
    old = Shop(broken)
    old_desk = StorePlanning(old.memory, old.engine, old.clock)
    old_desk.publish(louder(), "", MAJA)
    with pytest.raises(Refused, match="no profile “gone”"):
        StoreVersions(old.memory, old_desk, old.clock).rollback(1, MAJA)
    assert [v.version for v in old.memory.plan_versions()] == [2, 1]


def test_going_back_while_somebody_else_publishes_is_a_conflict(shop: Shop, desk: StorePlanning) -> None:
    class Overtaken(StorePlanning):
        """Somebody publishes just before."""

        def publish(self, document: object, note: str, actor: Any, seen: int | None = None) -> Any:
            desk.publish(louder(31), "meanwhile", MAJA)
            return super().publish(document, note, actor, seen)

    desk.publish(louder(), "", MAJA)
    overtaken = StoreVersions(shop.memory, Overtaken(shop.memory, shop.engine, shop.clock), shop.clock)
    with pytest.raises(Conflict):
        overtaken.rollback(1, MAJA)
    assert shop.memory.plan_versions()[0].note == "meanwhile"
