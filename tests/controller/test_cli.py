"""The command line as a stranger uses it: what it answers, how it refuses, and with which exit status."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.brokers import Enrolling, Kept
from controller.cli.commands import COMMANDS, sinne
from controller.cli.owner import LOCAL, Asleep
from controller.cli.shown import as_table
from controller.cli.signals import ended_by_signals
from controller.cli.sources import Running, birth_of
from controller.cli.upkeep import renew_certificate, repeated
from controller.clock import SystemClock
from controller.desk import Choice
from controller.errors import Refused, Unavailable
from controller.planning import StorePlanning
from controller.settings import BUILD_DATE, BrokerListen, Listen, data_folder
from controller.storage.opening import open_memory
from controller.store.intake import LiveChanged, PlanChanged
from tests.patience import PATIENCE_S
from web.certificate import certificate_in

STORES = Path(__file__).parents[2] / "profiles" / "library" / "stores"
SHOP, CORNER = STORES / "gotgatan.yaml", STORES / "minimal.yaml"
WRONG = "store: {id: shop}\nfoo: 3\nzones:\n  - {id: a, kind: nonsense}\n"
MINE = [name for name in COMMANDS if name != "bench"]


class Shell:
    """A stranger's shell: commands on a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "a störe"

    def __call__(self, *words: object, code: int = 0, data: bool = True) -> Result:
        env = {"SINNE_DATA": str(self.data) if data else None, "COLUMNS": None}
        done = CliRunner().invoke(sinne, [str(word) for word in words], env=env)
        assert done.exit_code == code, (words, done.output, done.exception)
        assert "Traceback" not in done.output
        return done

    def json(self, *words: object, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code).stdout)

    def file(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def press(self, profile: str) -> None:
        memory = open_memory(self.data, BUILD_DATE)
        try:
            StorePlanning(memory, Asleep(), SystemClock()).press(("sales",), Choice(profile), "minutes:30", LOCAL)
        finally:
            memory.close()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store that SHOP was brought into: checking a year of it takes a second, copying it none."""
    first = Shell(tmp_path_factory.mktemp("imported"))
    first("import", SHOP)
    return first.data


@pytest.fixture
def shop(shell: Shell, imported: Path) -> Shell:
    shutil.copytree(imported, shell.data)
    return shell


# ── help ────────────────────────────────────────────────────────────────────────────


def pages() -> list[list[str]]:
    found = [[]]
    for name in MINE:
        command = sinne.get_command(click.Context(sinne), name)
        found += [[name], *([[name, each] for each in command.commands] if isinstance(command, click.Group) else [])]
    return found


@pytest.mark.parametrize("words", pages(), ids=" ".join)
def test_help_says_what_a_command_is_for_and_explains_every_option(words: list[str]) -> None:
    page = CliRunner().invoke(sinne, [*words, "--help"], terminal_width=100)
    assert page.exit_code == 0
    assert CliRunner().invoke(sinne, [*words, "-h"], terminal_width=100).output == page.output
    command: click.Command = sinne
    for word in words:
        command = command.get_command(click.Context(command), word)
    assert (command.help or "").split("\n")[0].endswith((".", ":"))
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_the_list_of_commands_cuts_no_sentence_short() -> None:
    lines = CliRunner().invoke(sinne, ["--help"], terminal_width=80).output.splitlines()
    listed = [line for line in lines if line.split() and line.split()[0] in MINE and line.startswith("  ")]
    assert len(listed) >= len(MINE)
    assert [line for line in listed if line.endswith("...")] == []


# ── refusals ────────────────────────────────────────────────────────────────────────


REFUSED = [
    (["nosuch"], 2, "No such command"),
    (["check"], 2, "Missing argument 'FILE'"),
    (["check", "a", "b"], 2, "unexpected extra argument"),
    (["check", "nosuch.yaml"], 1, "There is no file nosuch.yaml."),
    (["check", "/"], 1, "/ is a folder. Name a plan file in it."),
    (["check", "/dev/full"], 1, "more than 16 MiB"),
    (["import", "nosuch.yaml"], 1, "There is no file nosuch.yaml."),
    (["plan"], 1, "Bring a plan in with: sinne import FILE --data"),
    (["explain"], 2, "Missing argument 'ZONE'"),
    (["explain", "sales"], 1, "There is no store in"),
    (["export"], 1, "There is no store in"),
    (["devices"], 1, "There is no store in"),
    (["devices", "--credentials", "lamp"], 1, "There is no store in"),
    (["devices", "--zone", "a", "--identify", "b"], 2, "Ask one."),
    (["store"], 1, "There is no store in"),
    (["store", "--plan", "nosuch.yaml"], 1, "There is no file nosuch.yaml."),
    (["store", "--broker", "localhost"], 2, "starts with mqtt:// or mqtts://"),
    (["store", "--ca", "x.pem"], 2, "it needs --broker"),
    (["store", "--broker", "mqtts://b", "--ca", "nosuch.pem"], 2, "There is no file nosuch.pem."),
    (["store", "--broker", "mqtts://b", "--ca", str(SHOP)], 2, "not a file of certificates"),
    (["store", "--broker", "mqtt://b", "--broker-listen", "0.0.0.0"], 2, "Leave one out."),
    (["store", "--broker-listen", "0.0.0.0:many"], 2, "HOST:PORT"),
    (["store", "--panel", "8443"], 2, "https://HOST:PORT"),
    (["store", "--panel", "http://0.0.0.0:80"], 2, "Write https://0.0.0.0:80"),
    (["simulate", str(CORNER)], 2, "name its broker: --broker"),
    (["simulate", str(CORNER), "--broker", "mqtt://b:many"], 2, "its port is not a number"),
    (["simulate", str(CORNER), "--broker", "mqtt://b", "--only", "nix"], 2, "There is no device 'nix'"),
    (["plan", str(SHOP), "--data", "x"], 2, "not both"),
    (["plan", str(SHOP), "--day", "24.12.2026"], 2, "not a date such as 2026-12-24"),
    (["plan", str(SHOP), "--day", "2026-02-30"], 2, "not a date"),
    (["plan", str(SHOP), "--day", "0001-01-01"], 2, "too far away"),
    (["plan", str(SHOP), "--day", "9999-12-31"], 2, "too far away"),
    (["plan", str(SHOP), "--zone", "nix"], 1, "It has: window, entrance"),
    (["explain", "Sales", str(SHOP)], 1, "has no zone 'Sales'. It has: window"),
    (["explain", "sales", str(SHOP), "--at", "tomorrow"], 2, "not a time such as"),
    (["explain", "sales", str(SHOP), "--at", "25:00"], 2, "not a time such as"),
    (["explain", "sales", str(SHOP), "--at", "9999-12-31T23:59"], 2, "too far away"),
    (["explain", "sales", str(SHOP), "--at", "0001-01-01T00:00+14:00"], 2, "too far away"),
    (["token", "list"], 1, "There is no store in"),
    (["token", "make", "x", "--role", "king"], 2, "'king' is not one of"),
    (["cert"], 1, "There is no store in"),
]


@pytest.mark.parametrize(("words", "code", "part"), REFUSED, ids=[" ".join(words) for words, _, _ in REFUSED])
def test_a_refusal_is_a_sentence_and_a_status_and_leaves_nothing(
    shell: Shell, words: list[str], code: int, part: str
) -> None:
    done = shell(*words, code=code)
    assert part in done.stderr
    assert done.stdout == ""
    if code == 1:
        assert done.stderr.startswith("sinne: ")
        assert done.stderr.endswith((".\n", str(shell.data) + "'\n"))
    assert not (shell.data / "store.sqlite3").exists()


@pytest.mark.parametrize("text", [b"\xff\xfe\x00\x01", b"zones: [a, b\n", b"", b"\0\0", b"caf\xe9: 1\n"])
@pytest.mark.parametrize("command", ["check", "import", "plan"])
def test_what_is_no_plan_is_refused_wherever_it_is_named(shell: Shell, command: str, text: bytes) -> None:
    done = shell(command, shell.file("b.yaml", text), code=1)
    assert "b.yaml" in done.output
    assert not shell.data.exists()


@pytest.mark.parametrize("command", ["import", "plan", "explain sales", "store --plan"])
def test_every_error_of_a_plan_is_told_with_its_line_and_nothing_is_applied(shell: Shell, command: str) -> None:
    path = shell.file("wrong.yaml", WRONG)
    told = shell(*command.split(), path, code=1).stderr.splitlines()
    assert told[0].startswith(f"sinne: {path} has 7 errors")
    assert len(told) == 8
    assert all(line.startswith(f"{path}:") and line.split(":")[1].isdecimal() for line in told[1:])
    assert not shell.data.exists()


def test_what_only_the_whole_plan_shows_is_told_with_its_line_too(shell: Shell) -> None:
    text = CORNER.read_text().replace("profile: ", "profile: nix-", 1)
    told = shell("import", shell.file("odd.yaml", text), code=1).stderr
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "nix-" in row)
    assert f"odd.yaml:{line}:" in told


def test_a_data_folder_that_is_none_is_refused(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shell.file("file", "")
    assert "is a file" in shell("import", CORNER, "--data", path, code=1).stderr
    assert "cannot be made: Not a directory." in shell("import", CORNER, "--data", path / "sub", code=1).stderr
    assert "--data is empty" in shell("plan", "--data", "", code=1).stderr
    assert "Name it by its whole path." in shell("plan", "--data", "~no-such-user/x", code=1).stderr
    loop = shell.folder / "loop"
    loop.symlink_to(loop)
    assert "cannot be found" in shell("plan", "--data", loop, code=1).stderr


def test_the_data_folder_is_named_by_option_before_environment_before_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SINNE_DATA", raising=False)
    assert data_folder(None) == tmp_path / ".local/share/sinne"
    monkeypatch.setenv("SINNE_DATA", str(tmp_path / "env"))
    assert data_folder(None) == tmp_path / "env"
    assert data_folder(str(tmp_path / "option")) == tmp_path / "option"


@pytest.mark.parametrize("text", [
    "https://0.0.0.0", "https://:8443", "https://a:b", "https://a:99999", "https://a:1/x", "https://u@a:1", "ftp://a:1",
    "https://a b:1", ""])
def test_an_address_of_the_panel_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="https://HOST:PORT"):
        Listen.parse(text)


def test_an_address_of_the_panel_is_read() -> None:
    assert Listen.parse("https://0.0.0.0:8443") == Listen(True, "0.0.0.0", 8443)
    assert Listen.parse("http://[::1]:0/") == Listen(False, "::1", 0)
    assert Listen.parse("http://localhost:80") == Listen(False, "localhost", 80)


@pytest.mark.parametrize("text", ["", ":1883", "a:0", "a:b", "a:70000", "mqtt://a", "a/b", "u@a", "a b", "[::1"])
def test_a_place_for_the_broker_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="HOST:PORT"):
        BrokerListen.parse(text)


def test_a_place_for_the_broker_is_read() -> None:
    assert BrokerListen.parse("0.0.0.0") == BrokerListen("0.0.0.0", None)
    assert BrokerListen.parse("192.168.1.5:8884") == BrokerListen("192.168.1.5", 8884)
    assert BrokerListen.parse("[::]:8883") == BrokerListen("::", 8883)


# ── plans ───────────────────────────────────────────────────────────────────────────


def test_check_as_json_has_the_same_keys_for_good_and_bad(shell: Shell) -> None:
    good, bad = shell.json("check", SHOP), shell.json("check", shell.file("wrong.yaml", WRONG), code=1)
    assert set(good) == set(bad) == {"file", "ok", "digest", "findings"}
    assert good["ok"] is True
    assert bad["ok"] is False
    assert set(bad["findings"][0]) == {"level", "file", "line", "column", "field", "sentence"}
    assert {found["level"] for found in bad["findings"]} == {"error"}


def test_what_was_imported_is_exported_and_is_the_same_plan(shop: Shell) -> None:
    digest = shop.json("check", SHOP)["digest"]
    again = shop.file("again.yaml", shop("export").stdout)
    assert shop.json("check", again)["digest"] == digest
    assert "errors, no warnings" in shop("check", again).output
    as_json = shop.file("again.json", shop("export", "--json").stdout)
    assert shop.json("check", as_json)["digest"] == digest
    out = shop.folder / "out.yaml"
    assert "is in" in shop("export", "-o", out).stderr
    assert out.read_text() == again.read_text()
    assert "cannot be written" in shop("export", "-o", shop.folder, code=1).stderr
    assert "as version 1" in shop("import", again).output
    assert "as version 2" in shop("import", shop.file("b.yaml", SHOP.read_text().replace("Götgatan", "Söder"))).output


def test_a_plan_of_another_store_is_refused_and_the_one_in_force_stays(shop: Shell) -> None:
    before = shop("export").stdout
    told = shop("import", CORNER, code=1).stderr
    assert "the plan of the store corner-shop, and here is gotgatan" in told
    assert shop("export").stdout == before


def test_a_day_is_shown_for_people_and_for_programs(shop: Shell) -> None:
    shown = shop("plan", "--day", "2026-12-24").stdout
    assert "Thursday 24 December 2026 (Europe/Stockholm)" in shown
    assert "window" in shown
    assert "24:00" in shown
    day = shop.json("plan", "--day", "2027-03-28")
    assert set(day) == {"store", "timezone", "digest", "day", "start", "end", "segments"}
    assert (day["start"], day["end"]) == ("2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z")
    assert set(day["segments"][0]) == {"zone", "start", "end", "what", "rank", "because", "values", "layer", "others",
                                       "beat", "limits"}
    assert {segment["zone"] for segment in shop.json("plan", "--zone", "cafe")["segments"]} == {"cafe"}


def test_what_was_pressed_shows_in_the_folders_plan_and_not_in_the_files(shop: Shell) -> None:
    shop.press("evening-warm")
    explained = shop("explain", "sales").stdout
    assert "Evening warm" in explained.splitlines()[0]
    assert LOCAL.name in explained.splitlines()[1]
    assert {"override"} & {segment["rank"] for segment in shop.json("plan", "--zone", "sales")["segments"]}
    assert LOCAL.name not in shop("explain", "sales", SHOP).stdout


def test_explain_as_json_has_every_field_with_its_reason(shop: Shell) -> None:
    found = shop.json("explain", "sales", "--at", "2026-11-20T15:00")
    assert set(found) == {"zone", "at", "digest", "version", "what", "because", "until", "layer", "fields", "without",
                          "happened"}
    assert found["at"] == "2026-11-20T14:00:00Z"
    assert len(found["fields"]) == 14
    assert {frozenset(field) for field in found["fields"]} == {
        frozenset({"field", "value", "layer", "rank", "key", "mood", "by", "because", "beat", "limits", "until"})}


def test_explain_answers_as_a_colleague_would(shell: Shell) -> None:
    at = "2026-11-20T15:00"
    said = shell("explain", "sales", SHOP, "--at", at, "--without", "campaign:cold-months").stdout.splitlines()
    assert said[0] == "Sales floor at 2026-11-20 15:00 CET: Cedar in the air"
    assert said[1].startswith("Campaign Cedar for the cold months, until ")
    assert said[2] == ("Without campaign Cedar for the cold months it would be Clear day: scent low, Fresh linen "
                       "instead of low, Cedar and amber.")
    by_id = shell.json("explain", "sales", SHOP, "--at", at, "--without", "cold-months", "--sense", "scent")
    assert by_id["without"]["changes"] == ["scent.diffusion"]
    assert {field["field"] for field in by_id["fields"]} == {"scent.on", "scent.diffusion"}
    assert (by_id["layer"], by_id["version"], by_id["happened"]) == ("campaign:cold-months", None, None)
    assert shell.json("explain", "sales", SHOP, "--at", at, "--sense", "light")["layer"] == "daypart:day"


@pytest.mark.parametrize(("layer", "said"), [
    ("campaign:autumn", "There is no layer campaign:autumn there at that time. There is campaign:cold-months and"),
    ("weather:rain", "A layer is named by its rank and its id, such as campaign:spring"),
    ("default:sales", "cannot be taken away"),
])
def test_a_layer_that_cannot_be_thought_away_is_said(shell: Shell, layer: str, said: str) -> None:
    done = shell("explain", "sales", SHOP, "--at", "2026-11-20T15:00", "--without", layer, code=1)
    assert said in done.stderr


def test_of_the_past_it_tells_what_is_known(shop: Shell) -> None:
    """Nobody ran the store of this folder: its plan answers, and nothing is claimed of what happened."""
    said = shop("explain", "sales", "--at", "2026-01-20T15:00").stdout.splitlines()
    assert said[1].endswith("(plan 1)")
    assert said[2] == "Nothing was recorded of this zone up to that time."
    assert shop.json("explain", "sales", "--at", "2026-01-20T15:00")["happened"]["gap"] is True


def test_a_day_tells_what_lies_under_a_campaign(shell: Shell) -> None:
    said = shell("plan", SHOP, "--zone", "sales", "--day", "2026-11-20").stdout
    assert "Campaign Cedar for the cold months, over Day" in said
    (quiet,) = {segment["what"] for segment in shell.json("plan", SHOP, "--zone", "sales", "--day", "2026-11-24")[
        "segments"] if segment["rank"] == "quiet-hour"}
    assert "uiet" in quiet


@pytest.mark.parametrize(("at", "instant", "said"), [
    ("2027-03-28T02:30", "2027-03-28T01:00:00Z", "does not exist"),
    ("2027-03-28T03:30", "2027-03-28T01:30:00Z", ""),
    ("2026-10-25T02:30", "2026-10-25T01:30:00Z", "comes twice"),
    ("2026-10-25T02:30:15", "2026-10-25T01:30:15Z", "--at 2026-10-25T02:30+02:00"),
    ("2026-10-25T02:30+02:00", "2026-10-25T00:30:00Z", ""),
    ("2026-10-25T02:30+01:00", "2026-10-25T01:30:00Z", ""),
    ("2026-10-25", "2026-10-24T22:00:00Z", ""),
    ("2026-07-01T12:00Z", "2026-07-01T12:00:00Z", ""),
])
def test_an_instant_is_read_on_the_stores_clock_as_plans_are(shell: Shell, at: str, instant: str, said: str) -> None:
    done = shell("explain", "sales", SHOP, "--at", at, "--json")
    assert json.loads(done.stdout)["at"] == instant
    assert said in done.stderr
    assert bool(said) == bool(done.stderr)


def test_a_clock_time_alone_is_of_today(shell: Shell) -> None:
    at = datetime.fromisoformat(shell.json("explain", "sales", SHOP, "--at", "9:05")["at"])
    local = at.astimezone(datetime.now().astimezone().tzinfo)
    assert abs(local - datetime.now(UTC)) < timedelta(hours=36)
    assert at.minute == 5


@given(st.lists(st.lists(st.text("ab cé", max_size=30), min_size=3, max_size=3), min_size=1, max_size=6),
       st.integers(20, 120))
@settings(max_examples=80, deadline=None)
def test_a_table_fits_the_terminal_or_is_as_narrow_as_its_words(rows: list[list[str]], room: int) -> None:
    heads = ("One", "Two", "Three")
    shown = [n for n in range(3) if any(row[n] for row in rows)]
    table = as_table(heads, rows, room)
    least = sum(max(11, *(len(w) for row in rows for w in row[n].split()), 5) for n in shown) + 4
    assert all(len(line) <= max(room, least) for line in table.splitlines())
    assert [head for head in heads if head in table] == [heads[n] for n in shown]
    words = sorted(word for row in rows for word in row for word in word.split())
    assert sorted("\n".join(table.splitlines()[2:]).split()) == words


def test_a_table_for_a_pipe_has_a_line_for_each_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)  # workers of a parallel run have one
    rows = [("a", "word " * 60), ("b", "word " * 60)]
    assert len(as_table(("One", "Two"), rows).splitlines()) == 4
    assert len(as_table(("One", "Two"), rows, 80).splitlines()) > 4


# ── a store that runs, or did ───────────────────────────────────────────────────────


def note(**changes: Any) -> Running:
    me = os.getpid()
    mine = Running(me, "http://127.0.0.1:9", "sinne_x", "mqtt://127.0.0.1:1883", None, born=birth_of(me))
    return replace(mine, **changes)


def test_the_note_of_a_running_store_counts_while_its_process_lives(tmp_path: Path) -> None:
    note().leave(tmp_path)
    assert Running.of(tmp_path) == note()
    assert (tmp_path / "running.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("changes", [{"born": "1"}, {"pid": 2**22 + 5}, {"pid": -2**70}, {"pid": "x"}],
                         ids=["reused id", "gone", "far too large", "no number"])
def test_the_note_of_a_killed_store_does_not_count(tmp_path: Path, changes: dict[str, Any]) -> None:
    note(**changes).leave(tmp_path)
    assert Running.of(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '{"pid": 1}', "\udc00".encode("utf-8", "surrogatepass")])
def test_a_torn_note_does_not_count(tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / "running.json").write_bytes(text.encode() if isinstance(text, str) else text)
    assert Running.of(tmp_path) is None


def test_a_note_of_another_version_is_understood_as_far_as_it_goes(tmp_path: Path) -> None:
    note().leave(tmp_path)
    path = tmp_path / "running.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "something": "new"}))
    assert Running.of(tmp_path) == note()


def test_a_store_that_does_not_answer_is_a_sentence(shop: Shell) -> None:
    note().leave(shop.data)
    for words in (["devices"], ["import", SHOP], ["devices", "--identify", "x"]):
        assert "does not answer: [Errno 111] Connection refused." in shop(*words, code=1).stderr


def test_a_store_that_does_not_run_is_a_sentence(shop: Shell) -> None:
    told = shop("devices", code=1).stderr
    assert f"No store is running on {shop.data}. Start it with: sinne store --data '{shop.data}'" in told
    assert "name its broker" in shop("simulate", code=2).stderr


def test_credentials_are_refused_with_what_to_do(shop: Shell) -> None:
    assert "Start it without --broker" in shop("devices", "--credentials", "sales-player", code=1).stderr
    assert "It has: cafe-counter" in shop("devices", "--credentials", "nix", code=1).stderr
    (shop.data / "broker").mkdir()
    (shop.data / "broker" / "listen.json").write_text('{"port": 1883, "devices": "mqtt://127.0.0.1:1883"}')
    assert "has no account yet" in shop("devices", "--credentials", "sales-player", code=1).stderr
    note(broker="mqtt://me:secret@broker.shop:1883").leave(shop.data)
    told = shop("devices", "--credentials", "sales-player", code=1).stderr
    assert "uses the broker mqtt://broker.shop:1883, which is not its own" in told
    assert "secret" not in told


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"port": "x", "devices": ""}', '{"port": null}'])
def test_a_torn_note_of_the_brokers_port_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "listen.json").write_text(text)
    assert Kept.of(tmp_path) is None


class BrokerFake:
    """A broker that notes whom it was asked to let in."""

    def __init__(self, wrong: Exception | None = None) -> None:
        self.devices: list[str] = []
        self._wrong = wrong

    def add_devices(self, devices: Any) -> None:
        if self._wrong:
            raise self._wrong
        self.devices += devices


class TurningFake:
    """An engine that notes what it was told, and how many devices could get in by then."""

    revision = 7
    sight = wait_for_news = None

    def __init__(self, broker: BrokerFake) -> None:
        self.told: list[tuple[object, int]] = []
        self._broker = broker

    def tell(self, happening: object, timeout_s: float = 2.0) -> bool:
        self.told.append((happening, len(self._broker.devices)))
        return True


def test_devices_of_a_new_plan_have_accounts_before_the_engine_hears_of_it() -> None:
    broker = BrokerFake()
    engine = TurningFake(broker)
    turning = Enrolling(engine, broker, lambda: ["lamp-1", "lamp-2"])
    assert turning.tell(LiveChanged())
    assert turning.tell(PlanChanged())
    assert engine.told == [(LiveChanged(), 0), (PlanChanged(), 2)]
    assert turning.revision == 7


def test_a_full_disk_keeps_no_plan_from_the_engine() -> None:
    broker = BrokerFake(OSError(28, "No space left on device"))
    engine = TurningFake(broker)
    assert Enrolling(engine, broker, lambda: ["lamp-1"]).tell(PlanChanged())
    assert engine.told == [(PlanChanged(), 0)]


# ── tokens and certificates ─────────────────────────────────────────────────────────


def test_tokens_are_made_listed_and_ended(shop: Shell) -> None:
    assert "There are no tokens" in shop("token", "list").stdout
    secret = shop("token", "make", "till display", "--role", "staff").stdout.strip()
    assert secret.startswith("sinne_")
    assert "is a token named till display already" in shop("token", "make", "till display", code=1).stderr
    listed = shop("token", "list").stdout
    assert "till display" in listed
    assert secret not in listed
    assert "till display is revoked." in shop("token", "revoke", "till display").stdout
    assert "no token named till display" in shop("token", "revoke", "till display", code=1).stderr
    [found] = shop.json("token", "list")
    assert set(found) == {"label", "role", "made", "revoked"}
    assert found["role"] == "staff"
    assert found["revoked"] is not None


def test_the_stores_own_token_is_nobodys_to_take(shop: Shell) -> None:
    assert "store's own token" in shop("token", "make", "local-commands", code=1).stderr
    assert "store's own token" in shop("token", "revoke", "local-commands", code=1).stderr


def test_the_certificate_is_shown_and_stays(shop: Shell) -> None:
    found = shop.json("cert")
    assert set(found) == {"certificate", "sha256", "authority"}
    assert shop.json("cert") == found
    assert "install this on the tablets" in shop("cert").stdout


def test_a_certificate_is_installed_or_refused_whole(shop: Shell) -> None:
    own, other = (certificate_in(shop.folder / name, datetime.now(UTC), ["shop.example"]) for name in ("a", "b"))
    old = certificate_in(shop.folder / "old", datetime(2020, 1, 1, tzinfo=UTC), ["shop.example"])
    served = shop.json("cert")
    for chain, key, part in (
        ("nosuch.pem", own.key, "The file nosuch.pem is not there."), (shop.folder, own.key, "is a folder"),
        (own.chain, other.key, "cannot be used together"), (own.key, own.chain, "begin with a certificate"),
        (SHOP, own.key, "begin with a certificate"), (own.chain, SHOP, "certificate's private key"),
        (old.chain, old.key, "and not now."),
    ):
        assert part in shop("cert", "--install", chain, key, code=1).stderr
        assert shop.json("cert") == served
    done = shop("cert", "--install", own.chain, own.key).stdout
    assert "from its next start" in done
    assert own.fingerprint() in done
    assert shop.json("cert")["authority"] is None


def test_a_clock_behind_the_journal_makes_no_new_authority(shop: Shell) -> None:
    shop("cert")
    authority = (shop.data / "tls" / "authority.crt").read_bytes()
    made = x509.load_pem_x509_certificate(authority).not_valid_before_utc
    running = upkeep_of(shop.data, made - timedelta(days=3000), newest=made + timedelta(days=2))
    assert not renew_certificate(running, shop.data / "tls")
    assert (shop.data / "tls" / "authority.crt").read_bytes() == authority


def upkeep_of(folder: Path, now: datetime, newest: datetime | None = None, trusted: bool = True) -> Any:
    """As much of a running store as its upkeep looks at."""
    return SimpleNamespace(
        engine=SimpleNamespace(sight=lambda: SimpleNamespace(time_trusted=trusted)), broker=None,
        now=lambda: max(now, newest or now))


def test_a_certificate_near_its_end_is_renewed_under_the_same_authority(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    own = certificate_in(tmp_path, now)
    authority, first = own.authority.read_bytes(), own.fingerprint()
    assert not renew_certificate(upkeep_of(tmp_path, now + timedelta(days=700)), tmp_path)
    assert own.fingerprint() == first
    assert not renew_certificate(upkeep_of(tmp_path, now + timedelta(days=790), trusted=False), tmp_path)
    assert own.fingerprint() == first
    assert renew_certificate(upkeep_of(tmp_path, now + timedelta(days=790)), tmp_path)
    assert own.fingerprint() != first
    assert own.authority.read_bytes() == authority


def test_upkeep_goes_on_after_a_failure_and_ends_with_the_store() -> None:
    done, enough = [], threading.Event()

    def work() -> None:
        done.append(1)
        if len(done) == 1:
            raise OSError(28, "No space left on device")
        if len(done) == 2:
            raise Unavailable("Not now.")
        enough.set()

    before = threading.active_count()
    with repeated(work, 0.01):
        assert enough.wait(PATIENCE_S)
    assert threading.active_count() == before


# ── signals ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_good_order_and_the_old_answer_is_put_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with ended_by_signals() as ended:
        assert not ended.is_set()
        os.kill(os.getpid(), number)
        assert ended.wait(PATIENCE_S)
    assert signal.getsignal(number) == before


def test_a_second_ctrl_c_ends_it_at_once() -> None:
    with ended_by_signals() as ended:
        os.kill(os.getpid(), signal.SIGINT)
        assert ended.wait(PATIENCE_S)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_nohup_is_heeded() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_by_signals() as ended:
            signal.raise_signal(signal.SIGHUP)
            assert not ended.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)
