# ruff: noqa: ARG002 -- a watch need not use every argument
"""Watch of announcements: each is said at most once a player, at its time, and never in a quiet hour or a stop."""

from __future__ import annotations

import json
from collections.abc import Iterator

from controller.hunting.bystander import Bystander
from controller.scenarios.model import Step
from devices.messages import Message, device_topic
from profiles.overlay import Announcement
from profiles.places import InstalledDevice
from profiles.scene import Sense

#: One that is later than this is left out (`controller.store.announcer`), and a moment for the clock to step.
_LATE_S = 31.0


class SaidOnce:
    """At most once a player and occasion; of the plan, only when it is due; in a quiet hour only what is urgent."""

    rule = "said-once"

    def __init__(self, bystander: Bystander) -> None:
        """Listen for commands to players."""
        self._here = bystander
        store = bystander.plan.store.id
        self._players = {device_topic(store, d.id, "cmd"): d for d in bystander.plan.devices if d.kind == "player"}
        self._ids: dict[str, set[str]] = {topic: set() for topic in self._players}
        self._occasions: dict[tuple[str, str], set[float]] = {}
        self._begun: list[tuple[InstalledDevice, Announcement]] = []
        self._pressed: dict[str, float] = {}
        self._broken: list[str] = []
        if self._players:
            bystander.store.record.listeners.append(self._hear)

    def happened(self, step: Step, refused: str) -> None:
        """Somebody wanted something said: it may have been, whatever came of it."""
        if step.announce is not None:
            self._pressed[step.announce.announcement] = self._here.now

    def look(self) -> Iterator[str]:
        """At what players were told since the last look."""
        begun, self._begun = self._begun, []
        yield from self._broken
        self._broken.clear()
        for player, announcement in begun:
            yield from self._allowed(player, announcement)

    def ended(self) -> Iterator[str]:
        """Nothing more."""
        return self.look()

    def _hear(self, sent: bool, at: float, message: Message) -> None:
        player = self._players.get(message.topic) if sent else None
        if player is None:
            return
        command = json.loads(message.payload)
        if command.get("op") != "announce":
            return
        if command["id"] in self._ids[message.topic]:
            self._broken.append(f"{player.id} was told {command['clip']} twice on one occasion.")
        self._ids[message.topic].add(command["id"])
        found = next((a for a in self._here.plan.announcements if a.clip == command["clip"]), None)
        if found is None:
            self._broken.append(f"{player.id} was told {command['clip']}, which the plan has not got.")
        else:
            self._begun.append((player, found))

    def _allowed(self, player: InstalledDevice, said: Announcement) -> Iterator[str]:
        here = self._here
        for zone in player.zones:
            felt = here.felt.get(zone)
            if felt is not None and felt.quiet and not said.emergency and not here.troubles.clock_was_set:
                yield f"{player.id} was told {said.id} in {zone}, where a quiet hour holds."
            if any(Sense.MUSIC in stop.senses for stop in here.stopping(zone)):
                yield f"{player.id} was told {said.id} in {zone}, where the music is stopped."
        if here.troubles.clock_was_set or here.now - self._pressed.get(said.id, -_LATE_S) < _LATE_S:
            return
        at = here.wall.timestamp()
        due = here.plainly.said(said, at - _LATE_S, at)
        if not due:
            yield f"{player.id} was told {said.id}, which was not due and nobody asked for."
            return
        occasions = self._occasions.setdefault((player.id, said.id), set())
        if due[-1] in occasions:
            yield f"{player.id} was told {said.id} twice for one time."
        occasions.add(due[-1])
