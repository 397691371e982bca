"""Days in which everything goes wrong, in virtual time: after the last fault the shop is what plan and people say.

Each day comes from its seed, which is in the name of the test.
"""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from profiles.scene import Sense
from tests.controller.virtual_shop import BRIGHT, DARK, DIM, FIG, LINEN, LOUD, VirtualShop

SCENES = (BRIGHT, DIM, DARK, LOUD, LINEN, FIG)
#: Those that a fault can befall; the contact only raises stops.
DEVICES = ("lamp-1", "lamp-2", "lamp-3", "bulb-1", "bulb-2", "player-1", "diffuser-1")
#: After the last fault: a slow fade of 45 s, or a pause of a minute in which nobody speaks, and what follows it.
PROMISED_S = 75.0


class Storm:
    """Faults and people, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.shop = VirtualShop(seed=seed, heartbeat_s=600)
        self.dark: set[str] = set()
        self.frozen: set[str] = set()
        self.lying: set[str] = set()
        self.presses: list[str] = []
        self.told: list[str] = []
        #: Whether words of devices may have been lost that no broken line has asked for again.
        self.rained = False

    def day(self, hours: float) -> None:
        """A day, with something every few minutes, and a check whenever all is well."""
        shop = self.shop
        shop.until_converged(5)
        ends = shop.clock.monotonic() + hours * 3600
        while shop.clock.monotonic() < ends:
            for _ in range(self.rng.randint(1, 6)):
                self.something()
                shop.run(self.rng.choice((0, 0.01, 0.3, 1.1, 3, 20, 300)))
                self.stop_wins()
            self.heal()
            if self.rained:
                self.rained = False
                shop.run(610)  # what was lost of the words of a device, it says again with its next heartbeat
            shop.until_converged(PROMISED_S)
            self.nothing_is_late()
            shop.run(self.rng.choice((10, 600, 3000)))
            shop.until_converged(PROMISED_S)

    def something(self) -> None:
        verb = self.rng.choice((
            self.press, self.press, self.press, self.undo, self.stop, self.resume, self.power, self.power, self.freeze,
            self.lie, self.reboot, self.switch, self.switch, self.broker, self.controller, self.controller, self.line,
            self.clock, self.fire, self.window, self.disk, self.rain))
        self.told = [*self.told[-40:], f"{self.shop.clock.now():%H:%M:%S} {verb.__name__}"]
        verb()

    # -- people

    def press(self) -> None:
        zone = self.rng.choice(("sales", "cafe", None))
        if not self.shop.memory._full:
            self.presses.append(self.shop.press(zone, self.rng.choice(SCENES), self.rng.choice((1, 10, 60))))

    def undo(self) -> None:
        if self.presses and not self.shop.memory._full:
            self.shop.undo(self.presses.pop())

    def stop(self) -> None:
        zones = self.rng.choice((None, ("cafe",), ("sales",)))
        if not self.shop.memory._full:
            self.shop.stop(zones, self.rng.choice((tuple(Sense), (Sense.SCENT,), (Sense.MUSIC, Sense.LIGHT))))

    def resume(self) -> None:
        if not self.shop.memory._full:
            self.shop.resume()

    def switch(self) -> None:
        device = self.rng.choice(DEVICES)
        self.shop.switch(device, on=self.rng.random() < 0.5)

    def fire(self) -> None:
        self.shop.fleet.set_contact("fire-1", self.rng.random() < 0.3)
        self.shop.settle()

    # -- misfortune

    def power(self) -> None:
        device = self.rng.choice(DEVICES)
        if device in self.dark:
            self.dark.discard(device)
            self.shop.power_up(device)
        else:
            self.dark.add(device)
            self.frozen.discard(device)
            self.shop.lose_power(device)

    def freeze(self) -> None:
        device = self.rng.choice(("lamp-1", "lamp-2", "player-1"))
        if device in self.dark:
            return
        self.shop.thaw(device) if device in self.frozen else self.shop.freeze(device)
        self.frozen ^= {device}

    def lie(self) -> None:
        device = self.rng.choice(DEVICES)
        self.lying ^= {device}
        self.shop.lie(device, device in self.lying)

    def reboot(self) -> None:
        device = self.rng.choice(DEVICES)
        if device not in self.dark | self.frozen:
            self.shop.reboot(device)

    def broker(self) -> None:
        if not self.shop.broker.up:
            self.shop.broker_comes_back()
            return
        self.shop.broker_goes_down()
        if self.rng.random() < 0.3:
            self.shop.forget_retained()

    def controller(self) -> None:
        self.shop.kill_controller()
        self.shop.run(self.rng.choice((0, 0, 1, 60)))
        self.shop.start_controller()

    def line(self) -> None:
        self.shop.broker.cut("controller")
        self.shop.run(self.rng.choice((0, 5, 200)))
        self.shop.broker.restore("controller")
        self.shop.settle()

    def clock(self) -> None:
        self.shop.step_clock(timedelta(seconds=self.rng.uniform(-4, 20)))

    def window(self) -> None:
        self.shop.line.room = 0 if self.shop.line.room is None else None

    def rain(self) -> None:
        line, self.rained = self.shop.line, True
        line.losses, line.repeats, line.swaps = (0.0, 0.0, 0.0) if line.losses else (0.4, 0.3, 0.3)

    def disk(self) -> None:
        self.shop.memory.make_room() if self.shop.memory._full else self.shop.memory.fill_the_disk()

    # -- afterwards

    def heal(self) -> None:
        """Everything that is broken is whole again."""
        shop = self.shop
        shop.memory.make_room()
        shop.line.room = None
        shop.line.losses = shop.line.repeats = shop.line.swaps = 0.0
        if not shop.broker.up:
            shop.broker_comes_back()
        for device in sorted(self.dark):
            shop.power_up(device)
        for device in sorted(self.frozen):
            shop.thaw(device)
        for device in sorted(self.lying):
            shop.lie(device, False)
        self.dark, self.frozen, self.lying = set(), set(), set()
        if self.rng.random() < 0.7:
            self.resume()

    def nothing_is_late(self) -> None:
        """What is in force is alive, and nothing that has ended shows."""
        now, sight = self.shop.clock.now(), self.shop.engine.sight()
        over = {o.id for o in sight.live.overrides if o.over() <= now}
        for zone in sight.zones.values():
            for resolved in zone.resolution.fields.values():
                assert resolved.because.layer.id not in over, self.told

    def stop_wins(self) -> None:
        """Where a stop of everything is in force and its devices can hear, they are safe."""
        shop = self.shop
        stops = [s for s in shop.stops() if s.zones is None and len(s.senses) == 3]
        sound = shop.broker.up and shop.line.connected and shop.line.room is None and shop.engine.sight().epoch > 0
        if not stops or not sound:
            return
        truth = shop.fleet.truth()
        for device in ("lamp-1", "lamp-2", "lamp-3", "player-1", "diffuser-1"):  # the native ones obey by themselves
            if device in self.dark | self.frozen:
                continue
            if device.startswith("lamp"):
                assert truth[device]["brightness_pct"] == 100, (device, self.told)
            else:
                assert truth[device]["on"] is False, (device, self.told)


@pytest.mark.parametrize("seed", range(8))
def test_after_every_storm_the_shop_is_what_plan_and_people_say(seed):
    Storm(seed).day(hours=24)
