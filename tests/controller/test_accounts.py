"""Who comes in, who does not, and what is kept of it."""

from __future__ import annotations

import json
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from controller.accounts import Accounts
from controller.errors import Conflict, Forbidden, NotFound, Refused, SinneError, Unavailable
from controller.passwords import HASHER, Hashing, advice, check_password
from controller.ports import Actor, Session
from controller.sessions import MOST_KEPT, Sessions
from controller.storage.opening import open_memory
from controller.throttling import ACCOUNT, SOURCE
from profiles.limits import HQ_ROLES, Person
from profiles.plan import Plan
from tests.controller.memory_fake import FakeMemory, SteeredClock
from tests.controller.shop import plan
from tests.controller.stored_memory import BUILT
from tests.patience import PATIENCE_S

#: Cheap parameters, for tests that are not about the hash.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
GOOD = "three blue lamps hum"
ROOT = Actor("command line", Person.ADMINISTRATOR)
HOME = "192.0.2.7"
DAY = timedelta(days=1)


class Door:
    """Accounts over a fake memory and a clock that is moved by hand."""

    def __init__(self, memory: FakeMemory | None = None) -> None:
        self.memory = memory if memory is not None else FakeMemory()
        self.clock = SteeredClock()
        self.accounts = self.restarted()

    def restarted(self) -> Accounts:
        """Another start of the program over the same memory."""
        return Accounts(self.memory.people, self.clock, self.memory.record, Hashing(QUICK), lambda: ["Drottninggatan"])

    def journal(self) -> str:
        """Everything that was recorded, as text."""
        return json.dumps([(entry.kind, entry.body) for entry in self.memory.journal()])

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.memory.journal()]

    def fail(self, name: str = "Ida", source: str = HOME) -> None:
        """One wrong password."""
        with pytest.raises(Forbidden):
            self.accounts.sign_in(name, "not the password", source)

    def waits(self, name: str = "Ida", source: str = HOME, password: str = GOOD) -> float:
        """The wait that is asked for, in seconds."""
        with pytest.raises(Unavailable, match="try again in") as asked:
            self.accounts.sign_in(name, password, source)
        return asked.value.retry_after_s


@pytest.fixture
def door() -> Door:
    door = Door()
    door.accounts.set_up(door.accounts.set_up_secret(), "Ida", GOOD)
    return door


# -- the first account


def test_the_first_account_needs_the_secret_of_this_start() -> None:
    door = Door()
    secret = door.accounts.set_up_secret()
    assert len(secret) >= 32
    assert door.accounts.set_up_needed()
    newer = door.restarted()
    with pytest.raises(Forbidden):
        newer.set_up(secret, "Ida", GOOD)
    with pytest.raises(Forbidden):
        newer.set_up("å" * 40, "Ida", GOOD)
    session = newer.set_up(newer.set_up_secret(), "Ida", GOOD)
    assert newer.actor_of_session(session) == Actor("Ida", Person.ADMINISTRATOR)
    assert not newer.set_up_needed()
    assert door.kinds() == ["set-up.refused", "set-up.refused", "account.set-up"]


def test_set_up_is_over_once_there_is_an_account(door: Door) -> None:
    with pytest.raises(Conflict):
        door.accounts.set_up_secret()
    with pytest.raises(Conflict):
        door.accounts.set_up("anything", "Eve", GOOD)


def test_of_many_set_ups_at_once_one_wins() -> None:
    door = Door()
    secret = door.accounts.set_up_secret()
    outcomes: list[type] = []

    def try_it(number: int) -> None:
        try:
            outcomes.append(type(door.accounts.set_up(secret, f"Person {number}", GOOD)))
        except SinneError as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kind.__name__ for kind in outcomes) == ["Conflict"] * 7 + ["str"]
    assert len(door.memory.people.accounts()) == 1


def test_workers_of_one_panel_agree_on_the_set_up_secret_until_it_is_used() -> None:
    door = Door()
    first, second = (Accounts(door.memory.people, door.clock, door.memory.record, Hashing(QUICK),
                              set_up_secret="one for both workers") for _ in range(2))
    assert first.set_up_secret() == second.set_up_secret()
    session = second.set_up("one for both workers", "Ida", GOOD)
    assert first.actor_of_session(session) is not None
    with pytest.raises(Conflict):
        first.set_up("one for both workers", "Ola", GOOD)


def test_a_flood_of_wrong_set_up_secrets_does_not_fill_the_journal() -> None:
    door = Door()
    for _ in range(50):
        with pytest.raises(Forbidden):
            door.accounts.set_up("wrong", "Eve", GOOD)
    assert len(door.memory.journal()) == 20


# -- passwords


@pytest.mark.parametrize("password", [
    "", "short", "1234567", "12345678", "password", "Password123!", "!!!qwertyuiop", "aaaaaaaaaaaaaaa",
    "aaaaaaaabbbbbbbb", "abcdefghij", "Drottninggatan2026", "ida-maria", "Välkommen1", "x" * 129])
def test_a_poor_password_is_refused_with_a_sentence(password: str) -> None:
    with pytest.raises(Refused, match="password") as refused:
        check_password(password, ["Drottninggatan", "Ida-Maria"])
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("password", [GOOD, "åtta ord", "a drawer of spoons", "🦊🐻🐼🐨🐯🦁🐮🐷", "correcthorsebattery",
                                      "x7y" * 42, "11-22-33-44-55", "Ida likes Drottninggatan"])
def test_any_other_password_is_accepted_whatever_it_is_composed_of(password: str) -> None:
    check_password(password, ["Drottninggatan", "Ida", "7-11"])


def test_fifteen_characters_are_advised() -> None:
    assert advice("a" * 14) is not None
    assert advice("a" * 15) is None


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_password_however_strange_does_more_than_be_refused(password: str) -> None:
    hashing = Hashing(QUICK)
    try:
        check_password(password, [password[:5]])
    except Refused:
        return
    assert hashing.matches(hashing.hash(password), password)


def test_a_password_is_the_same_on_another_keyboard() -> None:
    hashing = Hashing(QUICK)
    assert hashing.matches(hashing.hash("smörgåsbord"), "smo\u0308rga\u030asbord")
    assert hashing.matches(hashing.hash("å1" * 64), "a\u030a1" * 64)
    assert not hashing.matches(hashing.hash("å" * 128), "å" * 129)


def test_passwords_are_kept_as_argon2id_with_19_mib() -> None:
    encoded = Hashing().hash(GOOD)
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert HASHER.verify(encoded, GOOD)


def test_at_most_two_hashes_run_at_once() -> None:
    class Watched(PasswordHasher):
        running = most = 0
        lock = threading.Lock()

        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            with self.lock:
                Watched.running += 1
                Watched.most = max(Watched.most, Watched.running)
            meet.wait()
            try:
                return super().verify(hash, password)
            finally:
                with self.lock:
                    Watched.running -= 1

    meet = threading.Barrier(2, timeout=PATIENCE_S)
    hashing = Hashing(Watched(time_cost=1, memory_cost=8, parallelism=1))
    threads = [threading.Thread(target=hashing.matches, args=(None, GOOD)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Watched.most == 2


def test_an_old_hash_is_renewed_at_sign_in(door: Door) -> None:
    stronger = Accounts(door.memory.people, door.clock, door.memory.record,
                        Hashing(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)))
    stronger.sign_in("Ida", GOOD, HOME)
    account = door.memory.people.account("Ida")
    assert account is not None
    assert "m=16,t=2,p=1" in account.password_hash
    assert "account.rehashed" in door.kinds()
    assert stronger.sign_in("ida", GOOD, HOME)


# -- signing in


def test_a_sign_in_makes_a_session_and_ends_the_one_it_replaces(door: Door) -> None:
    first = door.accounts.sign_in("  IDA ", GOOD, HOME)
    second = door.accounts.sign_in("Ida", GOOD, HOME, replaces=first)
    assert first != second
    assert door.accounts.actor_of_session(first) is None
    assert door.accounts.actor_of_session(second) == Actor("Ida", Person.ADMINISTRATOR)
    assert door.restarted().actor_of_session(second) == Actor("Ida", Person.ADMINISTRATOR)


def test_a_wrong_name_and_a_wrong_password_get_the_same_sentence(door: Door) -> None:
    sentences = set()
    for name, password in (("Ida", "wrong password"), ("Nobody", GOOD), ("", GOOD), ("Ida\x00", GOOD),
                           ("x" * 5000, GOOD), ("\ud800", GOOD), ("Ida", GOOD + "x" * 5000), ("Ida", "")):
        with pytest.raises(Forbidden) as refused:
            door.accounts.sign_in(name, password, f"10.0.0.{len(sentences)}")
        sentences.add(str(refused.value))
        door.clock.pass_by(timedelta(hours=1))
    assert sentences == {"The name or the password is not right."}


def test_an_unknown_person_costs_a_hash_too() -> None:
    class Counting(PasswordHasher):
        verified = 0

        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            Counting.verified += 1
            return super().verify(hash, password)

    hashing = Hashing(Counting(time_cost=1, memory_cost=8, parallelism=1))
    assert not hashing.matches(None, "nobody has this password")
    assert not hashing.matches(None, "x" * 5000)
    assert Counting.verified == 2


def test_a_session_ends_after_twelve_idle_hours(door: Door) -> None:
    session = door.accounts.sign_in("Ida", GOOD, HOME)
    for _ in range(3):
        door.clock.pass_by(timedelta(hours=11))
        assert door.accounts.actor_of_session(session) is not None
    door.clock.pass_by(timedelta(hours=12, seconds=1))
    assert door.accounts.actor_of_session(session) is None
    door.clock.step(timedelta(hours=-12))
    assert door.accounts.actor_of_session(session) is None


def test_a_session_ends_after_seven_days_however_busy(door: Door) -> None:
    session = door.accounts.sign_in("Ida", GOOD, HOME)
    for _ in range(14):
        door.clock.pass_by(timedelta(hours=12))
        assert door.accounts.actor_of_session(session) is not None
    door.clock.pass_by(timedelta(seconds=1))
    assert door.accounts.actor_of_session(session) is None


def test_looking_is_written_down_at_most_once_a_minute(door: Door) -> None:
    written: list[Session] = []

    class Watched(type(door.memory.people)):  # type: ignore[misc]
        def put_session(self, session: Session) -> None:
            written.append(session)
            super().put_session(session)

    door.memory.people.__class__ = Watched
    session = door.accounts.sign_in("Ida", GOOD, HOME)
    for _ in range(125):
        door.accounts.actor_of_session(session)
        door.clock.pass_by(timedelta(seconds=1))
    assert len(written) == 3


def test_a_full_disk_signs_nobody_out(door: Door) -> None:
    session = door.accounts.sign_in("Ida", GOOD, HOME)
    door.clock.pass_by(timedelta(hours=1))
    door.memory.fill_the_disk()
    assert door.accounts.actor_of_session(session) is not None


def test_sign_out_and_revocation_end_sessions_at_once(door: Door) -> None:
    one, two, three = (door.accounts.sign_in("Ida", GOOD, HOME) for _ in range(3))
    door.accounts.sign_out(one)
    door.accounts.sign_out("never was one")
    assert [door.accounts.actor_of_session(secret) is None for secret in (one, two, three)] == [True, False, False]
    assert door.accounts.revoke_sessions("ida", Actor("Ida", Person.STAFF)) == 3  # with the one of the set-up
    assert door.accounts.actor_of_session(two) is None
    assert door.kinds()[-2:] == ["sign-out", "sessions.revoked"]


def test_each_session_has_its_own_form_secret(door: Door) -> None:
    one, two = (door.accounts.sign_in("Ida", GOOD, HOME) for _ in range(2))
    assert door.accounts.csrf_of(one) == door.restarted().csrf_of(one)
    assert door.accounts.csrf_of(one) != door.accounts.csrf_of(two)
    assert one not in door.accounts.csrf_of(one)


# -- growing delays


def test_after_some_failures_each_next_one_doubles_the_wait(door: Door) -> None:
    for _ in range(ACCOUNT.free):
        door.fail()
    waits = []
    for _ in range(10):
        waits.append(door.waits())
        door.clock.pass_by(timedelta(seconds=waits[-1]))
        door.fail()
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]


def test_the_right_password_is_not_looked_at_while_waiting_and_works_after_it(door: Door) -> None:
    for _ in range(ACCOUNT.free + 2):
        door.clock.pass_by(timedelta(minutes=6))
        door.fail()
    first = door.waits()
    for _ in range(50):
        assert door.waits(password="whatever it is") == first  # trying while waiting does not lengthen it
    door.clock.pass_by(timedelta(seconds=first))
    assert door.accounts.sign_in("Ida", GOOD, HOME)
    for _ in range(ACCOUNT.free):
        door.fail()


def test_the_wait_is_kept_across_a_restart(door: Door) -> None:
    for _ in range(ACCOUNT.free):
        door.fail()
    door.accounts = door.restarted()
    assert door.waits() == 1


def test_an_unknown_name_waits_like_a_known_one(door: Door) -> None:
    for _ in range(ACCOUNT.free):
        door.fail(name="Nobody")
    assert door.waits(name="Nobody") == 1


def test_one_source_waits_whichever_names_it_tries(door: Door) -> None:
    for number in range(SOURCE.free):
        door.fail(name=f"name {number}")
    assert door.waits(name="Ida") == 1
    assert door.accounts.sign_in("Ida", GOOD, "198.51.100.1")


def test_signing_in_oneself_does_not_wipe_out_failures_at_others(door: Door) -> None:
    for number in range(SOURCE.free):
        door.fail(name=f"name {number}")
        if number < SOURCE.free - 1:
            door.accounts.sign_in("Ida", GOOD, HOME)
    assert door.waits(name="Bo") == 1


def test_addresses_of_one_ipv6_network_are_one_source(door: Door) -> None:
    for number in range(SOURCE.free):
        door.fail(name=f"name {number}", source=f"2001:db8:1:1::{number:x}")
    assert door.waits(source="2001:db8:1:1:ffff::1") == 1
    assert door.accounts.sign_in("Ida", GOOD, "2001:db8:1:2::1")


def test_a_burst_of_parallel_attempts_is_counted(door: Door) -> None:
    outcomes: list[str] = []

    def guess() -> None:
        try:
            door.accounts.sign_in("Ida", "a wrong guess", HOME)
        except SinneError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=guess) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("Forbidden") == ACCOUNT.free
    assert outcomes.count("TooSoon") == 30 - ACCOUNT.free


def test_failures_are_forgotten_after_a_day_and_a_clock_set_back_makes_nobody_wait_for_years(door: Door) -> None:
    for _ in range(ACCOUNT.free + 8):
        door.clock.pass_by(timedelta(minutes=6))
        door.fail()
    assert door.waits() == pytest.approx(256)
    door.clock.step(-3650 * DAY)
    assert door.accounts.sign_in("Ida", GOOD, HOME)
    door.clock.step(3650 * DAY)
    for _ in range(ACCOUNT.free):
        door.fail()
    door.clock.pass_by(DAY + timedelta(seconds=1))
    door.fail()
    door.fail()


# -- accounts


def test_only_an_administrator_makes_accounts(door: Door) -> None:
    made = door.accounts.make_account("Bo", GOOD, Person.STAFF, ROOT)
    assert (made.name, made.person) == ("Bo", Person.STAFF)
    session = door.accounts.sign_in("bo", GOOD, HOME)
    assert door.accounts.actor_of_session(session) == Actor("Bo", Person.STAFF)
    with pytest.raises(Forbidden):
        door.accounts.make_account("Eva", GOOD, Person.STAFF, Actor("Bo", Person.MANAGER))
    with pytest.raises(Conflict):
        door.accounts.make_account("BO", GOOD, Person.STAFF, ROOT)
    assert [(one.name, one.password_hash) for one in door.accounts.accounts(ROOT)] == [("Bo", ""), ("Ida", "")]


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 61, "\u202eadI", "sinne", "Command Line",
                                  "token till", "\x00"])
def test_a_name_that_could_mislead_is_refused(door: Door, name: str) -> None:
    with pytest.raises(Refused):
        door.accounts.make_account(name, GOOD, Person.STAFF, ROOT)


def test_a_new_password_needs_the_old_one_and_ends_every_session(door: Door) -> None:
    door.accounts.make_account("Bo", GOOD, Person.STAFF, ROOT)
    bo = Actor("Bo", Person.STAFF)
    session = door.accounts.sign_in("Bo", GOOD, HOME)
    with pytest.raises(Forbidden, match="old password"):
        door.accounts.set_password("Bo", "another one of mine", bo, "wrong")
    with pytest.raises(Forbidden):
        door.accounts.set_password("Ida", "another one of mine", bo, GOOD)
    assert door.accounts.actor_of_session(session) == bo
    door.accounts.set_password("Bo", "another one of mine", bo, GOOD)
    assert door.accounts.actor_of_session(session) is None
    assert door.accounts.sign_in("Bo", "another one of mine", HOME)
    door.accounts.set_password("Bo", GOOD, ROOT)
    assert door.accounts.sign_in("Bo", GOOD, HOME)


def test_a_role_changes_at_once_but_one_administrator_stays(door: Door) -> None:
    door.accounts.make_account("Bo", GOOD, Person.STAFF, ROOT)
    session = door.accounts.sign_in("Bo", GOOD, HOME)
    with pytest.raises(Conflict):
        door.accounts.set_person("Ida", Person.STAFF, ROOT)
    door.accounts.set_person("Bo", Person.ADMINISTRATOR, ROOT)
    assert door.accounts.actor_of_session(session) == Actor("Bo", Person.ADMINISTRATOR)
    door.accounts.set_person("Ida", Person.VIEWER, ROOT)
    with pytest.raises(NotFound):
        door.accounts.set_person("Eva", Person.VIEWER, ROOT)


# -- tokens


def test_a_token_works_until_it_is_revoked(door: Door) -> None:
    secret = door.accounts.make_token("till display", Person.VIEWER, ROOT)
    assert secret.startswith("sinne_")
    assert door.accounts.actor_of_token(secret) == Actor("token till display", Person.VIEWER)
    assert door.restarted().actor_of_token(secret) is not None
    with pytest.raises(Conflict):
        door.accounts.make_token("till display", Person.VIEWER, ROOT)
    door.accounts.revoke_token("till display", ROOT)
    assert door.accounts.actor_of_token(secret) is None
    with pytest.raises(NotFound):
        door.accounts.revoke_token("till display", ROOT)
    again = door.accounts.make_token("till display", Person.VIEWER, ROOT)
    assert door.accounts.actor_of_token(again) is not None
    assert [token.revoked is not None for token in door.accounts.tokens()].count(True) == 1


@pytest.mark.parametrize("secret", ["", "sinne_", "sinne_wrong", "\ud800", "sinne_\x00", "x" * 100_000])
def test_what_is_no_token_stands_for_nobody(door: Door, secret: str) -> None:
    assert door.accounts.actor_of_token(secret) is None
    assert door.accounts.actor_of_session(secret) is None


def test_nobody_makes_a_token_above_their_own_role(door: Door) -> None:
    with pytest.raises(Forbidden):
        door.accounts.make_token("x", Person.ADMINISTRATOR, Actor("Bo", Person.MANAGER))
    with pytest.raises(Forbidden):
        door.accounts.make_token("x", Person.VIEWER, Actor("Bo", Person.STAFF))
    door.accounts.make_token("x", Person.ADMINISTRATOR, ROOT)
    with pytest.raises(Forbidden):
        door.accounts.revoke_token("x", Actor("Bo", Person.MANAGER))
    with pytest.raises(Refused):
        door.accounts.make_token("a\nb", Person.VIEWER, ROOT)


# -- what is kept


def test_everything_that_matters_is_recorded_and_no_secret_is_kept(tmp_path: Path) -> None:
    memory = open_memory(tmp_path, BUILT)
    clock = SteeredClock()
    accounts = Accounts(memory.people, clock, memory.record, Hashing(QUICK))
    set_up_secret = accounts.set_up_secret()
    session = accounts.set_up(set_up_secret, "Ida", GOOD)
    wrong = "my password in the field of the name"
    for name, password in (("Ida", "a wrong password"), (wrong, "")):
        with pytest.raises(Forbidden):
            accounts.sign_in(name, password, HOME)
    other = accounts.sign_in("Ida", GOOD, HOME)
    accounts.sign_out(other)
    token = accounts.make_token("till", Person.VIEWER, ROOT)
    accounts.revoke_token("till", ROOT)
    entries = [(entry.kind, entry.body.get("name")) for entry in memory.journal()]
    assert entries == [("account.set-up", "Ida"), ("sign-in.refused", "Ida"), ("sign-in.refused", None),
                       ("sign-in.done", "Ida"), ("sign-out", "Ida"), ("token.made", None), ("token.revoked", None)]
    memory.close()
    with sqlite3.connect(tmp_path / "store.sqlite3") as database:
        kept = "\n".join(database.iterdump())
    for secret in (set_up_secret, session, other, token, GOOD, "a wrong password", wrong):
        assert secret not in kept
    assert "argon2id" in kept


# ── a disk that takes nothing ───────────────────────────────────────────────────────


def test_a_full_disk_keeps_nobody_out():
    door = Door()
    door.accounts.set_up(door.accounts.set_up_secret(), "Ida", GOOD)
    door.memory.fill_the_disk()
    secret = door.accounts.sign_in("Ida", GOOD, HOME)
    found = door.accounts.actor_of_session(secret)
    assert found is not None
    assert found.name == "Ida"
    door.clock.pass_by(timedelta(hours=11))
    assert door.accounts.actor_of_session(secret) is not None
    door.clock.pass_by(timedelta(hours=13))
    assert door.accounts.actor_of_session(secret) is None


def test_a_full_disk_lets_nobody_guess_freely():
    door = Door()
    door.accounts.set_up(door.accounts.set_up_secret(), "Ida", GOOD)
    door.memory.fill_the_disk()
    for _ in range(ACCOUNT.free):
        door.fail()
    assert door.waits() > 0
    door.clock.pass_by(timedelta(seconds=400))
    assert door.accounts.sign_in("Ida", GOOD, HOME)


def test_a_session_of_a_full_disk_ends_with_its_password_and_moves_to_the_disk():
    door = Door()
    door.accounts.set_up(door.accounts.set_up_secret(), "Ida", GOOD)
    door.memory.fill_the_disk()
    first, second = (door.accounts.sign_in("Ida", GOOD, HOME) for _ in range(2))
    door.memory.make_room()
    door.clock.pass_by(timedelta(minutes=2))
    assert door.accounts.actor_of_session(first) is not None
    assert door.restarted().actor_of_session(first) is not None, "it was saved when it was used again"
    assert door.restarted().actor_of_session(second) is None
    door.accounts.set_password("Ida", "four green doors sing", ROOT)
    assert door.accounts.actor_of_session(first) is None
    assert door.accounts.actor_of_session(second) is None


def test_only_so_many_sessions_are_kept_beside_a_full_disk():
    memory = FakeMemory()
    memory.fill_the_disk()
    sessions, now = Sessions(memory.people), SteeredClock().now()
    for n in range(MOST_KEPT + 1):
        sessions.put(Session(f"key-{n}", "Ida", now, now + timedelta(seconds=n)))
    assert sessions.get("key-0") is None
    assert sessions.get("key-1") is not None


# -- roles of a store and of HQ


def test_a_store_gives_no_role_of_hq_and_hq_none_of_a_store(door: Door) -> None:
    with pytest.raises(Refused, match=r"There is no approver here\. The roles are viewer, staff, manager"):
        door.accounts.make_account("Ola", GOOD, Person.APPROVER, ROOT)
    with pytest.raises(Refused, match="There is no editor here"):
        door.accounts.make_token("writer", Person.EDITOR, ROOT)
    hq = Accounts(door.memory.people, door.clock, door.memory.record, Hashing(QUICK), roles=HQ_ROLES)
    hq.make_account("Ola", GOOD, Person.APPROVER, ROOT)
    with pytest.raises(Refused, match=r"There is no staff here\. The roles are viewer, editor, approver"):
        hq.set_person("Ola", Person.STAFF, ROOT)
    assert [a.person for a in hq.accounts(ROOT) if a.name == "Ola"] == [Person.APPROVER]


def test_a_plan_has_no_guardrail_for_a_role_of_hq() -> None:
    with pytest.raises(ValidationError, match="editor is a role at HQ; a store has viewer, staff, manager"):
        Plan.model_validate({**plan().model_dump(mode="json"), "guardrails": {"editor": {}}})
    assert Plan.model_validate({**plan().model_dump(mode="json"), "guardrails": {"staff": {}}}).guardrails
