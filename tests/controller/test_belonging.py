"""Enrolling a store, leaving HQ, and what HQ may do here: by the use cases, and by commands."""

from __future__ import annotations

import json
import random

import pytest
from click.testing import CliRunner

from controller.cli.commands import sinne
from controller.errors import Forbidden, NotFound, Refused
from controller.hq.enrolling import Bundle, keys_in_text, write_bundle
from controller.hq.link.belonging import StoreBelonging
from controller.hq.link.chores import Host
from controller.hq.link.link import Link
from controller.hq.link.running import RunningLink
from controller.planning import StorePlanning
from controller.ports import Actor
from controller.settings import BUILD_DATE
from controller.storage.opening import open_memory
from devices.loopback import LoopbackBroker
from profiles.limits import Person
from profiles.starters import store_text
from tests.controller.hq_press import KEY
from tests.controller.shop import ELIN, Shop
from tests.patience import eventually

ADA = Actor("Ada", Person.ADMINISTRATOR)


def bundle(store="shop", **parts):
    return Bundle(**{"organisation": "acme", "store": store, "broker": "mqtt://hq.example", "username": store,
                     "password": "first-password", "keys": keys_in_text(KEY.public_key()), "once": "bundle-0001",
                     **parts})


def said(**parts):
    return bundle(**parts).model_dump(mode="json")


class Lines:
    """Makes links over a broker in memory."""

    def __init__(self, shop):
        self.broker, self.shop, self.made = LoopbackBroker(), shop, []

    def __call__(self, enrolment):
        planning = StorePlanning(self.shop.memory, self.shop.engine, self.shop.clock)
        host = Host(self.shop.memory, self.shop.engine, planning, self.shop.clock, lambda: True,
                    random.Random(1).uniform, "1.0")
        running = RunningLink(Link(enrolment, host, lambda named, will: self.broker.transport(
            f"sinne-store-{named.store}", will)), self.shop.clock)
        self.made.append(enrolment)
        return running


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
def belonging(shop):
    lines = Lines(shop)
    made = StoreBelonging(shop.memory, shop.clock, lambda _happening: None, lines)
    made.lines = lines
    yield made
    made.stop()


def test_a_store_that_is_enrolled_connects_at_once_and_says_so_in_plain_words(belonging, shop):
    belonging.start()
    assert belonging.shown() is None
    belonging.enrol(said(), "staff", ADA)
    eventually(lambda: belonging.shown().connected)
    assert belonging.shown().sentence.startswith("Connected to HQ (acme) since ")
    assert belonging.shown().grant == "staff"
    belonging.lines.broker.go_down()
    eventually(lambda: not belonging.shown().connected)
    assert "The store runs by itself with what it has." in belonging.shown().sentence
    belonging.lines.broker.come_back()
    eventually(lambda: belonging.shown().connected)
    assert shop.memory.hq.enrolment().organisation == "acme"


def test_it_is_there_again_after_a_restart_and_gone_after_leaving(belonging, shop):
    belonging.enrol(said(), "staff", ADA)
    belonging.stop()
    belonging.start()
    eventually(lambda: belonging.shown().connected)
    belonging.leave(ADA)
    assert belonging.shown() is None
    assert shop.memory.hq.enrolment() is None
    with pytest.raises(NotFound, match="sinne store enrol BUNDLE"):
        belonging.leave(ADA)


def test_what_is_wrong_with_a_bundle_leaves_everything_as_it_was(belonging, shop):
    for wrong, words in ((said(store="cafe"), "is for the store cafe, and here is shop"),
                         ({"sinne": "x"}, "another version"), ({}, "no enrolment bundle"),
                         ({**said(), "keys": {}}, "damaged")):
        with pytest.raises(Refused, match=words):
            belonging.enrol(wrong, "staff", ADA)
    with pytest.raises(Refused, match="HQ can have the rights of viewer, staff, manager here; administrator is none"):
        belonging.enrol(said(), "administrator", ADA)
    with pytest.raises(Forbidden):
        belonging.enrol(said(), "staff", ELIN)
    assert belonging.shown() is None
    assert shop.memory.hq.enrolment() is None
    assert belonging.lines.made == []


def test_a_grant_can_be_changed_while_the_store_runs(belonging, shop):
    with pytest.raises(NotFound):
        belonging.grant("manager", ADA)
    belonging.enrol(said(), "viewer", ADA)
    assert belonging.grant("manager", ADA).grant == "manager"
    assert shop.memory.hq.enrolment().grant is Person.MANAGER
    eventually(lambda: belonging.shown().grant == "manager")


def test_enrolling_again_takes_the_place_of_the_first(belonging, shop):
    belonging.enrol(said(), "staff", ADA)
    belonging.enrol(said(password="second-password", once="bundle-0002"), "staff", ADA)
    assert shop.memory.hq.enrolment().password == "second-password"
    belonging.grant("viewer", ADA)
    belonging.enrol(said(password="third-password", once="bundle-0003"), None, ADA)
    assert shop.memory.hq.enrolment().grant is Person.VIEWER, "what the store said stays, unless it says otherwise"
    belonging.enrol(said(organisation="other", once="bundle-0004"), None, ADA)
    assert shop.memory.hq.enrolment().grant is Person.STAFF
    eventually(lambda: belonging.shown().connected)


# -- by the commands


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shop.yaml").write_text(store_text("minimal"))
    assert run("import", str(tmp_path / "shop.yaml"), "--data", str(tmp_path / "store")).exit_code == 0
    return tmp_path / "store"


def run(*words):
    return CliRunner().invoke(sinne, list(words))


def remembered(folder):
    memory = open_memory(folder, BUILD_DATE)
    try:
        return memory.hq.enrolment(), [entry.kind for entry in memory.journal()]
    finally:
        memory.close()


def test_the_commands_enrol_grant_and_leave_a_store_that_does_not_run(folder, tmp_path):
    path = tmp_path / "corner.bundle"
    write_bundle(bundle("corner-shop"), path)
    done = run("store", "enrol", str(path), "--data", str(folder), "--grant", "viewer")
    assert done.exit_code == 0, done.output
    assert "belongs to HQ of acme now" in done.output
    assert "first-password" not in done.output
    assert remembered(folder)[0].grant is Person.VIEWER
    assert run("store", "grant", "manager", "--data", str(folder)).output == "HQ may choose here what manager may.\n"
    assert remembered(folder)[0].grant is Person.MANAGER
    assert run("store", "leave", "--data", str(folder)).exit_code == 0
    assert remembered(folder)[0] is None
    kinds = [kind for kind in remembered(folder)[1] if kind.startswith("hq.")]
    assert kinds == ["hq.enrolled", "hq.granted", "hq.left"]
    again = run("store", "leave", "--data", str(folder))
    assert (again.exit_code, "belongs to no HQ" in again.output) == (1, True)


def test_a_bundle_of_another_store_or_a_damaged_one_is_one_sentence(folder, tmp_path):
    other, broken = tmp_path / "other.bundle", tmp_path / "broken.bundle"
    write_bundle(bundle("cafe"), other)
    broken.write_text(json.dumps({**said(store="corner-shop"), "broker": "http://hq"}))
    for path, words in ((other, "is for the store cafe, and here is corner-shop"), (broken, "damaged at broker"),
                        (tmp_path / "none", "There is no file")):
        done = run("store", "enrol", str(path), "--data", str(folder))
        assert done.exit_code == 1
        assert words in done.output
        assert "first-password" not in done.output
    assert remembered(folder)[0] is None


def test_options_of_a_sub_command_come_after_its_name(folder):
    done = run("store", "--data", str(folder), "leave")
    assert done.exit_code == 2
    assert "come after its name" in done.output
