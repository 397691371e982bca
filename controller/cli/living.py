"""A living store's page and API beside a fleet: served on this machine, found by `sinne misbehave` through a note.

The note is `simulator.json` in the data folder, as `running.json` is of a store: whole or not there, for its owner.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import click

from controller.cli.sources import Running, birth_of
from controller.cli.store import DIST
from controller.clock import SystemClock
from controller.errors import SinneError, Unavailable
from controller.living.belief import AskedBelief, Believed, OrdersBelief
from controller.living.living import LivingStore
from controller.living.outage import BrokerSwitch
from controller.settings import make_folder
from devices.address import BrokerAddress
from devices.mqtt import MqttTransport
from devices.simulator.fleet import Fleet
from devices.simulator.specs import DeviceSpec
from profiles.plan import Plan
from web.serving import Server
from web.simulator_app import make_simulator_app
from web.simulator_context import SimulatorServices

log = logging.getLogger("sinne.cli")

#: Tried first, so that a bookmark goes on working; a free port is taken where it is not free.
PORT = 8461
_NOTE = "simulator.json"
_LATENCY = re.compile(r"(\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Simulating:
    """A simulator that runs: its process, when that was born, and where its page is."""

    pid: int
    url: str
    born: str | None = None

    @classmethod
    def of(cls, folder: Path) -> Simulating | None:
        """The one that runs on a data folder, or None. What a killed process left behind does not count."""
        try:
            note = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
            found = cls(**{field.name: note[field.name] for field in fields(cls) if field.name in note})
            os.kill(found.pid, 0)
        except PermissionError as error:
            raise Unavailable(f"A simulator runs on {folder}, and it is another user's. Ask as that user.") from error
        except (OSError, ValueError, TypeError, OverflowError):
            return None
        return found if found.born == birth_of(found.pid) else None

    def leave(self, folder: Path) -> None:
        """Write the note; whoever reads meanwhile finds the one before, or a whole one."""
        make_folder(folder)
        fresh = folder / f".simulator-{os.getpid()}.json"
        try:
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(asdict(self), file)
            fresh.replace(folder / _NOTE)
        finally:
            fresh.unlink(missing_ok=True)

    def take_away(self, folder: Path) -> None:
        """Remove the note, if it is still this one's."""
        with contextlib.suppress(OSError, SinneError):
            if Simulating.of(folder) == self:
                (folder / _NOTE).unlink(missing_ok=True)


@contextlib.contextmanager
def living_page(plan: Plan, specs: Sequence[DeviceSpec], fleet: Fleet, belief: Believed, switch: BrokerSwitch, *,
                folder: Path, port: int | None) -> Iterator[str]:
    """Serve the page of a running fleet until the block ends; gives its address. `port` None: 8461, or a free one.

    Raises Unavailable where a port that was asked for is taken.
    """
    living = LivingStore(plan, specs, fleet, belief, switch, clock=SystemClock())
    try:
        server = _started(SimulatorServices(living, DIST), port)
        note = Simulating(os.getpid(), server.url, birth_of(os.getpid()))
        try:
            note.leave(folder)
        except (OSError, SinneError) as refusal:
            log.warning("sinne misbehave needs --at %s: %s", server.url, refusal)
        try:
            yield server.url
        finally:
            note.take_away(folder)
            server.stop()
    finally:
        living.close()


def _started(services: SimulatorServices, port: int | None) -> Server:
    for each in (PORT, 0) if port is None else (port,):
        server = Server(make_simulator_app(services), services, "127.0.0.1", each)
        try:
            server.start()
        except Unavailable:
            if each == 0 or port is not None:
                raise
            continue
        return server
    raise AssertionError("port 0 is never taken")


def belief_beside(folder: Path, store: str, address: BrokerAddress) -> Believed:
    """What can be known of the controller: asked of the store on `folder` if it uses this broker, else of the broker.

    The store is found anew at each question, so that it may be started again meanwhile.
    """
    found = _running_beside(folder, address)
    if found is None:
        return OrdersBelief(store, MqttTransport(address, f"sinne-sim-{store}-orders-{os.getpid()}"))

    def ask() -> list[dict[str, object]]:
        running = _running_beside(folder, address)
        if running is None:
            raise Unavailable("It is not running.")
        if running.ask("GET", "/store")["id"] != store:
            raise Unavailable("Another store runs there now.")
        devices: list[dict[str, object]] = running.ask("GET", "/devices")["devices"]
        return devices

    return AskedBelief(found.url, ask)


def _running_beside(folder: Path, address: BrokerAddress) -> Running | None:
    """The store that runs on `folder`, if it is on the same broker."""
    try:
        running = Running.of(folder)
    except SinneError:
        return None
    if running is None:
        return None
    named = [BrokerAddress.parse(url) for url in (running.broker, running.devices) if url]
    return running if any(_place(one) == _place(address) for one in named) else None


def _place(address: BrokerAddress) -> tuple[str, int]:
    return {"localhost": "127.0.0.1", "::1": "127.0.0.1"}.get(address.host, address.host), address.port


def latency(text: str | None) -> tuple[float, float]:
    """`0.05..0.3` or `0.2` in seconds; nothing is none. Raises click.BadParameter."""
    return (0.0, 0.0) if text is None else seconds_between(text, "--latency")


def seconds_between(text: str, option: str) -> tuple[float, float]:
    """Least and most seconds, as of `0.05..0.3`, or the same twice of `0.2`. Raises click.BadParameter."""
    found = _LATENCY.match(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is not seconds, such as 0.2 or 0.05..0.3.", param_hint=option)
    low, high = float(found[1]), float(found[2] or found[1])
    if not low <= high <= 600:
        raise click.BadParameter("The first is the least and the second the most, up to 600 s.", param_hint=option)
    return low, high
