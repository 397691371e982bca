"""The parts of a benchmark that run in processes of their own: `sinne bench part NAME`, asked through its input.

The first line of standard input is what it should be, each further line a question; every line is answered by one.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click

from controller.cli.benches.shop import bare_topics, lamps, specs
from devices.address import BrokerAddress, Credentials
from devices.bare import BareLoop, BarePublisher, EchoMember, echoing
from devices.messages import Message, device_topic
from devices.simulator.build import build_fleet
from devices.simulator.hosts import Client, Line
from devices.simulator.swarm_host import SwarmHost

T = TypeVar("T")

#: Let paho's acknowledgements of one round leave before the next is measured.
_REST_S = 0.2


@click.group(hidden=True)
def part() -> None:
    """Parts of a benchmark. `sinne bench` starts them itself."""


@part.command("simulator")
def simulator() -> None:
    """Lamps that cannot fade. Each question is answered by what they do, and when orders last came (steady seconds)."""
    asked = questions()
    config = next(asked)
    accounts = dict(zip(lamps(config["n"]), config["accounts"], strict=True))
    address = BrokerAddress.parse(config["address"])
    host = Stopwatch(SwarmHost(address, "sim", lambda lamp: Credentials(lamp, accounts[lamp])))
    fleet = build_fleet(config["store"], specs(config["n"]), 1, host)
    fleet.start()
    try:
        answer({})
        for _ in asked:
            shown = [lamp.get("brightness_pct") for lamp in fleet.truth().values()]
            answer({"shown": shown, "first_at": host.first_at, "last_at": host.last_at, "orders": host.orders})
            host.reset()
    finally:
        fleet.stop()


class Stopwatch:
    """A host of simulated devices (`hosts.FirmwareHost`) that notes when the first and the last message came."""

    def __init__(self, host: SwarmHost) -> None:
        """Run on `host`."""
        self._host, self.wall_zero_s = host, host.wall_zero_s
        self.now, self.wake_at, self.start, self.stop = host.now, host.wake_at, host.start, host.stop
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.first_at: float | None = None
        self.last_at: float | None = None
        self.orders = 0

    def ask(self, call: Callable[[], T]) -> T:
        """Ask on the host's thread."""
        return self._host.ask(call)

    def join(self, client: Client) -> Line:
        """A line of the host, looked at."""
        return self._host.join(_Watched(client, self))

    def note(self) -> None:
        """A message is here."""
        self.last_at = self.now()
        self.first_at = self.first_at or self.last_at
        self.orders += 1


class _Watched:
    """A client that tells a stopwatch of its messages."""

    def __init__(self, client: Client, watch: Stopwatch) -> None:
        self.id, self.subscriptions, self.will = client.id, client.subscriptions, client.will
        self.on_connect, self._hear, self._watch = client.on_connect, client.on_message, watch

    def on_message(self, message: Message) -> None:
        """Note it, then pass it on."""
        self._watch.note()
        self._hear(message)


@part.command("echo")
def echo() -> None:
    """Bare paho clients that answer each message with one of a reported's size."""
    config = next(questions())
    address = BrokerAddress.parse(config["address"])
    members = []
    for lamp, password, size in zip(lamps(config["n"]), config["accounts"], config["sizes"], strict=True):
        hears, says = bare_topics(lamp)
        there = address.with_credentials(Credentials(lamp, password))
        members.append(EchoMember(there, f"bare-{lamp}", hears, Message(says, b"x" * size, 1, True)))
    loop = echoing(members)
    ended = _told_to_end()
    answer({"connected": len(members)})
    loop.run(ended.is_set, patience_s=None)
    loop.close()


@part.command("publisher")
def publisher() -> None:
    """One bare paho client that publishes to every echo. Each question is a round; answers with its seconds."""
    asked = questions()
    config = next(asked)
    topics = [bare_topics(lamp)[0] for lamp in lamps(config["n"])]
    messages = [Message(topic, base64.b64decode(payload), 1, True)
                for topic, payload in zip(topics, config["payloads"], strict=True)]
    bare = BarePublisher(BrokerAddress.parse(config["address"]), "bare-publisher",
                         device_topic(config["store"], "+", "reported"))
    answer({})
    for _ in asked:
        bare.rest(_REST_S)
        answer({"took_s": bare.round(messages)})
    bare.close()


@part.command("listener")
def listener() -> None:
    """One bare paho client on the topics that a store listens to."""
    config = next(questions())
    heard = [0]

    def hear(_client: Any, _message: Any) -> None:
        heard[0] += 1

    loop = BareLoop()
    loop.add(BrokerAddress.parse(config["address"]), "bare-listener", config["filters"], hear)
    loop.run(loop.all_stand)
    ended = _told_to_end()
    answer({})
    loop.run(ended.is_set, patience_s=None)
    loop.close()


def questions() -> Iterator[dict[str, Any]]:
    """What is asked, line by line, until whoever asks has gone."""
    for line in iter(sys.stdin.readline, ""):
        yield json.loads(line)


def answer(words: dict[str, object]) -> None:
    """One line."""
    click.echo(json.dumps(words))


def _told_to_end() -> threading.Event:
    """An event that the end of standard input sets."""
    ended = threading.Event()

    def listen(asked: Callable[[], str]) -> None:
        while asked():
            pass
        ended.set()

    threading.Thread(target=listen, args=(sys.stdin.readline,), daemon=True).start()
    return ended
