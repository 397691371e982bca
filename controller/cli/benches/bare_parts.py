"""The bare side of a benchmark, each function the whole of a process: echo, publisher, listener."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

from controller.cli.benches.asked import answer, answering, questions
from controller.cli.benches.names import bare_topics, lamps
from devices.address import BrokerAddress, Credentials
from devices.bare import BareLoop, BarePublisher
from devices.messages import Message, device_topic

#: Let the acknowledgements of one round leave before the next is measured.
_REST_S = 0.2


def echo() -> None:
    """Bare paho clients that answer each message with one of a reported's size.

    A question is answered with when the first and the last message came since the question before (steady seconds).
    """
    config = next(questions())
    address = BrokerAddress.parse(config["address"])
    loop, came = BareLoop(), list[float]()
    for lamp, password, size in zip(lamps(config["n"]), config["accounts"], config["sizes"], strict=True):
        hears, says = bare_topics(lamp)
        there = address.with_credentials(Credentials(lamp, password))
        loop.add(there, f"bare-{lamp}", [hears], _echo(Message(says, b"x" * size, 1, True), came))
    loop.run(loop.all_stand)

    def when() -> dict[str, object]:
        seen: dict[str, object] = {"first_at": min(came, default=None), "last_at": max(came, default=None)}
        came.clear()
        return seen
    ended = answering(when)
    answer({})
    loop.run(ended.is_set, patience_s=None)
    loop.close()


def _echo(said: Message, came: list[float]) -> Callable[[Any, Any], None]:
    topic, payload, qos, retain = said.topic, said.payload, said.qos, said.retain

    def hear(client: Any, message: Any) -> None:
        if not message.retain:
            came.append(time.monotonic())
            client.publish(topic, payload, qos, retain)
    return hear


def publisher() -> None:
    """One bare paho client that publishes to every echo.

    Each question is a round; answers with its seconds, and the steady instant at which it began.
    """
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
        began = time.monotonic()
        answer({"took_s": bare.round(messages), "began_at": began})
    bare.close()


def listener() -> None:
    """One bare paho client on the topics that a store listens to. A question is answered with what it has heard."""
    config = next(questions())
    heard = [0]

    def hear(_client: Any, _message: Any) -> None:
        heard[0] += 1

    loop = BareLoop()
    loop.add(BrokerAddress.parse(config["address"]), "bare-listener", config["filters"], hear)
    loop.run(loop.all_stand)
    ended = answering(lambda: {"heard": heard[0]})
    answer({})
    loop.run(ended.is_set, patience_s=None)
    loop.close()
