"""`sinne hq …` as a stranger uses it: stores join and leave, keys, people; what it refuses, and with which status."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from controller.cli.commands import sinne
from controller.cli.hq_store import progress_words
from controller.hq.broker import FOLDER, HqAccounts
from controller.hq.enrolling import read_bundle
from controller.hq.founding import Reached, found
from controller.hq.rotation import Progress
from controller.hq.signing import KeyFile
from controller.settings import BUILD_DATE
from controller.storage.opening import open_memory
from tests.devices.brokers import need_mosquitto


class Shell:
    """Commands on a folder of HQ's."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "hq"

    def __call__(self, *words: object, code: int = 0, typed: str | None = None) -> Result:
        done = CliRunner().invoke(sinne, ["hq", *map(str, words)], input=typed,
                                  env={"SINNE_HQ_DATA": str(self.data), "COLUMNS": None})
        assert done.exit_code == code, (words, done.output, done.exception)
        assert "Traceback" not in done.output
        return done

    def json(self, *words: object) -> Any:
        return json.loads(self(*words, "--json").stdout)

    def founded(self, own: bool = True) -> None:
        """As after the first start of `sinne hq`."""
        memory = open_memory(self.data, BUILD_DATE)
        found(memory, "acme", datetime.now(UTC))
        memory.close()
        KeyFile(self.data).read_or_make()
        Reached("mqtt://127.0.0.1:1999", None, own).keep(self.data)


@pytest.fixture
def hq(tmp_path: Path) -> Shell:
    need_mosquitto()
    shell = Shell(tmp_path)
    shell.founded()
    return shell


def test_where_there_is_no_hq_every_command_says_how_to_begin(tmp_path: Path) -> None:
    for words in (["stores"], ["enrol", "nord"], ["rekey"], ["revoke", "nord"], ["token", "list"], ["web"]):
        said = Shell(tmp_path)(*words, code=1).output
        assert "There is no HQ in" in said
        assert "sinne hq --organisation NAME" in said
    assert not (tmp_path / "hq").exists()


def test_a_store_is_enrolled_again_and_revoked(hq: Shell, tmp_path: Path) -> None:
    out = tmp_path / "nord.json"
    said = hq("enrol", "nord", "--out", out).stdout
    assert "sinne store enrol nord.json" in said
    assert "listens on this machine alone" in said
    bundle = read_bundle(out)
    assert (bundle.organisation, bundle.store, bundle.username) == ("acme", "nord", "nord")
    assert set(bundle.keys) == {KeyFile(hq.data).read().name}
    assert out.stat().st_mode & 0o777 == 0o600
    assert "is there already" in hq("enrol", "nord", "--out", out, code=1).output
    hq("rekey", "nord", "--out", tmp_path / "again.json")
    assert read_bundle(tmp_path / "again.json").password != bundle.password
    [listed] = hq.json("stores")
    assert (listed["store"], listed["generation"], listed["stand"]) == ("nord", 2, "unheard")
    accounts = HqAccounts(hq.data / FOLDER)
    assert accounts.stores() == {"nord"}
    assert hq("revoke", "nord").stdout == "nord is revoked.\n"
    assert accounts.stores() == set()
    assert [each["store"] for each in hq.json("stores")] == ["nord"]
    assert "1 more was revoked" in hq("enrol", "syd", "--out", tmp_path / "syd.json").stdout + hq("stores").stdout
    assert "No store west is enrolled" in hq("revoke", "west", code=1).output


@pytest.mark.parametrize("name", ["hq", "Nord", "a+b", "-x", "_hq"])
def test_what_cannot_be_a_store_is_refused(hq: Shell, name: str) -> None:
    hq("enrol", "--", name, code=1)
    assert hq.json("stores") == []


def test_with_a_broker_of_somebody_elses_it_says_which_account_to_make(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.founded(own=False)
    said = shell("enrol", "nord", "--out", tmp_path / "nord.json").stdout
    assert "make the account nord" in said
    assert "sinne/v1/nord/up/#" in said
    assert "Take its account off" in shell("revoke", "nord").stdout


def test_a_change_of_keys_waits_for_the_publisher_and_wrong_use_is_told(hq: Shell) -> None:
    assert hq("rekey").stdout == "No change of keys goes on.\n"
    hq("rekey", "nord", "--all", code=2)
    hq("rekey", "--finish", code=2)
    hq("rekey", "--out", "x", code=2)
    hq("rekey", "nord", code=1)
    assert "It waits for the publisher" in hq("rekey", "--all").stdout
    assert hq.json("rekey") == {"changing": False, "told": [], "missing": []}


@pytest.mark.parametrize(("told", "missing", "said"), [
    ((), ("nord",), "No change of keys goes on. Still to confirm that they believe today's key alone: 1 of 1 stores. "
                    "They are asked when they are in touch."),
    (("nord", "syd"), (), "No change of keys goes on. Today's key alone is believed by every store (2).")])
def test_after_a_change_of_keys_it_is_said_who_has_still_to_confirm(
    told: tuple[str, ...], missing: tuple[str, ...], said: str,
) -> None:
    assert progress_words(Progress(False, told, missing)) == said


def test_people_and_programs(hq: Shell) -> None:
    word = "correct horse battery\n"
    assert "ada can sign in, as editor." in hq("account", "make", "ada", "--role", "editor", typed=word * 2).stdout
    assert [(each["name"], each["role"]) for each in hq.json("account", "list")] == [("ada", "editor")]
    hq("account", "make", "bo", "--role", "manager", code=2)
    assert len(hq("token", "make", "board", "--role", "approver").stdout.strip()) > 20
    assert [each["label"] for each in hq.json("token", "list")] == ["board"]
    hq("token", "revoke", "board")
    assert hq.json("token", "list")[0]["revoked"]


def test_wrong_use_of_hq_itself_is_told(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert "Name the organisation once" in shell("--panel", "http://127.0.0.1:0", code=1).output
    assert "small letters" in shell("--organisation", "Acme AB", "--panel", "http://127.0.0.1:0", code=1).output
    shell("--panel", "http://0.0.0.0:1", code=2)
    shell("--broker", "mqtt://x", "--broker-listen", "0.0.0.0", code=2)
    shell("--ca", "x", code=2)
    assert "no broker of its own" in shell("ingest", code=1).output
