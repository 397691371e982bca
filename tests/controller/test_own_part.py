"""The store's own part beside what HQ says: whatever is published here or there, neither loses the other's."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from controller.calendars.store_calendar import StoreCalendar
from controller.errors import Conflict, Refused, Unavailable
from controller.hq.applying import REFUSED, Applied, put_alone, renew, renew_at_start, restored
from controller.hq.link.belonging import enrol as belong
from controller.hq.shelf import Shelf, Verdict
from controller.hq.store_ports import Kept, LinkedMemory
from controller.ownpart import Wanted, publish_own
from controller.planning import StorePlanning
from controller.ports import Entry, PlanVersion
from controller.storage.opening import FILE_NAME, open_memory
from controller.storage.tables import shelf as shelf_table
from controller.versions import StoreVersions
from profiles.composing import local_part
from profiles.plan import Plan
from tests.controller import shop as shops
from tests.controller.hq_press import KEY, KEYS, NOW, Said, halt
from tests.controller.memory_fake import FakeMemory
from tests.controller.shop import MAJA, Shop
from tests.controller.stored_memory import BUILT, enrolment, plan
from tests.controller.test_fitting import TIED, fresh, hollow, publishing, spring, with_campaign

DID = Entry("test.did")


def enrol(memory: LinkedMemory, organisation: str = "acme") -> None:
    raw = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
    memory.hq.enrol(replace(enrolment(organisation), keys=dict.fromkeys(KEYS, raw)), NOW, DID)


def shelf_of(memory: LinkedMemory) -> Shelf:
    found = restored(memory.hq)
    assert found is not None
    return found


def say(memory: LinkedMemory, *said: Said) -> None:
    """HQ says something, and the store keeps it; nothing is done about it yet."""
    shelf = shelf_of(memory)
    for topic, payload in said:
        taken = shelf.take(topic, payload, NOW)
        assert taken.verdict is Verdict.TAKEN
        assert taken.name is not None
        memory.hq.keep(Kept(taken.name, topic, payload))


def look(memory: LinkedMemory) -> Applied:
    """The store looks at what is on its disk, as at a start, and forgets what it does not need."""
    shelf = shelf_of(memory)
    found = renew(memory, shelf, NOW)
    assert found is not None
    shelf.forget(shelf.surplus())
    memory.hq.forget({each.name for each in memory.hq.shelf()} - shelf.names())
    return found


def put(memory: LinkedMemory, own: Plan, seen: int | None = None) -> PlanVersion:
    return publish_own(memory, Wanted(own, "", "Ida", (), seen), NOW)


def in_force(memory: LinkedMemory) -> PlanVersion:
    found = memory.plan_in_force()
    assert found is not None
    return found


def campaigns(plan: Plan) -> list[str]:
    return [campaign.id for campaign in plan.campaigns]


@pytest.fixture
def memory() -> FakeMemory:
    """A store with a plan that belongs to acme, which has said nothing yet."""
    made = FakeMemory()
    made.publish(plan(), "Ida", "first", NOW, DID)
    enrol(made)
    return made


# -- what HQ says comes and goes


def test_what_hq_says_is_in_force_and_the_stores_own_part_is_as_it_was(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))
    found = look(memory)
    assert found.is_new
    assert in_force(memory) == found.version
    assert campaigns(found.version.plan) == ["hq-spring"]
    assert found.version.own.digest == plan().digest
    assert (found.version.author, found.version.note) == ("HQ of acme", "from HQ: Spring, Fresh")
    assert memory.journal()[-1].kind == "plan.published"
    assert memory.journal()[-1].body["by"] == "HQ of acme"


def test_to_look_again_makes_no_version(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))
    first = look(memory)
    assert not look(memory).is_new
    assert renew_at_start(memory, NOW) is not None
    assert in_force(memory) == first.version


def test_a_manifest_without_documents_leaves_the_own_part_alone(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))
    look(memory)
    say(memory, *publishing(2))
    found = look(memory)
    assert found.version.local is None
    assert found.version.digest == plan().digest
    assert found.version.note == "no longer: Spring, Fresh"


def test_a_halt_ends_a_campaign_at_once(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))
    look(memory)
    say(memory, halt(1, {"hq-spring": 1}))
    found = look(memory)
    assert campaigns(found.version.plan) == []
    assert found.version.note == "no longer: Spring"


def test_a_manifest_that_does_not_fit_is_refused_once_in_the_record(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))
    before = look(memory).version
    say(memory, *publishing(2, spring(2), fresh(2), hollow()))
    for _ in range(3):
        found = look(memory)
        assert (found.version, found.is_new) == (before, False)
    said = [entry for entry in memory.journal() if entry.kind == REFUSED]
    assert len(said) == 1
    assert said[0].body["manifest"] == "1.2"
    assert any("hq-nowhere" in sentence for sentence in said[0].body["sentences"])  # type: ignore[attr-defined]


def test_a_store_that_belongs_to_nobody_is_left_alone(memory: FakeMemory) -> None:
    memory.hq.leave(NOW, DID)
    assert renew_at_start(memory, NOW) is None
    assert put(memory, plan("Renamed")).local is None


def test_who_is_cut_off_while_leaving_still_belongs_to_hq_and_can_leave_again(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))
    look(memory)
    put_alone(memory, "Ida", "left HQ", NOW)
    assert in_force(memory).local is None
    assert campaigns(in_force(memory).plan) == []
    assert renew_at_start(memory, NOW) is not None
    assert campaigns(in_force(memory).plan) == ["hq-spring"]
    put_alone(memory, "Ida", "left HQ", NOW)
    memory.hq.leave(NOW, DID)
    assert renew_at_start(memory, NOW) is None
    assert campaigns(in_force(memory).plan) == []


def test_nothing_of_one_hq_stays_in_the_plan_of_a_store_that_goes_to_another(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))
    look(memory)
    clock = Shop().clock
    belong(memory, replace(enrolment("acme"), once="again"), MAJA, clock)
    assert campaigns(in_force(memory).plan) == ["hq-spring"], "the same organisation with another bundle"
    belong(memory, enrolment("other"), MAJA, clock)
    assert campaigns(in_force(memory).plan) == []
    assert memory.hq.shelf() == []


def test_a_store_without_a_plan_has_nothing_to_put_hqs_part_into() -> None:
    memory = FakeMemory()
    enrol(memory)
    say(memory, *publishing(1, spring(), fresh()))
    assert renew(memory, shelf_of(memory), NOW) is None
    put(memory, plan())
    assert campaigns(look(memory).version.plan) == ["hq-spring"]


# -- people of the store publish


def test_what_people_publish_leaves_hqs_part_in_force(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))
    look(memory)
    made = put(memory, plan("Renamed"))
    assert (made.plan.store.name, campaigns(made.plan)) == ("Renamed", ["hq-spring"])
    assert made.own.digest == plan("Renamed").digest
    assert not look(memory).is_new


def test_who_publishes_what_is_there_already_makes_no_version(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))
    before = look(memory).version
    assert put(memory, plan()) == before


def test_what_does_not_go_together_with_hq_is_refused_and_says_why(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))
    before = look(memory).version
    with pytest.raises(Refused, match=r"does not go together with what HQ says.*\n.*Our own .* and Spring"):
        put(memory, with_campaign(plan(), **TIED))
    assert in_force(memory) == before
    assert campaigns(put(memory, with_campaign(plan(), **{**TIED, "priority": 61})).plan) == ["lokal", "hq-spring"]


def test_a_manifest_that_did_not_fit_comes_into_force_with_the_own_part_that_it_fits(memory: FakeMemory) -> None:
    put(memory, with_campaign(plan(), **TIED))
    say(memory, *publishing(1, spring(), fresh()))
    assert look(memory).fitted.refused
    assert campaigns(in_force(memory).plan) == ["lokal"]
    made = put(memory, plan())
    assert campaigns(made.plan) == ["hq-spring"]
    assert look(memory).fitted.refused == ()


def test_people_cannot_publish_a_manifest_away_by_making_it_unfit(memory: FakeMemory) -> None:
    """Also while the manifest before is still on the disk, because the store was cut off before it forgot it."""
    say(memory, *publishing(1, fresh()))
    look(memory)
    say(memory, *publishing(2, spring(), fresh(2)))
    renew(memory, shelf_of(memory), NOW)
    assert len([each for each in memory.hq.shelf() if each.name[0] == "manifest"]) == 2
    with pytest.raises(Refused, match="does not go together"):
        put(memory, with_campaign(plan(), **TIED))
    assert campaigns(in_force(memory).plan) == ["hq-spring"]


def test_versions_of_hqs_do_not_make_what_a_manager_has_seen_old(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))
    look(memory)
    made = put(memory, plan("Renamed"), seen=1)
    assert made.version == 3
    with pytest.raises(Conflict, match="Version 3 by Ida is in force, and you started from 2"):
        put(memory, plan("Renamed again"), seen=2)
    with pytest.raises(Conflict):
        put(memory, plan("Renamed again"), seen=9)


def test_ids_that_are_hqs_are_refused_where_they_stand(memory: FakeMemory) -> None:
    desk = StorePlanning(memory, Shop().engine, Shop().clock)
    stolen = with_campaign(plan(), **{**TIED, "id": "hq-spring"})
    with pytest.raises(Refused, match=r"campaigns\[0\]\.id: hq-spring begins with hq-"):
        desk.publish(stolen.model_dump(mode="json"), "", MAJA)
    assert in_force(memory).version == 1


def test_two_that_publish_at_once_lose_nothing(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))

    class Racing(FakeMemory):
        """While HQ's plan is made, a manager publishes; then the other way round."""

        meanwhile: list[Callable[[], object]]

        def publish(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            if self.meanwhile:
                self.meanwhile.pop()()
            return super().publish(*args, **kwargs)

    memory.__class__ = Racing
    assert isinstance(memory, Racing)
    memory.meanwhile = []
    memory.meanwhile.append(lambda: put(memory, plan("Renamed")))
    look(memory)
    assert (in_force(memory).own.store.name, campaigns(in_force(memory).plan)) == ("Renamed", ["hq-spring"])

    def hq_is_quicker() -> None:
        say(memory, *publishing(2, spring(2, priority=70), fresh(2)))
        look(memory)

    memory.meanwhile.append(hq_is_quicker)
    put(memory, plan("Renamed again"))
    found = in_force(memory)
    assert (found.own.store.name, found.plan.campaigns[0].priority) == ("Renamed again", 70)


def test_a_halt_that_is_taken_back_over_something_that_ties_leaves_the_plan_as_it_is(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()), halt(1, {"hq-spring": 1}))
    look(memory)
    put(memory, with_campaign(plan(), **TIED))
    say(memory, halt(2, {}))
    found = look(memory)
    assert (found.is_new, found.fitted.whole) == (False, False)
    assert [entry.body["manifest"] for entry in memory.journal() if entry.kind == REFUSED] == ["1.1"]
    with pytest.raises(Refused, match="does not go together"):
        put(memory, with_campaign(plan("Renamed"), **TIED))
    assert campaigns(put(memory, plan()).plan) == ["hq-spring"]


# -- a start, a torn shelf, a damaged disk


def test_a_store_cut_off_before_it_published_finds_hqs_part_at_its_start(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT, NOW)
    memory.publish(plan(), "Ida", "first", NOW, DID)
    enrol(memory)
    say(memory, *publishing(1, spring(), fresh()))
    memory.close()
    memory = open_memory(tmp_path, BUILT, NOW)
    found = renew_at_start(memory, NOW)
    assert found is not None
    assert campaigns(in_force(memory).plan) == ["hq-spring"]
    memory.close()


def test_a_torn_shelf_keeps_the_plan_and_is_whole_when_hq_has_said_it_again(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT, NOW)
    memory.publish(plan(), "Ida", "first", NOW, DID)
    enrol(memory)
    said = publishing(1, spring(), fresh())
    say(memory, *said)
    before = look(memory).version
    with memory.database.write() as connection:
        connection.execute(shelf_table.update().where(shelf_table.c.document == "hq-fresh").values(payload=b"torn"))
    assert renew_at_start(memory, NOW) is not None
    assert in_force(memory) == before
    with pytest.raises(Unavailable, match="not whole here"):
        put(memory, plan("Renamed"))
    say(memory, said[1])
    assert not look(memory).is_new
    assert campaigns(put(memory, plan("Renamed")).plan) == ["hq-spring"]
    memory.close()


def test_a_damaged_database_leaves_both_parts_in_the_plan(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT, NOW)
    memory.publish(plan(), "Ida", "first", NOW, DID)
    enrol(memory)
    say(memory, *publishing(1, spring(), fresh()))
    look(memory)
    memory.close()
    (tmp_path / FILE_NAME).write_bytes(b"damaged" * 5000)
    memory = open_memory(tmp_path, BUILT, NOW)
    assert renew_at_start(memory, NOW) is None
    assert campaigns(in_force(memory).plan) == ["hq-spring"]
    assert in_force(memory).own.digest == plan().digest
    memory.close()


def test_a_store_starts_though_it_cannot_be_read_to_whom_it_belongs(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))
    before = look(memory).version
    found = memory.hq.enrolment()
    assert found is not None
    memory.hq.enrol(replace(found, keys={"first": "no key"}), NOW, DID)
    assert renew_at_start(memory, NOW) is None
    assert in_force(memory) == before


def test_what_was_signed_with_a_former_key_is_still_on_the_shelf(memory: FakeMemory) -> None:
    say(memory, *publishing(1, spring(), fresh()))
    before = look(memory).version
    found = memory.hq.enrolment()
    assert found is not None
    memory.hq.enrol(replace(found, keys=enrolment().keys, former=found.keys), NOW, DID)
    assert renew_at_start(memory, NOW) is not None
    assert in_force(memory) == before
    assert shelf_of(memory).take(*spring(2), NOW).verdict is Verdict.REFUSED


# -- every way to publish changes only the own part


@pytest.fixture
def shop() -> Shop:
    """The shop, with a campaign of HQ's in force."""
    made = Shop()
    enrol(made.memory)
    say(made.memory, *publishing(1, spring(), fresh()))
    look(made.memory)
    return made


def test_to_go_back_brings_back_the_own_part_and_not_hqs(shop: Shop) -> None:
    desk = StorePlanning(shop.memory, shop.engine, shop.clock)
    past = StoreVersions(shop.memory, desk, shop.clock)
    desk.publish(shops.document(dayparts=[]), "without dayparts", MAJA)
    made = past.rollback(1, MAJA)
    assert made.own.digest == shops.plan().digest
    assert campaigns(made.plan) == ["hq-spring"]
    with pytest.raises(Refused, match="only what HQ says has changed"):
        past.rollback(1, MAJA)


def test_what_would_change_is_said_of_the_plan_with_hqs_part(shop: Shop) -> None:
    past = StoreVersions(shop.memory, StorePlanning(shop.memory, shop.engine, shop.clock), shop.clock)
    assert past.would_change(shops.document()).parts == ()
    found = past.would_change(shops.document(limits={"max_volume_pct": 60}))
    assert found.parts
    assert not any("Spring" in part for part in found.parts)


def test_a_calendar_that_is_taken_in_changes_the_own_part(shop: Shop) -> None:
    calendar = StoreCalendar(shop.memory, StorePlanning(shop.memory, shop.engine, shop.clock), shop.clock)
    taken = calendar.take_exceptions(
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
        b"SUMMARY:Stocktaking\r\nDTSTART;VALUE=DATE:20260518\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", MAJA)
    assert taken.added
    found = in_force(shop.memory)
    assert campaigns(found.plan) == ["hq-spring"]
    assert campaigns(found.own) == []
    assert found.own.store.exceptions == found.plan.store.exceptions != ()


# -- whatever happens, in whatever order


@dataclass(frozen=True)
class Told:
    """What a manifest of the story names, and the version of all of it."""

    named: frozenset[str]
    version: int

    def campaigns(self, withdrawn: int) -> list[str]:
        spring_is_halted = self.version <= withdrawn
        return [f"hq-{name}" for name in ("hollow", "spring") if name in self.named
                and not (name == "spring" and spring_is_halted)]

    def fits(self, own: Plan, withdrawn: int) -> bool:
        """No campaign without its profile, and none that ties with the store's own."""
        live = self.campaigns(withdrawn)
        return "hq-hollow" not in live and not ("hq-spring" in live and ("fresh" not in self.named or own.campaigns))


class StoreAndHq(RuleBasedStateMachine):
    """People publish, HQ publishes and halts, the store is cut off between any two steps."""

    PARTS = (plan(), plan("Renamed"), plan(brightness_pct=40), with_campaign(plan(), **TIED))

    @initialize()
    def begin(self) -> None:
        self.memory = FakeMemory()
        self.own = self.PARTS[0]
        self.memory.publish(self.own, "Ida", "", NOW, DID)
        enrol(self.memory)
        self.number, self.withdrawn, self.looked = 0, -1, True
        self.newest = self.stands = Told(frozenset(), 0)

    @rule(named=st.frozensets(st.sampled_from(["spring", "hollow", "fresh"])))
    def hq_publishes(self, named: frozenset[str]) -> None:
        self.number += 1
        makers = {"spring": spring, "hollow": hollow, "fresh": fresh}
        say(self.memory, *publishing(self.number, *(makers[name](self.number) for name in sorted(named))))
        self.newest, self.looked = Told(named, self.number), False

    @rule(version=st.integers(0, 9))
    def hq_halts(self, version: int) -> None:
        self.number += 1
        self.withdrawn, self.looked = max(version, self.withdrawn), False
        say(self.memory, halt(self.number, {"hq-spring": self.withdrawn}))

    @rule()
    def the_store_looks(self) -> None:
        look(self.memory)
        self.the_newest_that_fits_stands()
        self.looked = True

    @rule(number=st.integers(0, 3))
    def people_publish(self, number: int) -> None:
        self.the_newest_that_fits_stands()
        own = self.PARTS[number]
        fitting = [told for told in (self.newest, self.stands) if told.fits(own, self.withdrawn)]
        if not fitting:
            with pytest.raises(Refused, match="does not go together"):
                put(self.memory, own)
            return
        put(self.memory, own)
        self.own, self.stands, self.looked = own, fitting[0], True

    def the_newest_that_fits_stands(self) -> None:
        if self.newest.fits(self.own, self.withdrawn):
            self.stands = self.newest

    @invariant()
    def neither_part_is_lost(self) -> None:
        found = in_force(self.memory)
        assert found.own.digest == self.own.digest
        assert local_part(found.plan).digest == self.own.digest
        if self.looked:
            assert campaigns(found.plan) == campaigns(self.own) + self.stands.campaigns(self.withdrawn)
            assert [p.id for p in found.plan.profiles[1:]] == (["hq-fresh"] if "fresh" in self.stands.named else [])


TestStoreAndHq = StoreAndHq.TestCase
TestStoreAndHq.settings = settings(max_examples=8, stateful_step_count=14, deadline=None)
