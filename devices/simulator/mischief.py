"""What can go wrong with a device that is not the firmware's own doing: it freezes, or it is slow.

Wraps any firmware, so that testers' verbs are the same for a native device and for a bridge with its lamps.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from devices.messages import Message
from devices.simulator.firmware import Firmware
from devices.simulator.straying import lasting
from devices.simulator.wire import Json

#: What a frozen device's socket holds for it; the broker would keep no more in flight either.
_INBOX = 100

#: What a device with a broken firmware says instead of a report: cut off, no text, no object, wrong types, absurd.
NONSENSE = (
    b'{"epoch":1,"applied_rev":1,"status":"applied","state":{"on":true,"bright',
    b"\xff\xfe\x00\x80\x00 nothing that is text",
    b'["on", 60]',
    b"null",
    b'{"state":{"on":"perhaps","brightness_pct":"very","volume_pct":-5,"intensity_pct":"strong","active":"yes"}}',
    b'{"state":"MAYBE","brightness":"very","color_temp":-1}',
)


class Subject:
    """A firmware in a tester's hands. Same shape as a firmware; latency and freezing come between it and the wire."""

    def __init__(self, firmware: Firmware, rng: random.Random, latency_s: tuple[float, float]) -> None:
        self.firmware = firmware
        self.id = firmware.id
        self._rng = rng
        self._latency_s = latency_s
        self._slow = latency_s[1] > 0
        #: Topics on which it talks nonsense, and whether what it says needs a look before it is said.
        self._nonsense: frozenset[str] = frozenset()
        self._detour = self._slow
        self._frozen_at: float | None = None
        self._inbox: deque[Message] = deque(maxlen=_INBOX)
        #: (when it is said, what): in the order in which it was thought of.
        self._outbox: deque[tuple[float, list[Message]]] = deque()

    def freeze(self, now: float, device: str) -> list[Message]:
        """The firmware hangs with its socket open: nothing is said, nothing obeyed, until `thaw` or a loss of power.

        A lamp behind a bridge has no socket: frozen, it is out of reach.
        """
        if device != self.id:
            return self.lose_power(now, device)
        if self._frozen_at is None:
            self._frozen_at = now
        return []

    def thaw(self, now: float, device: str) -> list[Message]:
        """It goes on where it was, and reads what had piled up."""
        if device != self.id:
            return self.power_up(now, device)
        if self._frozen_at is None:
            return []
        self._frozen_at = None
        spoken = self._say(now, self.firmware.tick(now))
        while self._inbox:
            spoken += self.receive(now, self._inbox.popleft())
        return spoken

    def slow_down(self, latency_s: tuple[float, float]) -> list[Message]:
        """Answer so much later from now on: lowest and highest seconds; (0, 0) is at once. Raises ValueError."""
        low, high = latency_s
        if not 0 <= low <= high:
            raise ValueError(f"latency_s is the lowest and the highest seconds, 0 or more, not {latency_s}")
        self._latency_s, self._slow = latency_s, high > 0
        self._detour = self._slow or bool(self._nonsense)
        return []

    @property
    def latency_s(self) -> tuple[float, float]:
        """The lowest and the highest seconds of its answers."""
        return self._latency_s

    def babble(self, now: float, device: str, babbling: bool) -> list[Message]:
        """Say nonsense instead of every report from now on; or make sense again, and say at once how it is."""
        topics = frozenset(self.firmware.report_topics(device))
        self._nonsense = self._nonsense | topics if babbling else self._nonsense - topics
        self._detour = self._slow or bool(self._nonsense)
        return [] if babbling else self.greet(now)

    def drift(self, now: float, device: str, change: Mapping[str, object], over_s: float, tells: bool) -> list[Message]:
        """The hardware departs from what it was told, whether the firmware is frozen or not. Raises Refused."""
        spoken = self._say(now, self.firmware.drift(now, device, change, over_s, tells))
        return [] if self._frozen_at is not None else spoken

    def settle(self, now: float, device: str) -> list[Message]:
        """Hardware that had drifted is again where it says it is."""
        spoken = self._say(now, self.firmware.settle(now, device))
        return [] if self._frozen_at is not None else spoken

    def mischief(self, device: str) -> tuple[str, ...]:
        """What lasts of what a tester has done: unplugged, frozen, drifting, lying, nonsense."""
        babbles = bool(self._nonsense) and self._nonsense.issuperset(self.firmware.report_topics(device))
        frozen = device == self.id and self._frozen_at is not None
        return (*self.firmware.mischief(device), *lasting(frozen=frozen, nonsense=babbles))

    def lie(self, device: str, lying: bool) -> list[Message]:
        """Acknowledge everything and do nothing from now on, or be honest again."""
        self.firmware.lie(device, lying)
        return []

    def power_up(self, now: float, device: str) -> list[Message]:
        """Power for the whole or for one device behind a bridge."""
        return self._say(now, self.firmware.power_up(now, device))

    def lose_power(self, now: float, device: str) -> list[Message]:
        """Power gone; a whole that loses it also forgets that it was frozen and what it was about to say."""
        if device == self.id:
            self._frozen_at = None
            self._inbox.clear()
            self._outbox.clear()
        return self._say(now, self.firmware.lose_power(now, device))

    def greet(self, now: float) -> list[Message]:
        """Never late: a greeting follows a connection that took its time already. What was left to say is in it."""
        if self._frozen_at is not None:
            return []
        self._outbox.clear()
        return self._spoilt(self.firmware.greet(now))

    def receive(self, now: float, message: Message) -> list[Message]:
        """Hear it now, or once thawed."""
        if self._frozen_at is not None:
            self._inbox.append(message)
            return []
        spoken = self.firmware.receive(now, message)
        return self._say(now, spoken) if self._detour or self._outbox else spoken

    def due(self) -> float | None:
        """When it next has something to say or to do."""
        if self._frozen_at is not None:
            return None
        due = self.firmware.due()
        if self._outbox:
            said = self._outbox[0][0]
            return said if due is None else min(said, due)
        return due

    def tick(self, now: float) -> list[Message]:
        """Say and do what is due."""
        if self._frozen_at is not None:
            return []
        fresh = self._say(now, self.firmware.tick(now))
        spoken: list[Message] = []
        while self._outbox and self._outbox[0][0] <= now:
            spoken += self._outbox.popleft()[1]
        return spoken + fresh

    def truth(self, now: float, device: str) -> Json:
        """What the hardware does; a frozen one does what it did when it froze."""
        frozen_at = self._frozen_at
        words = self.firmware.truth(now if frozen_at is None else frozen_at, device)
        return {"frozen": frozen_at is not None, **words}

    def touch(self, now: float, device: str, change: Mapping[str, object]) -> list[Message]:
        """A hand on it; a frozen firmware does not notice. Raises Refused."""
        return [] if self._frozen_at is not None else self._say(now, self.firmware.touch(now, device, change))

    def reboot_to_defaults(self, now: float, device: str) -> list[Message]:
        """A restart thaws, too."""
        if device == self.id:
            self._frozen_at = None
        return self._say(now, self.firmware.reboot_to_defaults(now, device))

    def _say(self, now: float, messages: list[Message]) -> list[Message]:
        """Now, or after the latency; never before what was thought of earlier."""
        messages = self._spoilt(messages)
        if not messages or not (self._slow or self._outbox):
            return messages
        when = now + self._rng.uniform(*self._latency_s)
        if self._outbox:
            when = max(when, self._outbox[-1][0])
        self._outbox.append((when, messages))
        return []

    def _spoilt(self, messages: list[Message]) -> list[Message]:
        """The same, with nonsense in the place of reports."""
        if not self._nonsense:
            return messages
        return [replace(each, payload=self._rng.choice(NONSENSE)) if each.topic in self._nonsense else each
                for each in messages]
