"""The processes of `sinne bench rollout`: light stores, HQ's publisher and ingest, and a bare client in their place."""

from __future__ import annotations

import base64
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from controller.cli.benches.asked import answer, questions
from controller.clock import SystemClock
from controller.crowd.composing import Composer
from controller.crowd.crowd import Crowd
from controller.crowd.kinds import store_of
from controller.crowd.shares import Shares
from controller.crowd.store import Crew, LightStore
from controller.hq.enrolling import keyring_of
from controller.hq.ingest import IngestWorker
from controller.hq.publisher import MAX_PAYLOAD, Places, Publisher
from controller.hq.signing import KeyFile
from controller.hq.topics import JOURNALS, STANDINGS
from controller.settings import BUILD_DATE
from controller.storage.opening import open_memory
from devices.address import BrokerAddress
from devices.bare import BareLoop
from devices.messages import ROOT
from devices.mqtt import MqttTransport

#: Kinds of stores, and the beginning of the names of all.
KINDS, PREFIX = 200, "bench"
_PATIENCE_S = 300.0


def crowd() -> None:
    """Light stores on a few connections. A question is answered with how far they are.

    They say no `up/plan`: a real store says it within a minute of a change, so that it is no part of this.
    """
    asked = questions()
    config = next(asked)
    address = BrokerAddress.parse(config["address"])
    crew = Crew("bench", keyring_of(config["keys"]), Composer(), "bench", plans=False)
    manners = Shares().of("")
    made = []
    for number in range(config["n"]):
        place, kind = store_of(number, KINDS, PREFIX)
        made.append(LightStore(place, kind, crew, manners, 1))
    running = Crowd(made, lambda name: MqttTransport(address, name, max_payload=MAX_PAYLOAD), SystemClock(),
                    connections=config["connections"])
    running.start()
    answer({})
    for _ in asked:
        seen = asdict(running.seen())
        for what in ("applied", "halted"):
            seen[what] = [[*pair, count] for pair, count in seen[what].items()]
        answer(seen)
    running.stop()


def hq() -> None:
    """HQ's publisher and one ingest worker, as `sinne hq` runs them, without the panel."""
    asked = questions()
    config = next(asked)
    clock = SystemClock()
    address = BrokerAddress.parse(config["address"])
    memory = open_memory(config["database"], BUILD_DATE, clock.now())

    def line(name: str) -> MqttTransport:
        return MqttTransport(address, name, max_payload=MAX_PAYLOAD)

    publisher = Publisher(Places(memory.papers, memory.fleet_rows, memory.proof), "bench",
                          KeyFile(Path(config["folder"])), line, clock)
    worker = IngestWorker(line("sinne-hq-ingest"), memory.proof, memory, clock)
    publisher.start()
    worker.start()
    answer({})
    for _ in asked:
        answer({"state": publisher.sight().state})
    publisher.stop()
    worker.stop()
    memory.close()


def bare() -> None:
    """A bare paho client: publishes what it is given, and counts the stores that answer it, each once.

    It reads no more of a report than the number that it waits for, keeps nothing, and acknowledges every journal.
    """
    asked = questions()
    config = next(asked)
    waiting: dict[str, Any] = {"what": "", "pair": [], "stores": set()}

    def hear(client: Any, message: Any) -> None:
        store, leaf = message.topic.split("/")[2::2]
        said = orjson.loads(message.payload)
        if leaf == "journal":
            ack = {"journal": said["journal"], "number": said["entries"][-1]["number"]}
            client.publish(f"{ROOT}/{store}/down/ack", orjson.dumps(ack), 1)
            return
        named = said.get(waiting["what"])
        if named and [named["term"], named["number"]] == waiting["pair"]:
            waiting["stores"].add(store)

    loop = BareLoop()
    # Like HQ's, one connection is for reports and one for journals.
    speaker = loop.add(BrokerAddress.parse(config["address"]), "bare-hq", [STANDINGS], hear, fresh=True)
    loop.add(BrokerAddress.parse(config["address"]), "bare-ingest", [JOURNALS.split("/", 2)[2]], hear)
    loop.run(loop.all_stand)
    answer({})
    for question in asked:
        began = time.monotonic()
        if question["messages"]:
            waiting.update(what=question["what"], pair=question["pair"], stores=set())
            for topic, payload in question["messages"]:
                speaker.publish(topic, base64.b64decode(payload), 1, True)
            loop.run(lambda: len(waiting["stores"]) >= config["n"], _PATIENCE_S)
            answer({"took_s": time.monotonic() - began})
        else:
            loop.run(partial(_is_past, began + question["rest_s"]), _PATIENCE_S)
            answer({})
    loop.close()


def _is_past(until: float) -> bool:
    return time.monotonic() >= until
