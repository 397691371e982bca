"""Where a living store learns what the controller believes: from it, from the API beside it, or only from the broker.

What cannot be had is None, never guessed: a tester must be able to trust the page that is to show mistakes.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from controller.desk import Overview
from controller.errors import SinneError
from controller.living.door import Belief
from devices.dialects.native import desired_filter
from devices.transport import Received, Transport, TransportEvent
from profiles.text import t

#: An answer that is this old is asked for again; nobody is asked while nobody looks for this long.
_FRESH_S, _WATCHED_S = 0.4, 5.0
#: How long a first look waits for the first answer.
_FIRST_S = 2.0


class Believed(Protocol):
    """A source of belief."""

    def sentence(self) -> str:
        """Where it comes from, and what is wrong with it, if anything."""

    def beliefs(self) -> Mapping[str, Belief]:
        """By the id of a device; without those of which nothing is known."""

    def close(self) -> None:
        """No longer needed."""


class OverviewBelief:
    """Of a controller in this very process."""

    def __init__(self, overview: Overview) -> None:
        self._overview = overview

    def sentence(self) -> str:
        """It is the controller's own memory."""
        return t("What the controller believes is its own memory: it runs in this same command.")

    def beliefs(self) -> Mapping[str, Belief]:
        """As the panel shows it."""
        return {shown.id: Belief(shown.desired, shown.reported, shown.standing.value, shown.sentence, shown.last_seen)
                for shown in self._overview.devices() if shown.in_plan}

    def close(self) -> None:
        """Nothing to close."""


class AskedBelief:
    """Of a store elsewhere on this machine, which is asked again and again while somebody looks.

    `ask` gives the devices as its API has them, and raises SinneError. It is called on a thread of its own, because a
    store that hangs must not hang the page that is to show it.
    """

    def __init__(self, where: str, ask: Callable[[], Sequence[Mapping[str, object]]]) -> None:
        self._where, self._ask = where, ask
        self._found: dict[str, Belief] = {}
        self._trouble = ""
        self._looked_at = float("-inf")
        self._ending, self._wanted, self._answered = threading.Event(), threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="belief", daemon=True)
        self._thread.start()

    def sentence(self) -> str:
        """Which store is asked, and whether it answers."""
        if self._trouble:
            return t("The store at {where} is not to be asked just now, so nothing is known of what it believes. "
                     "{trouble}", where=self._where, trouble=self._trouble)
        return t("What the controller believes is asked of the store at {where}.", where=self._where)

    def beliefs(self) -> Mapping[str, Belief]:
        """The newest answer; empty where the store does not answer."""
        self._looked_at = time.monotonic()
        self._wanted.set()
        self._answered.wait(_FIRST_S)
        return self._found

    def close(self) -> None:
        """Ask no more."""
        self._ending.set()
        self._wanted.set()
        self._thread.join(_FIRST_S)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._wanted.clear()  # before the look at the time: who comes after it sets it again
            if time.monotonic() - self._looked_at > _WATCHED_S:
                self._answered.clear()
                self._wanted.wait()
                continue
            try:
                self._found, self._trouble = {str(one["id"]): _belief(one) for one in self._ask()}, ""
            except (SinneError, KeyError, TypeError, ValueError, AttributeError) as error:
                self._found, self._trouble = {}, str(error) if isinstance(error, SinneError) else t(
                    "Its answer cannot be read.")
            self._answered.set()
            self._ending.wait(_FRESH_S)


def _belief(shown: Mapping[str, object]) -> Belief:
    seen = shown.get("last_seen")
    return Belief(_object(shown["desired"]), _object(shown["reported"]), str(shown["standing"]),
                  str(shown["sentence"]), None if seen is None else datetime.fromisoformat(str(seen)))


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


class OrdersBelief:
    """Of a store that cannot be asked: the orders that lie retained on the broker, and nothing else."""

    def __init__(self, store: str, transport: Transport) -> None:
        self._found: dict[str, Belief] = {}
        self._transport = transport
        transport.subscribe([desired_filter(store)])
        transport.start(self._hear)

    def sentence(self) -> str:
        """What is known, and what is not."""
        return t("No store that can be asked runs on this machine. Orders are read on the broker; what the controller "
                 "took in of the answers is not known here, and of lamps behind a bridge nothing is.")

    def beliefs(self) -> Mapping[str, Belief]:
        """The newest order of each native device."""
        return dict(self._found)

    def close(self) -> None:
        """Leave the broker."""
        self._transport.stop()

    def _hear(self, event: TransportEvent) -> None:
        if not isinstance(event, Received):
            return
        device = event.message.topic.split("/")[-2]
        try:
            document = json.loads(event.message.payload)
            self._found[device] = Belief(ordered=_object(document["state"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            self._found.pop(device, None)
