"""The controller of a scenario in real time, a program of its own: `python -m controller.real.child`.

It is the store of `controller.bootstrap` with every thread, paho, APScheduler and a database on disk; only its wall
clock is shifted, and its line may be unfair. It reads what people do from its standard input, and ends when that does;
it is killed like any program, because it is one.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import IO

import orjson

from controller.bootstrap import Outside, RunningStore, running_store
from controller.errors import SinneError, Unavailable
from controller.ports import Actor
from controller.real.clock import ShiftedClock, ShiftedTimetable
from controller.real.pipe import Begin, Look, actor_of, choice_of, error_line, write
from controller.virtual.line import Record, VirtualLine
from devices.address import BrokerAddress, Credentials
from devices.messages import Message
from devices.transport import Transport
from profiles.scene import Sense

Words = dict[str, object]


class Telling:
    """Writes lines to the scenario, from any thread."""

    def __init__(self, pipe: IO[bytes]) -> None:
        """Over standard output."""
        self._pipe, self._lock = pipe, threading.Lock()

    def say(self, line: Words) -> None:
        """One line; nobody there to read it is the end of the scenario, which is noticed elsewhere."""
        with self._lock:
            try:
                write(self._pipe, line)
            except OSError:
                return


class ToldRecord(Record):
    """Tells of every message that the controller publishes as soon as it is on its way, so that a kill loses none."""

    def __init__(self, telling: Telling) -> None:
        """Nothing was said yet."""
        super().__init__()
        self._telling = telling

    def note(self, sent: bool, at: float, message: Message) -> None:
        """Tell of it."""
        del at
        if sent:
            self._telling.say({"sent": message.topic})


class Played:
    """The store, its clock and its line, as the verbs of a scenario need them."""

    def __init__(self, store: RunningStore, clock: ShiftedClock, line: VirtualLine) -> None:
        """A store that runs."""
        self.store, self.clock, self.line = store, clock, line

    def press(self, words: Words) -> None:
        """Somebody presses."""
        self.store.planning.press(_zones(words), choice_of(_part(words, "choice")), str(words["end"]), _by(words))

    def nudge(self, words: Words) -> None:
        """A complaint."""
        self.store.planning.nudge(str(words["zone"]), str(words["complaint"]), _by(words))

    def announce(self, words: Words) -> None:
        """Have something said."""
        self.store.announcements.announce(str(words["announcement"]), _zones(words), _by(words))

    def undo(self, words: Words) -> None:
        """Take the last press back."""
        self.store.planning.undo(None, _by(words))

    def stop(self, words: Words) -> None:
        """The big red button."""
        senses = tuple(Sense(str(sense)) for sense in _list(words["senses"]))
        self.store.planning.stop(_zones(words), senses, "", _by(words))

    def resume(self, words: Words) -> None:
        """End every stop."""
        self.store.planning.resume(None, _by(words))

    def publish(self, words: Words) -> None:
        """A new plan."""
        self.store.planning.publish(words["plan"], "", _by(words))

    def set_clock(self, words: Words) -> None:
        """Somebody sets the wall clock; the beat has to find out."""
        self.clock.set_by(timedelta(seconds=float(str(words["by_s"]))))

    def disturb(self, words: Words) -> None:
        """What becomes of messages that arrive."""
        self.line.losses, self.line.repeats, self.line.swaps = (
            float(str(words[part])) for part in ("losses", "repeats", "swaps"))

    def look(self, _words: Words) -> Words:
        """What panel and engine say of the store, in one piece."""
        sight, overview = self.store.engine.sight(), self.store.overview
        devices = {shown.id: (shown.standing, seen.online, seen.alarm, seen.yielding_until is not None)
                   for shown in overview.devices() if (seen := sight.devices.get(shown.id)) is not None}
        held = {id: frozenset(hold.sense for hold in zone.holds) for id, zone in sight.zones.items()}
        moods = {zone.id: zone.what for zone in overview.zones()}
        return Look(connected=sight.connected, devices=devices, moods=moods, held=held,
                    stopped_by=tuple(stop.by for stop in overview.stops())).model_dump(mode="json")


VERBS: dict[str, Callable[[Played, Words], Words | None]] = {
    "press": Played.press, "nudge": Played.nudge, "announce": Played.announce, "undo": Played.undo,
    "stop": Played.stop, "resume": Played.resume, "publish": Played.publish, "set_clock": Played.set_clock,
    "disturb": Played.disturb, "look": Played.look}


def main() -> None:
    """Say that all is loaded, wait for the beginning, run the store until nobody asks any more."""
    telling, asked = Telling(sys.stdout.buffer), sys.stdin.buffer
    telling.say({"loaded": True})
    first = asked.readline()
    if not first:
        return
    begin = Begin.model_validate_json(first)
    clock, lines = ShiftedClock(begin.shift, begin.set_by), list[VirtualLine]()

    def between(transport: Transport) -> Transport:
        lines.append(VirtualLine(transport, ToldRecord(telling), random.Random(f"store {begin.seed}")))
        return lines[0]

    outside = Outside(clock, lambda: ShiftedTimetable(clock), begin.built, lambda: False, between)
    address = BrokerAddress(begin.host, begin.port, credentials=Credentials(begin.username, begin.password))
    try:
        with running_store(begin.folder, address, outside=outside) as store:
            telling.say({"answer": None})
            played = Played(store, clock, lines[0])
            for line in asked:
                words = orjson.loads(line)
                telling.say({"n": words["n"], **_answer(played, words)})
    except SinneError as refused:
        telling.say(error_line(refused))


def _answer(played: Played, words: Words) -> Words:
    try:
        return {"answer": VERBS[str(words["verb"])](played, words)}
    except SinneError as refused:
        return error_line(refused)
    except Exception as failed:
        return error_line(Unavailable(f"The controller failed: {type(failed).__name__}: {failed}."))


def _by(words: Words) -> Actor:
    return actor_of(_part(words, "by"))


def _zones(words: Words) -> tuple[str, ...] | None:
    zones = words.get("zones")
    return None if zones is None else tuple(str(zone) for zone in _list(zones))


def _part(words: Words, name: str) -> Words:
    part = words[name]
    return part if isinstance(part, dict) else {}


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


if __name__ == "__main__":
    main()
