"""The bare side of a benchmark, each function the whole of a process: echo, publisher, listener."""

from __future__ import annotations

import base64
from typing import Any

from controller.cli.benches.asked import answer, questions, told_to_end
from controller.cli.benches.names import bare_topics, lamps
from devices.address import BrokerAddress, Credentials
from devices.bare import BareLoop, BarePublisher, EchoMember, echoing
from devices.messages import Message, device_topic

#: Let the acknowledgements of one round leave before the next is measured.
_REST_S = 0.2


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
    ended = told_to_end()
    answer({"connected": len(members)})
    loop.run(ended.is_set, patience_s=None)
    loop.close()


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


def listener() -> None:
    """One bare paho client on the topics that a store listens to."""
    config = next(questions())
    heard = [0]

    def hear(_client: Any, _message: Any) -> None:
        heard[0] += 1

    loop = BareLoop()
    loop.add(BrokerAddress.parse(config["address"]), "bare-listener", config["filters"], hear)
    loop.run(loop.all_stand)
    ended = told_to_end()
    answer({})
    loop.run(ended.is_set, patience_s=None)
    loop.close()
