"""`sinne bench rollout`: a campaign to very many stores and their answers, beside a bare client in HQ's place.

Semantics, rule 34. The same light stores, in one process, verify and answer in both turns; the broker is a mosquitto,
the database a PostgreSQL, each a process of its own. Ours: an order is left in the database, as a person's click leaves
it, until the database has of every store that it runs the new manifest. Bare: a paho client publishes the same
documents, signed beforehand, until it has counted as many answers; it stores nothing. Processor is counted until the
stores' journals are acknowledged, too.
"""

from __future__ import annotations

import base64
import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from controller.cli.benches.costs import cpu_s, resident_mb
from controller.cli.benches.figures import Figure, medians
from controller.cli.benches.plain_broker import PlainBroker
from controller.cli.benches.postgres import private_postgres
from controller.cli.benches.rollout_parts import KINDS, PREFIX
from controller.cli.benches.shop import Part
from controller.crowd.kinds import store_of
from controller.errors import Unavailable
from controller.hq.documents import halt_of, manifest_of
from controller.hq.ports import Enrolled
from controller.hq.sealed import digest_of, open_sealed
from controller.hq.signing import KeyFile, Keys
from controller.hq.topics import HALT, MANIFEST, document_topic
from controller.ports import Entry
from controller.settings import BUILD_DATE
from controller.storage.memory import StoredMemory
from controller.storage.opening import open_memory

BASELINE = "bare paho publishes the same and counts the answers"
_CAMPAIGN, _PROFILE = "hq-bench", "hq-bench-mood"
_CONNECTIONS = 8
_PATIENCE_S = 600.0
#: Between two looks at what is measured, and at what is only waited for.
_LOOK_S, _REST_S = 0.05, 0.5
_TOPIC = document_topic("campaign", _CAMPAIGN)


@dataclass(slots=True)
class Rounds:
    """Seconds to the last answer, seconds of processor for all of it, seconds of a halt (until the last store has acted
    on it, and until the last answer), and MB of the process.
    """

    took: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    acted: list[float] = field(default_factory=list)
    halt: list[float] = field(default_factory=list)
    mb: list[float] = field(default_factory=list)


class Scene:
    """A broker, a database and `n` light stores, and whoever is HQ in this turn."""

    def __init__(self, n: int, memory: StoredMemory, keys: Keys, crowd: Part) -> None:
        """Everything runs."""
        self.n, self.memory, self.keys, self.crowd = n, memory, keys, crowd

    def order(self, verb: str, body: Mapping[str, object]) -> float:
        """Leave an order; the steady second at which it was left. Waits until it is carried out."""
        began = time.monotonic()
        number = self.memory.papers.give_order(verb, body, "bench", datetime.now(UTC), Entry("order.given")).number

        def done() -> bool:
            order = self.memory.papers.order(number)
            if order is None or order.done is None:
                return False
            if order.answer and order.answer.get("refused"):
                raise Unavailable(f"HQ refused {verb}: {order.answer['refused']}")
            return True
        until(done, f"{verb} is carried out")
        return began

    def publish(self, turn: int) -> float:
        """A new version of the campaign, until every store runs it; seconds."""
        began = self.order("publish", {"kind": "campaign", "id": _CAMPAIGN, "author": "bench", "body": {
            "id": _CAMPAIGN, "name": f"Campaign {turn}", "when": "Mo-Su 08:00-20:00", "profile": _PROFILE,
            "priority": 60}})
        until(self.all_agree, "every store runs the campaign")
        return time.monotonic() - began

    def halt(self) -> tuple[float, float]:
        """Halt it: seconds until every store has acted, and until every store has said so."""
        began = self.order("halt", {"campaign": _CAMPAIGN, "reason": "bench"})
        said = self.said(HALT)
        halt = halt_of(said)
        watch = Watch(self, (halt.term, halt.number))

        def known() -> bool:
            return self.memory.fleet_rows.counts((halt.term, halt.number)).halted == self.n
        until(known, "every store has halted, and said so")
        return watch.ended() - began, time.monotonic() - began

    def all_agree(self) -> bool:
        """Whether every store was heard and names the manifest in force."""
        counts = self.memory.fleet_rows.counts()
        return counts.heard == self.n and counts.differing == 0

    def quiet(self) -> bool:
        """Whether every journal is acknowledged."""
        return bool(self.crowd.ask({})["unsaid"] == 0)

    def said(self, topic: str) -> dict[str, object]:
        """What HQ said last on a topic."""
        payload = {each.topic: each.payload for each in self.memory.papers.retained()}[topic]
        return open_sealed(topic, payload, self.keys.ring()).said


class Watch(threading.Thread):
    """Asks the stores until all have acted on a halt, beside whoever waits for their answers."""

    def __init__(self, scene: Scene, pair: tuple[int, int]) -> None:
        """Begins at once."""
        super().__init__(daemon=True)
        self._scene, self._pair, self._at = scene, pair, 0.0
        self.start()

    def run(self) -> None:
        """Look, until it is so."""
        until(lambda: [*self._pair, self._scene.n] in self._scene.crowd.ask({})["halted"], "every store has halted")
        self._at = time.monotonic()

    def ended(self) -> float:
        """The steady second at which it was so. Raises Unavailable where it never was."""
        self.join(_PATIENCE_S)
        if not self._at:
            raise Unavailable("Not every store has halted.")
        return self._at


class Forger:
    """Signs what the bare client says: the same documents as HQ's, in a term above HQ's."""

    def __init__(self, scene: Scene) -> None:
        """Begin with what HQ said last."""
        self._keys = scene.keys
        self._campaign, self._manifest = scene.said(_TOPIC), scene.said(MANIFEST)
        self._term = manifest_of(self._manifest).term + 1
        self._number = 0

    def campaign(self) -> dict[str, Any]:
        """The next version, and the manifest that names it."""
        self._number += 1
        version = int(str(self._campaign["version"])) + 1
        self._campaign = {**self._campaign, "version": version}
        entries = [{**entry, "version": version, "digest": digest_of(self._campaign)}
                   if entry["id"] == _CAMPAIGN else entry for entry in self._entries()]
        self._manifest = {**self._manifest, "term": self._term, "number": self._number, "entries": entries}
        return self._question("manifest", {_TOPIC: self._campaign, MANIFEST: self._manifest})

    def halt(self) -> dict[str, Any]:
        """All versions so far are withdrawn."""
        self._number += 1
        withdrawn = [{"campaign": _CAMPAIGN, "version": self._campaign["version"]}]
        return self._question("halt", {HALT: {
            "organisation": "bench", "term": self._term, "number": self._number, "withdrawn": withdrawn}})

    def _entries(self) -> list[dict[str, object]]:
        return [entry.model_dump(mode="json") for entry in manifest_of(self._manifest).entries]

    def _question(self, what: str, said: Mapping[str, Mapping[str, object]]) -> dict[str, Any]:
        return {"what": what, "pair": [self._term, self._number], "messages": [
            [topic, base64.b64encode(self._keys.seal(topic, body)).decode()] for topic, body in said.items()]}


def measure_rollout(n: int, runs: int) -> list[Figure]:
    """The figures of `n` stores. Raises Unavailable where a part does not come up, or not all answer."""
    with _scene(n) as (scene, part):
        ours = _our_turn(scene, part, runs)
        bare = _bare_turn(scene, part, runs)
    return [
        medians("rollout", n, "s", ours.took, (BASELINE, bare.took)),
        medians("rollout: processor of HQ", n, "s", ours.cpu, (BASELINE, bare.cpu)),
        medians("rollout: halt at the stores", n, "s", ours.acted, (BASELINE, bare.acted)),
        medians("rollout: halt", n, "s", ours.halt, (BASELINE, bare.halt)),
        medians("rollout: memory of HQ", n, "MB", ours.mb, (BASELINE, bare.mb)),
    ]


def until(look: Callable[[], bool], what: str, every_s: float = _LOOK_S) -> None:
    """Look every so often until it is so. Raises Unavailable after ten minutes."""
    deadline = time.monotonic() + _PATIENCE_S
    while not look():
        if time.monotonic() > deadline:
            raise Unavailable(f"Not within {_PATIENCE_S:.0f} s: {what}.")
        time.sleep(every_s)


def _our_turn(scene: Scene, part: Callable[[str], Part], runs: int) -> Rounds:
    found, hq = Rounds(), part("hq")
    try:
        until(lambda: hq.ask({})["state"] == "publishing", "the publisher is at work")
        scene.order("publish", {"kind": "profile", "id": _PROFILE, "author": "bench", "body": {
            "id": _PROFILE, "name": "Bench", "scene": {"light": {"brightness_pct": 42}}}})
        scene.publish(0)
        until(scene.quiet, "every journal is acknowledged", _REST_S)
        for turn in range(1, runs + 1):
            used = cpu_s(hq.pid)
            found.took.append(scene.publish(turn))
            until(scene.quiet, "every journal is acknowledged", _REST_S)
            found.cpu.append(cpu_s(hq.pid) - used)
            acted, said = scene.halt()
            found.acted.append(acted)
            found.halt.append(said)
            until(scene.quiet, "every journal is acknowledged", _REST_S)
            found.mb.append(resident_mb(hq.pid))
        return found
    finally:
        hq.end()


def _bare_turn(scene: Scene, part: Callable[[str], Part], runs: int) -> Rounds:
    found, forger, bare = Rounds(), Forger(scene), part("bare")
    rest = {"messages": [], "rest_s": 0.5}

    def quiet() -> bool:
        bare.ask(rest)
        return scene.quiet()
    try:
        bare.ask(forger.campaign())
        until(quiet, "every journal is acknowledged", _REST_S)
        for _ in range(runs):
            used, question = cpu_s(bare.pid), forger.campaign()
            found.took.append(float(bare.ask(question)["took_s"]))
            until(quiet, "every journal is acknowledged", _REST_S)
            found.cpu.append(cpu_s(bare.pid) - used)
            question = forger.halt()
            watch, began = Watch(scene, (question["pair"][0], question["pair"][1])), time.monotonic()
            found.halt.append(float(bare.ask(question)["took_s"]))
            found.acted.append(watch.ended() - began)
            until(quiet, "every journal is acknowledged", _REST_S)
            found.mb.append(resident_mb(bare.pid))
        return found
    finally:
        bare.end()


@contextlib.contextmanager
def _scene(n: int) -> Iterator[tuple[Scene, Callable[[str], Part]]]:
    with contextlib.ExitStack() as shutdown:
        folder = Path(shutdown.enter_context(tempfile.TemporaryDirectory(prefix="sinne-bench-")))
        server = shutdown.enter_context(private_postgres())
        broker = PlainBroker(folder)
        broker.start()
        shutdown.callback(broker.stop)
        memory = open_memory(server.url, BUILD_DATE)
        shutdown.callback(memory.close)
        keys = KeyFile(folder).read_or_make()
        now = datetime.now(UTC)
        memory.fleet_rows.enrol_all([
            Enrolled(store_of(number, KINDS, PREFIX)[0].id, "_simulator", 1, now, "bench") for number in range(n)],
            now, Entry("store.enrolled", {"stores": n}))
        address = broker.address.url()

        def part(name: str) -> Part:
            return Part("rollout_parts", name, {
                "n": n, "address": address, "database": server.url, "folder": str(folder), "keys": keys.in_text(),
                "connections": _CONNECTIONS}, log=folder / f"{name}.log")
        crowd = part("crowd")
        shutdown.callback(crowd.end)
        until(lambda: bool(crowd.ask({})["connected"] == min(n, _CONNECTIONS)), "the stores are connected")
        yield Scene(n, memory, keys, crowd), part
