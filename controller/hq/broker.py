"""The broker of HQ: its own mosquitto on the same port after every start, or another one by address.

Without an address of the network it listens on this machine alone. Stores elsewhere need TLS, with HQ's certificate.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from controller.brokers import USUAL_TLS_PORT, Kept, started
from controller.errors import Refused, Unavailable
from devices.address import BrokerAddress
from devices.broker import LocalBroker
from devices.machine import free_port, write_private
from devices.mosquitto_conf import Listen
from devices.mosquitto_hq import HQ, SIMULATOR, HqAccounts, HqMosquitto, hq_access_list

#: The folder of HQ's own broker within its data folder.
FOLDER = "broker"


def own_hq_broker(folder: Path, port: int | None = None, network: Listen | None = None) -> HqMosquitto:
    """HQ's mosquitto on `folder`, started. `port`: on this machine; None: the kept one, or a free one at first.

    `network`: where stores elsewhere reach it. Raises Unavailable with the broker's own last words.
    """
    kept = Kept.of(folder)
    chosen = port or (free_port() if kept is None else kept.port)
    made: list[HqMosquitto] = []

    def make() -> LocalBroker:
        made.append(HqMosquitto(folder, port=chosen, network=network))
        return made[0]
    started(make)
    [broker] = made
    fresh = Kept(broker.address.port, str(broker.network_address))
    if fresh != kept:
        try:
            write_private(folder / "listen.json", json.dumps(asdict(fresh)))
        except OSError as error:
            broker.stop()
            raise Unavailable(f"The broker's port cannot be kept in {folder}: {error.strerror}.") from error
    return broker


def network_listener(host: str, port: int | None, certificate: tuple[Path, Path]) -> Listen:
    """Where stores elsewhere reach HQ's own broker: with TLS."""
    return Listen(host, port or USUAL_TLS_PORT, certificate)


def hq_account(folder: Path, name: str = HQ) -> BrokerAddress:
    """HQ's own broker as its parts on this machine enter it. Raises Refused where it was never started."""
    kept = Kept.of(folder)
    if kept is None:
        raise Refused("HQ has no broker of its own on this machine. Start it with sinne hq, or name one: --broker URL.")
    try:
        credentials = HqAccounts(folder).of(name)
    except OSError as error:
        raise Unavailable(f"The broker's accounts cannot be read: {error.strerror}.") from error
    return BrokerAddress("127.0.0.1", kept.port).with_credentials(credentials)


def account_words(store: str) -> str:
    """What the operator of another broker has to do for a store."""
    return (f"On that broker make the account {store} with the bundle's password, which may write "
            f"sinne/v1/{store}/up/# and read sinne/v1/hq/# and sinne/v1/{store}/down/#, and nothing else.")


__all__ = ["FOLDER", "HQ", "SIMULATOR", "HqAccounts", "HqMosquitto", "account_words", "hq_access_list", "hq_account",
           "network_listener", "own_hq_broker"]
