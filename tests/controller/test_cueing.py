"""The cues of a store: how they stand through a day, what a mark does, and what the record keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from controller.cueing import StoreCues, store_day, store_day_at
from controller.doors import CueShown
from controller.errors import Forbidden, NotFound, Refused, Unavailable
from controller.ports import Entry
from controller.storage.opening import open_memory
from controller.store.intake import LiveChanged
from profiles.plan import Live, Override, Plan
from tests.controller.memory_fake import FakeMemory
from tests.controller.shop import DOCUMENT, ELIN, MAJA, SAM, VIEWER, Shop, document
from tests.controller.stored_memory import BUILT, NOON

MIDNIGHT = datetime(2026, 4, 15, 22, tzinfo=UTC)  # of Thursday 16 April in Stockholm, where the shop closes at 20:00


def tray(**how: Any) -> dict[str, Any]:
    return {"id": "tray", "text": "Put out the tasting tray", "sense": "taste", "once": "store", **how}


def plan_with(*cues: dict[str, Any], **parts: Any) -> Plan:
    """The shop, whose day (10:00 to 18:00) brings these cues."""
    told = document(**parts)
    told["profiles"][0]["scene"]["cues"] = list(cues)
    return Plan.model_validate(told)


def opened(*cues: dict[str, Any], at: datetime = MIDNIGHT, **parts: Any) -> tuple[Shop, StoreCues]:
    shop = Shop(plan_with(*cues, **parts), at)
    return shop, StoreCues(shop.memory, shop.engine, shop.clock)


def local(hour: int, minute: int = 0, day: int = 16) -> datetime:
    return datetime(2026, 4, day - 1, 22, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)


def standings(cues: StoreCues, day: date | None = None) -> list[tuple[str, str]]:
    return [(one.cue, one.standing) for one in cues.day(day)]


def only(cues: StoreCues) -> CueShown:
    (shown,) = cues.day()
    return shown


# ── how they stand ──────────────────────────────────────────────────────────────────


def test_a_cue_is_to_come_then_due_then_late_until_the_store_closes() -> None:
    shop, cues = opened(tray(at="11:00", within_min=15))
    seen = []
    for moment in (local(10, 59), local(11), local(11, 14), local(11, 15), local(19, 59), local(20)):
        shop.clock.move_to(moment)
        seen.append(only(cues).standing)
    assert seen == ["to-come", "due", "due", "late", "late", "missed"]


def test_what_is_shown_says_what_where_why_and_when() -> None:
    _, cues = opened(tray(at="11:00", place="Café counter"))
    shown = only(cues)
    assert (shown.text, shown.sense, shown.zone, shown.zone_name, shown.place, shown.role, shown.layer) == (
        "Put out the tasting tray", "taste", "sales", "Sales floor", "Café counter", "staff", "Daypart Day")
    assert (shown.due, shown.late_from, shown.by, shown.at) == (local(11), local(11, 15), None, None)


def test_one_that_is_asked_anew_is_missed_and_not_asked_twice() -> None:
    shop, cues = opened(tray(at="11:00", every_min=180))
    shop.clock.move_to(local(14, 5))
    assert standings(cues) == [("tray", "missed"), ("tray", "due"), ("tray", "to-come")]
    assert cues.open_count() == 1


def test_what_comes_after_closing_is_late_as_long_as_its_layer_lasts() -> None:
    parts = {"dayparts": [{"id": "clean", "name": "Cleaning", "when": "20:00-22:00", "profile": "day"}]}
    shop, cues = opened(tray(id="glass", within_min=10), **parts)
    seen = []
    for moment in (local(20, 5), local(20, 10), local(21, 59), local(22)):
        shop.clock.move_to(moment)
        seen.append(only(cues).standing)
    assert seen == ["due", "late", "late", "missed"]


def test_yesterdays_unmarked_are_missed_and_marked_ones_stay_as_they_were() -> None:
    shop, cues = opened(tray(at="11:00"), tray(id="plates", at="12:00"))
    shop.clock.move_to(local(11, 4))
    cues.mark(cues.day()[0].id, "done", ELIN)
    shop.clock.move(days=1)
    assert standings(cues, date(2026, 4, 16)) == [("tray", "done"), ("plates", "missed")]
    assert standings(cues) == [("tray", "due"), ("plates", "to-come")]


def test_tomorrow_is_to_come() -> None:
    _, cues = opened(tray(at="11:00"))
    assert standings(cues, date(2026, 4, 17)) == [("tray", "to-come")]


def test_a_day_too_far_away_is_refused() -> None:
    _, cues = opened(tray())
    with pytest.raises(Refused, match="between the years 2000 and 2100"):
        cues.day(date(2150, 1, 1))


def test_before_the_first_plan_nobody_is_asked_anything() -> None:
    shop = Shop()
    cues = StoreCues(FakeMemory(), shop.engine, shop.clock)
    assert (cues.day(), cues.open_count(), cues.next_change(), cues.today()) == ([], 0, None, date(2026, 4, 16))


# ── what changes during the day ─────────────────────────────────────────────────────


def test_the_next_change_is_the_next_instant_at_which_one_stands_differently() -> None:
    shop, cues = opened(tray(at="11:00", within_min=15))
    seen = []
    for _ in range(4):
        turn = cues.next_change()
        assert turn is not None
        seen.append(turn)
        shop.clock.move_to(turn)
    assert seen == [local(11), local(11, 15), local(20), local(24)]


def test_a_marked_one_changes_no_more_by_itself() -> None:
    _, cues = opened(tray(at="11:00"))
    cues.mark(only(cues).id, "done", ELIN)
    assert cues.next_change() == local(24)


class LockedMemory(FakeMemory):
    """Somebody else may hold its database."""

    locked = False

    def live(self, since: datetime) -> Live:
        if self.locked:
            raise Unavailable("The database is locked.")
        return super().live(since)


def test_the_count_is_of_those_that_wait_and_outlives_a_memory_that_cannot_be_read() -> None:
    shop, memory = Shop(), LockedMemory()
    memory.publish(plan_with(tray(at="11:00"), tray(id="plates", at="11:00"), tray(id="cups", at="17:00")), "Maja", "",
                   MIDNIGHT, Entry("plan.published"))
    cues = StoreCues(memory, shop.engine, shop.clock)
    assert cues.open_count() == 2
    memory.locked = True
    shop.clock.move(seconds=2)
    assert (cues.open_count(), cues.next_change()) == (2, None)
    memory.locked = False
    cues.mark(cues.day()[0].id, "skipped", ELIN)
    assert cues.open_count() == 1


def test_a_press_that_covers_the_day_takes_its_cue_away_and_an_undo_brings_it_back() -> None:
    shop, cues = opened(tray(at="11:00"))
    taken = tuple(Override(
        id=f"press-1-{n}", press="press-1", zone=zone.id, profile="day", name="Day by hand",
        scene=shop.plan.profile("day").scene.model_copy(update={"cues": ()}), start=local(10, 50), end=local(11, 30),
        by="Elin") for n, zone in enumerate(shop.plan.zones))
    shop.clock.move_to(local(10, 55))
    shop.memory.add_overrides(taken, shop.clock.now(), Entry("override.pressed"))
    # The press is of the same profile, so it asks instead, once for the store.
    assert [(one.layer, one.due) for one in cues.day()] == [("Elin chose it", local(11))]
    shop.memory.end_overrides(tuple(o.id for o in taken), shop.clock.now(), Entry("override.undone"))
    assert [(one.layer, one.due) for one in cues.day()] == [("Daypart Day", local(11))]


def test_a_plan_published_in_the_afternoon_does_not_ask_for_the_morning() -> None:
    shop, cues = opened(tray(at="11:00"))
    shop.clock.move_to(local(13))
    both = plan_with(tray(at="11:00"), tray(id="plates", at="12:00"), tray(id="cups", at="14:00"))
    shop.memory.publish(both, "Maja", "", local(13), Entry("plan.published"))
    assert standings(cues) == [("tray", "late"), ("cups", "to-come")]


def test_what_a_later_plan_takes_back_is_not_asked_any_more_but_what_was_done_is_told() -> None:
    shop, cues = opened(tray(at="11:00"), tray(id="plates", at="12:00"))
    shop.clock.move_to(local(12, 30))
    cues.mark(cues.day()[0].id, "done", ELIN)
    shop.memory.publish(plan_with(tray(id="cups", at="14:00")), "Maja", "", local(13), Entry("plan.published"))
    shop.clock.move_to(local(13, 30))
    assert standings(cues) == [("tray", "done"), ("cups", "to-come")]


def test_a_plan_that_changes_something_else_keeps_what_was_marked() -> None:
    shop, cues = opened(tray(at="11:00"))
    shop.clock.move_to(local(11, 5))
    marked = cues.mark(only(cues).id, "done", ELIN)
    parts = {"limits": {"max_volume_pct": 65}}
    shop.memory.publish(plan_with(tray(at="11:00"), **parts), "Maja", "", local(13), Entry("plan.published"))
    shop.clock.move_to(local(14))
    assert only(cues) == marked


# ── marks ───────────────────────────────────────────────────────────────────────────


def test_done_says_who_and_when_and_everybody_hears_of_it() -> None:
    shop, cues = opened(tray(at="11:00", place="Café counter"))
    shop.clock.move_to(local(11, 20))
    shown = cues.mark(only(cues).id, "done", ELIN)
    assert (shown.standing, shown.by, shown.at) == ("done", "Elin", local(11, 20))
    assert only(cues) == shown
    assert shop.engine.told == [LiveChanged()]
    (entry,) = shop.memory.journal(after=1)
    assert entry.kind == "cue.done"
    assert {key: entry.body[key] for key in ("text", "zone", "place", "due", "after_min", "late", "before", "by")} == {
        "text": "Put out the tasting tray", "zone": "sales", "place": "Café counter",
        "due": "2026-04-16T09:00:00+00:00", "after_min": 20, "late": True, "before": "late", "by": "Elin"}


def test_skipped_and_taken_back_are_recorded_each_once() -> None:
    shop, cues = opened(tray(at="11:00"))
    shop.clock.move_to(local(11, 5))
    name = only(cues).id
    for outcome, who in (("skipped", ELIN), ("skipped", SAM), ("done", SAM), ("open", ELIN), ("open", ELIN)):
        cues.mark(name, outcome, who)
    assert shop.kinds() == ["cue.skipped", "cue.done", "cue.reopened"]
    assert [entry.body["by"] for entry in shop.memory.journal(after=1)] == ["Elin", "Sam", "Elin"]
    assert (only(cues).standing, only(cues).by) == ("due", None)


def test_what_is_to_come_may_be_done_early_and_what_was_missed_may_be_done_after_all() -> None:
    shop, cues = opened(tray(at="11:00"), tray(id="plates", at="18:00", within_min=5))
    shop.clock.move_to(local(10, 40))
    assert cues.mark(cues.day()[0].id, "done", ELIN).standing == "done"
    assert shop.memory.journal(after=1)[0].body["after_min"] == -20


def test_a_missed_one_of_today_may_still_be_done() -> None:
    shop, cues = opened(tray(at="11:00"))
    shop.clock.move_to(local(20, 30))
    assert only(cues).standing == "missed"
    assert cues.mark(only(cues).id, "done", ELIN).standing == "done"


def test_a_cue_of_another_day_or_none_at_all_is_not_found() -> None:
    shop, cues = opened(tray(at="11:00"))
    tomorrow = cues.day(date(2026, 4, 17))[0].id
    for name in (tomorrow, "0" * 20, "../x", ""):
        with pytest.raises(NotFound, match="not one of today's"):
            cues.mark(name, "done", ELIN)
    assert shop.kinds() == []


def test_any_other_outcome_is_refused() -> None:
    _, cues = opened(tray())
    with pytest.raises(Refused, match="done, skipped, open"):
        cues.mark(only(cues).id, "forgotten", ELIN)


def test_a_viewer_marks_nothing_and_a_managers_cue_takes_a_manager() -> None:
    _, cues = opened(tray(role="manager"))
    for who in (VIEWER, ELIN):
        with pytest.raises(Forbidden):
            cues.mark(only(cues).id, "done", who)
    assert cues.mark(only(cues).id, "done", MAJA).by == "Maja"


def test_on_a_full_disk_nothing_is_marked_and_it_says_so() -> None:
    shop, cues = opened(tray())
    shop.memory.fill_the_disk()
    with pytest.raises(Unavailable):
        cues.mark(only(cues).id, "done", ELIN)
    assert only(cues).by is None
    assert shop.engine.told == []


def test_marks_survive_a_restart(tmp_path: Path) -> None:
    shop = Shop(now=local(11, 5))
    memory = open_memory(tmp_path, BUILT, NOON)
    memory.publish(plan_with(tray(at="11:00")), "Maja", "", MIDNIGHT, Entry("plan.published"))
    cues = StoreCues(memory, shop.engine, shop.clock)
    marked = cues.mark(only(cues).id, "done", ELIN)
    memory.close()
    again = open_memory(tmp_path, BUILT, NOON)
    assert only(StoreCues(again, shop.engine, shop.clock)) == marked
    again.close()


# ── the day of a store ──────────────────────────────────────────────────────────────


def night_shop(hours: str) -> Plan:
    return Plan.model_validate(document(store={**DOCUMENT["store"], "hours": hours}, dayparts=[
        {"id": "night", "name": "Night", "when": "22:00-02:00", "profile": "day"}]))


def test_hours_past_midnight_belong_to_the_day_they_began() -> None:
    plan = night_shop("Mo-Su 18:00-02:00")
    thursday = store_day(plan, date(2026, 4, 16))
    assert (thursday.start, thursday.end, thursday.closing) == (local(2), local(26), local(26))
    assert store_day_at(plan, local(25, 59)).date == date(2026, 4, 16)
    assert store_day_at(plan, local(26)).date == date(2026, 4, 17)


@pytest.mark.parametrize(("hours", "closing"), [("24/7", None), ("Mo-We 10:00-20:00", None),
                                                ("Mo-Fr 10:00-20:00", local(20))])
def test_else_a_day_is_from_midnight_to_midnight(hours: str, closing: datetime | None) -> None:
    thursday = store_day(night_shop(hours), date(2026, 4, 16))
    assert (thursday.start, thursday.end, thursday.closing) == (MIDNIGHT, local(24), closing)


def test_the_day_of_summer_time_has_its_hours() -> None:
    day = store_day(night_shop("Mo-Su 10:00-20:00"), date(2026, 3, 29))
    assert day.end - day.start == timedelta(hours=23)


def test_a_late_cue_of_a_bar_is_shown_past_midnight_until_it_closes() -> None:
    told = night_shop("Mo-Su 18:00-02:00").model_dump(mode="json")
    told["profiles"][0]["scene"]["cues"] = [tray(at="23:30")]
    shop = Shop(Plan.model_validate(told), MIDNIGHT)
    cues = StoreCues(shop.memory, shop.engine, shop.clock)
    shop.clock.move_to(local(24, 30))
    assert (cues.today(), only(cues).standing) == (date(2026, 4, 16), "late")
    shop.clock.move_to(local(26))
    assert (cues.today(), only(cues).standing) == (date(2026, 4, 17), "to-come")


def test_what_is_asked_is_worked_out_again_only_when_something_is_different() -> None:
    shop, cues = opened(tray(at="11:00"))
    first = cues._asked(shop.memory.plan_in_force(), store_day(shop.plan, date(2026, 4, 16)), frozenset())
    assert cues._asked(shop.memory.plan_in_force(), store_day(shop.plan, date(2026, 4, 16)), frozenset()) is first
