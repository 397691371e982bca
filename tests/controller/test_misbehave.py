"""`sinne misbehave` and the note that it finds a simulator by: words in, words out, exit status."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from controller.cli.commands import sinne
from controller.cli.living import Simulating, belief_beside, latency
from controller.cli.sources import birth_of
from controller.living.belief import OrdersBelief
from devices.address import BrokerAddress
from tests.controller.living_shop import LivingShop, corner_plan
from web.serving import Server
from web.simulator_app import make_simulator_app
from web.simulator_context import SimulatorServices


class Bench:
    """A simulator's page on a port, its note in a folder, and the command beside it."""

    def __init__(self, folder: Path) -> None:
        self.shop, self.folder = LivingShop(corner_plan()), folder
        services = SimulatorServices(self.shop.living, Path("/nonexistent"))
        self.server = Server(make_simulator_app(services), services, "127.0.0.1", 0)
        self.server.start()
        Simulating(os.getpid(), self.server.url, birth_of(os.getpid())).leave(folder)

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(sinne, ["misbehave", *words, "--data", str(self.folder)], env={"COLUMNS": None})

    def truth(self, device: str) -> dict[str, Any]:
        return self.shop.fleet.truth()[device]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    found = Bench(tmp_path)
    found.shop.order("ceiling", {"on": True, "brightness_pct": 60, "kelvin": 3000})
    yield found
    found.server.stop()


def test_alone_it_lists_every_device_and_what_is_wrong(bench: Bench) -> None:
    bench.shop.fleet.drift("ceiling", {"brightness_pct": 10})
    said = bench()
    assert said.exit_code == 0
    line = next(line for line in said.output.splitlines() if line.startswith("ceiling"))
    assert "drifting" in line
    assert "On, 9.84 %, 3000 K" in line
    assert "mqtt://broker.example:1883: up." in said.output
    assert json.loads(bench("--json").output)["devices"][0]["id"] == "ceiling"


def test_verbs_reach_the_hardware_and_say_what_was_done(bench: Bench) -> None:
    done = bench("unplug", "ceiling", "speaker")
    assert done.output.splitlines() == ["ceiling is unplugged.", "speaker is unplugged."]
    assert not bench.truth("ceiling")["powered"]
    assert bench("mend").output == "Everything is mended.\n"
    bench("drift", "ceiling", "--to", "brightness_pct=10", "--to", "kelvin=5000", "--tells")
    assert bench.truth("ceiling")["kelvin"] == 5000
    bench("switch", "fire", "--to", "active=on")
    assert bench.truth("fire")["active"] is True
    assert "answers 0.5 to 3 s late" in bench("slow-down", "ceiling", "--late", "0.5..3").output
    bench("fill", "mist", "--ml", "33")
    assert bench.truth("mist")["ml_left"] == 33
    assert bench("broker-down", "--for", "900").output == "The broker is down for 900 s.\n"
    assert bench("broker-up", "--json").output.startswith("{")
    assert bench.shop.living.shown().done[0].by == "by command"


@pytest.mark.parametrize(("words", "code", "sentence"), [
    (["explode", "ceiling"], 2, "There is no 'explode'. There are: unplug,"),
    (["unplug"], 2, "Name the device that is to unplug."),
    (["unplug", "ceiling", "--ml", "3"], 2, "--ml does not go with unplug."),
    (["--to", "on=off"], 2, "--to does not go with the list."),
    (["drift", "ceiling", "--to", "brightness"], 2, "'brightness' is not WORD=VALUE"),
    (["drift", "ceiling", "--to", "brightness_pct=much"], 2, "'much' is not a number for brightness_pct."),
    (["slow-down", "ceiling", "--late", "late"], 2, "'late' is not seconds"),
    (["slow-down", "ceiling", "--late", "3..1"], 2, "The first is the least"),
    (["unplug", "ceiling", "--for", "3"], 2, "--for is of broker-down."),
    (["broker-down", "ceiling"], 2, "broker-down is of the broker and takes no device."),
    (["unplug", "nix"], 1, "sinne: There is no device nix here."),
    (["lie", "fire"], 1, "sinne: fire is a contact, and a contact cannot lie."),
    (["broker-up"], 1, "sinne: The broker is not down."),
    (["--at", "ftp://x"], 2, "is not the address of a simulator's page"),
    (["--at", "http://127.0.0.1:9"], 1, "sinne: The simulator at http://127.0.0.1:9 does not answer"),
])
def test_what_cannot_be_is_one_sentence_with_its_exit_status(
    bench: Bench, words: list[str], code: int, sentence: str,
) -> None:
    said = bench(*words)
    assert said.exit_code == code
    assert sentence in said.stderr
    assert "Traceback" not in said.output


def test_a_device_whose_id_is_an_address_is_reached_and_not_mistaken_for_a_path(bench: Bench) -> None:
    said = bench("unplug", "../mend")
    assert said.exit_code == 1
    assert bench.truth("ceiling")["powered"]


def test_a_note_of_a_process_that_is_gone_does_not_count(tmp_path: Path) -> None:
    assert Simulating.of(tmp_path) is None
    Simulating(os.getpid(), "http://127.0.0.1:1", "another birth").leave(tmp_path)
    assert Simulating.of(tmp_path) is None
    mine = Simulating(os.getpid(), "http://127.0.0.1:1", birth_of(os.getpid()))
    mine.leave(tmp_path)
    assert Simulating.of(tmp_path) == mine
    assert (tmp_path / "simulator.json").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["simulator.json"]
    for nonsense in ("", "[]", "{}", '{"pid": "x", "url": 3}', '{"pid": 99999999999999999999, "url": ""}'):
        (tmp_path / "simulator.json").write_text(nonsense)
        assert Simulating.of(tmp_path) is None
    mine.leave(tmp_path)
    mine.take_away(tmp_path)
    assert list(tmp_path.iterdir()) == []
    said = CliRunner().invoke(sinne, ["misbehave", "--data", str(tmp_path)])
    assert (said.exit_code, said.stderr.startswith("sinne: No simulator runs on")) == (1, True)


def test_latency_is_a_number_or_two() -> None:
    assert (latency(None), latency("0.2"), latency("0.05..0.3")) == ((0, 0), (0.2, 0.2), (0.05, 0.3))


def test_without_a_store_beside_it_only_orders_are_believed(tmp_path: Path) -> None:
    belief = belief_beside(tmp_path, "corner-shop", BrokerAddress("127.0.0.1", 9))
    try:
        assert isinstance(belief, OrdersBelief)
        assert "No store that can be asked" in belief.sentence()
    finally:
        belief.close()
