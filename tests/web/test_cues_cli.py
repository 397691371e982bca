"""`sinne cues`: from a folder that sleeps, and from a store that runs."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from controller.cli.commands import sinne
from controller.cli.sources import Running, birth_of
from controller.ports import Actor
from profiles.limits import Person
from tests.web.cue_shop import CueShop
from tests.web.fakes import FakeAccounts
from web.app import make_app
from web.serving import Server

SHOP = Path(__file__).parents[2] / "profiles" / "library" / "stores" / "gotgatan.yaml"


def run(*words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(sinne, ["cues", *words], env={"COLUMNS": None})
    assert done.exit_code == code, (done.output, done.exception)
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    data = str(tmp_path_factory.mktemp("store") / "data")
    brought = CliRunner().invoke(sinne, ["import", str(SHOP), "--data", data])
    assert brought.exit_code == 0, brought.output
    return data


def test_a_day_of_a_store_that_sleeps_is_a_table(folder: str) -> None:
    lines = run("--data", folder, "--day", "2099-11-24").stdout.splitlines()
    assert lines[0].split() == ["Due", "Late", "from", "What", "Where", "Why", "Stands"]
    tray = next(line for line in lines if "tasting tray" in line)
    assert tray.split()[:2] == ["11:30", "11:50"]
    assert "Café counter" in tray
    assert tray.endswith("to come")


def test_the_same_for_programs(folder: str) -> None:
    found = json.loads(run("--data", folder, "--day", "2099-11-24", "--json").stdout)
    assert (found["day"], found["next_change"]) == ("2099-11-24", None)
    tray = next(cue for cue in found["cues"] if cue["cue"] == "tasting-tray")
    assert (tray["due"], tray["standing"], tray["once"]) == ("2099-11-24T10:30:00Z", "to-come", "store")
    assert json.loads(run("--data", folder, "--json").stdout)["open"] >= 0


def test_a_day_on_which_nobody_is_asked_says_so(folder: str) -> None:
    assert run("--data", folder, "--day", "2026-12-25").stdout == "Nobody is asked for anything on 2026-12-25.\n"


@pytest.mark.parametrize(("day", "code", "sentence"), [
    ("tomorrow", 2, "'tomorrow' is not a date such as 2026-12-24."), ("2026-02-30", 2, "is not a date"),
    ("2150-01-01", 1, "Days lie between the years 2000 and 2100."),
])
def test_a_day_that_is_none_is_refused(folder: str, day: str, code: int, sentence: str) -> None:
    assert sentence in run("--data", folder, "--day", day, code=code).stderr


def test_where_there_is_no_store_it_says_how_to_begin(tmp_path: Path) -> None:
    assert "Bring a plan in with" in run("--data", str(tmp_path), code=1).stderr


@pytest.fixture
def awake(tmp_path: Path) -> Iterator[tuple[CueShop, str]]:
    shop, accounts = CueShop(), FakeAccounts()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    services = shop.services(accounts)
    server = Server(make_app(services), services, "127.0.0.1", port)
    server.start()
    Running(pid=os.getpid(), url=f"http://127.0.0.1:{port}", token=accounts.give_token(Person.ADMINISTRATOR),
            broker="mqtt://127.0.0.1:1883", authority=None, born=birth_of(os.getpid())).leave(tmp_path)
    yield shop, str(tmp_path)
    server.stop()


@pytest.mark.real
def test_a_store_that_runs_tells_what_was_done_and_by_whom(awake: tuple[CueShop, str]) -> None:
    shop, folder = awake
    shop.cues.mark(shop.id_of("tray"), "done", Actor("Sara", Person.STAFF))
    tray = next(line for line in run("--data", folder).stdout.splitlines() if "tasting tray" in line)
    assert tray.endswith("done     Sara, 14:32")
    assert "Café counter" in tray
    assert json.loads(run("--data", folder, "--json").stdout)["open"] == 2
    assert "to come" in run("--data", folder, "--day", "2026-04-17").stdout
