"""The broker that a store brings along, and where it listens: on the same port after every start.

Devices are told an address once, often on a ladder. So what was chosen at the first start is kept in the broker's
folder, and a kept port that is taken is a sentence, never silently another port.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from controller.errors import Unavailable
from controller.store.intake import Happening, PlanChanged
from controller.turning import Turning
from devices.broker import BrokerFailed, LocalBroker, Mosquitto, embedded_broker
from devices.machine import free_port, why_taken, write_private
from devices.mosquitto_conf import Listen

log = logging.getLogger(__name__)

#: Where devices look by default (IANA), without and with TLS.
USUAL_PORT = 1883
USUAL_TLS_PORT = 8883
_LOOPBACK = "127.0.0.1"
_KEPT_NAME = "listen.json"

#: (folder, store id, the time as far as it is known) to a broker that has started.
MakeBroker = Callable[[Path, str, datetime], LocalBroker]


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a store's own broker listened last. `port`: on this machine; `devices`: the address that devices use."""

    port: int
    devices: str

    @classmethod
    def of(cls, folder: Path) -> Kept | None:
        """What the broker's folder keeps; None before the first start, or where it is torn."""
        try:
            found = json.loads((folder / _KEPT_NAME).read_text(encoding="utf-8"))
            return cls(int(found["port"]), str(found["devices"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None


def own_broker(
    folder: Path, store: str, port: int | None = None, network: Listen | None = None, *, usual: int = USUAL_PORT,
) -> LocalBroker:
    """A broker of the store's own, started. `port`: on this machine; None: the kept one, else `usual` or a free one.

    `network`: where devices elsewhere reach it. Raises Unavailable with the broker's own last words.
    """
    kept = Kept.of(folder)
    port = port or (None if kept is None else kept.port)
    if port is None:
        broker = _first_time(folder, store, network, usual)
    else:
        broker = started(lambda: _made(folder, store, port, network))
    reached = broker.network_address if isinstance(broker, Mosquitto) else broker.address
    fresh = Kept(broker.address.port, str(reached))
    if fresh != kept:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_private(folder / _KEPT_NAME, json.dumps(asdict(fresh)))
        except OSError as error:
            broker.stop()
            raise Unavailable(f"The broker's port cannot be kept in {folder}: {error.strerror}.") from error
    return broker


def started(make: Callable[[], LocalBroker]) -> LocalBroker:
    """The broker that `make` gives, started. Raises Unavailable with a sentence."""
    try:
        broker = make()
        broker.start()
    except BrokerFailed as failed:
        raise Unavailable(str(failed)) from failed
    except OSError as error:
        raise Unavailable(f"The broker cannot be set up: {error}.") from error
    return broker


def _first_time(folder: Path, store: str, network: Listen | None, usual: int) -> LocalBroker:
    if not why_taken(_LOOPBACK, usual) and (network is None or network.port != usual):
        with suppress(Unavailable):  # somebody was quicker
            return started(lambda: _made(folder, store, usual, network))
    return started(lambda: _made(folder, store, free_port(), network))


def _made(folder: Path, store: str, port: int, network: Listen | None) -> LocalBroker:
    return embedded_broker(folder, port=port, store=store) if network is None else Mosquitto(
        folder, port=port, store=store, network=network)


class Enrolling:
    """The engine, as the use cases tell it things; a plan that was published gives its new devices accounts first."""

    def __init__(self, engine: Turning, broker: LocalBroker | None, devices: Callable[[], Iterable[str]]) -> None:
        """`devices`: the ids of the plan in force."""
        self._engine, self._broker, self._devices = engine, broker, devices
        self.sight, self.wait_for_news = engine.sight, engine.wait_for_news

    @property
    def revision(self) -> int:
        """The engine's."""
        return self._engine.revision

    def tell(self, happening: Happening, timeout_s: float = 2.0) -> bool:
        """Pass it on. A device whose account cannot be written waits for the next start; the plan does not."""
        if isinstance(happening, PlanChanged) and self._broker is not None:
            try:
                self._broker.add_devices(self._devices())
            except (OSError, ValueError):
                log.exception("the accounts of the plan's devices could not be written")
        return self._engine.tell(happening, timeout_s)
