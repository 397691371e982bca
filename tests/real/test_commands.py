"""Commands as real processes: a store with its own broker beside them, signals, pipes, and what is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from controller.brokers import own_broker
from devices.broker import Mosquitto
from devices.machine import free_port
from devices.mosquitto_conf import Listen
from tests.patience import PATIENCE_S, eventually
from tests.real.floor import Floor
from tests.real.shop import MOSQUITTO, MOSQUITTO_SUB, PLAN, SINNE, left_behind
from web.certificate import certificate_in

pytestmark = pytest.mark.real


def end_well(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
    family = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
    process.send_signal(number)
    assert process.wait(PATIENCE_S) == 0
    eventually(lambda: not left_behind(family), "no process is left")


def hears_its_order(device: str, account: dict, port: int, *more: object) -> bool:
    """Whether a client with this account gets the device's desired from the store's own broker."""
    if MOSQUITTO_SUB is None:
        pytest.skip("mosquitto_sub is not installed")
    host = account["broker"].split("://")[1].rsplit(":", 1)[0]
    seen = subprocess.run(
        [MOSQUITTO_SUB, "-h", host, "-p", str(port), "-u", account["username"], "-P", account["password"],
         "-t", f"{account['topics']}/desired", "-C", "1", "-W", "10", *map(str, more)],
        capture_output=True, timeout=PATIENCE_S, check=False)
    return seen.returncode == 0 and b'"rev"' in seen.stdout


def test_a_store_and_the_commands_beside_it(shop: Floor) -> None:
    store = shop.store()
    words = shop.said()
    port = shop.port
    assert f"Its own broker is at mqtt://127.0.0.1:{port}, for this machine." in words
    assert "The panel is at http://127.0.0.1:" in words
    assert f"sinne devices --credentials ID --data '{shop.data}'" in words

    simulator = shop.start("simulate")
    eventually(shop.settled, "all is well")
    devices = shop.devices()
    assert {device["standing"] for device in devices} == {"reported"}
    assert "6 devices, 6 as they should be." in shop.ask("devices").stdout
    assert max(map(len, shop.ask("devices", COLUMNS="100").stdout.splitlines())) <= 100
    assert shop.ask("devices", "--identify", "player-1").stdout == "player-1 was asked to show itself.\n"

    # A plan that is brought in takes effect at once, and its new device can come in.
    assert "as version 1" in shop.ask("import", shop.plan).stdout
    longer = shop.folder / "longer.yaml"
    longer.write_text(PLAN.replace("brightness_pct: 70", "brightness_pct: 66")
                      + "  - {id: lamp-new, kind: light, zones: [cafe]}\n")
    assert "Shop runs it now, as version 2." in shop.ask("import", longer, "--note", "brighter, fr\u00e5n i dag").stdout
    assert "66 %" in shop.ask("explain", "sales").stdout
    eventually(lambda: [d for d in shop.seen() if d["id"] == "lamp-1"
                        and abs(d["desired"]["brightness_pct"] - 66) < 1], "lamp-1 is told the new plan")
    account = json.loads(shop.ask("devices", "--credentials", "lamp-new", "--json").stdout)
    assert set(account) == {"device", "broker", "username", "password", "topics", "authority"}
    assert hears_its_order("lamp-new", account, port)
    assert not hears_its_order("lamp-new", {**account, "password": "guessed"}, port)
    assert account["password"] not in shop.said()
    assert "_zigbee2mqtt" in shop.ask("devices", "--credentials", "zigbee-1").stdout

    # A key works at once, and ends at once.
    secret = shop.ask("token", "make", "till").stdout.strip()
    assert shop.api("GET", "/zones", secret) == 200
    assert shop.api("POST", "/stop", secret, {"reason": "x"}) == 403
    own = shop.note()["token"]
    assert shop.api("POST", "/zones/sales/override", own, {"profile": "warm", "until": "minutes:30"}) in (200, 201)
    assert "Warm" in shop.ask("explain", "sales").stdout.splitlines()[0]
    shop.ask("token", "revoke", "till")
    assert shop.api("GET", "/zones", secret) == 401

    refused = shop.ask("store", "--panel", "http://127.0.0.1:0", code=1).stderr
    assert f"Another sinne store is running on this data folder (pid {store.pid})" in refused
    end_well(simulator, signal.SIGINT)
    native = [device["id"] for device in devices if device["dialect"] == "native"]
    eventually(lambda: all(d["online"] is False for d in shop.seen() if d["id"] in native), "all are gone")
    end_well(store)
    assert not (shop.data / "running.json").exists()
    assert "No store is running" in shop.ask("devices", code=1).stderr

    # The port stays, and where somebody else has it, that is said.
    store = shop.store()
    assert shop.kept()["port"] == port
    end_well(store, signal.SIGHUP)
    with socket.create_server(("127.0.0.1", port)):
        told = shop.ask("store", "--panel", "http://127.0.0.1:0", code=1).stderr
    assert f"The broker cannot listen on 127.0.0.1:{port}: Address already in use." in told


def test_a_running_store_goes_back_to_an_earlier_version_at_once(shop: Floor) -> None:
    store = shop.store()
    warm = shop.folder / "warm.yaml"
    warm.write_text(PLAN.replace("brightness_pct: 70, kelvin: 3500", "brightness_pct: 45, kelvin: 3500"))
    assert "light 70 → 45 %" in shop.ask("diff", warm, code=1).stdout
    shop.ask("import", warm, "--note", "warmer")
    assert "light 70 → 45 %" in shop.ask("diff", code=1).stdout
    told = shop.ask("rollback", 1).stdout
    assert "Version 1 is in force again, as version 3" in told
    assert json.loads(shop.ask("diff", 1, 3, "--json").stdout)["felt"] == []
    assert [v["note"] for v in json.loads(shop.ask("versions", "--json").stdout)["versions"]][:2] == [
        "back to version 1", "warmer"]
    assert "Version 3 is in force already" in shop.ask("rollback", 3, code=1).stderr
    end_well(store)


def test_a_killed_store_is_not_taken_for_one_that_runs(shop: Floor) -> None:
    store = shop.store()
    store.kill()
    store.wait(PATIENCE_S)
    note = shop.note()
    assert "No store is running" in shop.ask("devices", code=1).stderr
    (shop.data / "running.json").write_text(json.dumps({**note, "pid": os.getpid()}))
    assert "No store is running" in shop.ask("devices", code=1).stderr
    assert "is in" in shop.ask("import", shop.plan).stdout
    end_well(shop.store())


def test_devices_of_the_network_come_in_with_tls_and_an_account(shop: Floor) -> None:
    port = free_port()
    store = shop.store("--broker-listen", f"0.0.0.0:{port}")
    account = json.loads(shop.ask("devices", "--credentials", "lamp-1", "--json").stdout)
    assert account["broker"] == f"mqtts://{socket.gethostname().lower()}:{port}"
    assert hears_its_order("lamp-1", account, port, "--cafile", account["authority"])
    assert not hears_its_order("lamp-1", {**account, "password": "guessed"}, port, "--cafile", account["authority"])
    assert not hears_its_order("lamp-1", account, port)
    end_well(store)
    with socket.create_server(("127.0.0.1", port)):
        told = shop.ask("store", "--panel", "http://127.0.0.1:0", "--broker-listen", f"127.0.0.1:{port}", code=1).stderr
    assert f"127.0.0.1:{port}: Address already in use." in told


def test_a_broker_that_is_not_there_is_waited_for(shop: Floor) -> None:
    url = f"mqtt://127.0.0.1:{free_port()}"
    store = shop.store("--broker", url)
    assert f"The broker is {url}." in shop.said()
    assert shop.ask("devices", code=1).stdout.splitlines()[-1].startswith("6 devices, ")
    assert f"uses the broker {url}" in shop.ask("devices", "--credentials", "lamp-1", code=1).stderr
    end_well(store)
    simulator = shop.start("simulate", shop.plan, "--broker", url)
    eventually(lambda: "Ctrl-C ends them." in shop.said("simulate"), "they have begun")
    end_well(simulator, signal.SIGINT)


def test_a_panels_port_that_is_taken_is_a_sentence(shop: Floor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = shop.ask("store", "--panel", f"http://127.0.0.1:{port}", code=1).stderr
    assert f"Port {port} on 127.0.0.1 is taken by another program." in told
    assert not (shop.data / "running.json").exists()


def reads_libraries(pid: int) -> bool:
    """Whether `sinne` is past Python's own start, where nobody could answer: it has an extension loaded."""
    return ".cpython-" in Path(f"/proc/{pid}/maps").read_text()


@pytest.mark.parametrize(("moment", "number"), [
    ("", signal.SIGINT), ("store.pid", signal.SIGTERM), ("broker/mosquitto.conf", signal.SIGINT),
    ("running.json", signal.SIGTERM),
], ids=["at once", "folder taken", "broker starting", "up"])
def test_it_can_be_ended_at_any_moment_of_its_start(shop: Floor, moment: str, number: signal.Signals) -> None:
    store = shop.start("-v", "store", "--panel", "http://127.0.0.1:0")
    with (shop.folder / "-v.log").open() as log:
        if moment:
            eventually((shop.data / moment).exists, moment)
        else:
            eventually(lambda: reads_libraries(store.pid), "it loads")
        family = [store.pid, *(child.pid for child in psutil.Process(store.pid).children(recursive=True))]
        store.send_signal(number)
        ended = store.wait(PATIENCE_S)
        said = log.read()
        assert ended in ((0,) if moment else (0, 130, -number)), said
        eventually(lambda: not left_behind(family), "no process is left")
    assert "Traceback" not in said
    assert not moment or "Ending." in said
    assert not (shop.data / "running.json").exists()


def test_output_that_nobody_reads_or_that_cannot_be_shown_is_no_traceback(floor: Floor) -> None:
    floor.ask("import", floor.plan)
    shell = {**os.environ, "SINNE_DATA": str(floor.data)}
    read, write = os.pipe()
    os.close(read)
    try:
        closed = subprocess.run([SINNE, "plan"], stdout=write, stderr=subprocess.PIPE, env=shell, check=False)
    finally:
        os.close(write)
    assert (closed.returncode, closed.stderr) == (1, b"")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([SINNE, "plan"], stdout=full, stderr=subprocess.PIPE, env=shell, check=False)
    assert (done.returncode, done.stderr) == (1, b"sinne: The output cannot be written: No space left on device.\n")
    assert "Café" in floor.ask("export", PYTHONIOENCODING="latin-1").stdout
    assert "\\u2500" in floor.ask("plan", PYTHONIOENCODING="latin-1").stdout
    assert "─" in floor.ask("plan", LC_ALL="C").stdout
    odd = os.fsdecode(b"caf\xe9.yaml")
    assert "There is no file caf\\udce9.yaml." in floor.ask("check", odd, code=1).stderr


def test_a_first_start_takes_the_usual_port_or_else_a_free_one_and_later_ones_the_same(tmp_path: Path) -> None:
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed")
    usual = free_port()

    def port_of(store: str) -> int:
        broker = own_broker(tmp_path / store, store, usual=usual)
        broker.stop()
        return broker.address.port

    with socket.create_server(("127.0.0.1", usual)):
        second = port_of("second")
        assert second != usual
    assert port_of("first") == usual
    assert [port_of("first"), port_of("second")] == [usual, second]


def test_a_renewed_certificate_is_served_by_the_broker_without_a_restart(tmp_path: Path) -> None:
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed")
    now = datetime.now(UTC)
    own = certificate_in(tmp_path / "tls", now)
    port = free_port()
    with contextlib.ExitStack() as shutdown:
        broker = Mosquitto(tmp_path / "broker", network=Listen("127.0.0.1", port, (own.chain, own.key)))
        broker.start()
        shutdown.callback(broker.stop)
        pid, before = broker.pid, ssl.get_server_certificate(("127.0.0.1", port), timeout=PATIENCE_S)
        assert own.chain.read_text().startswith(before)
        certificate_in(tmp_path / "tls", now + timedelta(days=790))
        broker.take_certificate()
        eventually(lambda: ssl.get_server_certificate(("127.0.0.1", port), timeout=PATIENCE_S) != before, "renewed")
        assert own.chain.read_text().startswith(ssl.get_server_certificate(("127.0.0.1", port), timeout=PATIENCE_S))
        assert broker.pid == pid
