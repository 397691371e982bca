"""What bursts are made of: small plots, each after a way in which such stores have gone wrong before.

A plot writes a few steps down, with any gap between them; plots meet in one burst, and around an instant that turns.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from controller.hunting.stores import FRAGRANCES, draw_scene, draw_week
from controller.hunting.teller import Teller

_COMPLAINTS = ("too-loud", "too-bright", "too-strong")
_SENSES = (("light", "music", "scent"), ("light", "music", "scent"), ("scent",), ("music",), ("light", "scent"))
#: Steps of the clock: within what is waved through, an hour, and what nobody believes.
_CLOCK_S = (-7200, -3600, -600, -3, -1, 1, 3, 45, 600, 3600, 7200, 400 * 86400, -400 * 86400)
_PEOPLE = (("Elin", "manager"), ("Elin", "manager"), ("Noor", "staff"), ("Ada", "administrator"))


# -- people

def press(teller: Teller) -> None:
    """Somebody presses; it ends in a while, or just where something else turns."""
    rng = teller.rng
    what = {"profile": rng.choice(teller.moods)} if rng.random() < 0.6 else {"scene": draw_scene(rng)}
    _press(teller, **what)


def _press(teller: Teller, **what: object) -> None:
    if not teller.controller_up:
        return
    rng = teller.rng
    by, role = rng.choice(_PEOPLE)
    where = {} if rng.random() < 0.4 else {"zones": [rng.choice(teller.zones)]}
    teller.do(press={**what, **where, "end": _end(teller), "by": by, "role": role})


def _end(teller: Teller) -> str:
    """How long a press lasts; that instant is worth being at."""
    rng, edge = teller.rng, teller.next_edge()
    if edge is not None and rng.random() < 0.3:
        if rng.random() < 0.5:
            return "next-change"
        local = edge.astimezone(ZoneInfo(teller.plan.store.timezone))
        if rng.random() < 0.3:
            return f"time:{local:%H:%M}"
        minutes = max(1, round((edge - teller.now) / timedelta(minutes=1)) + rng.choice((-1, 0, 1)))
        if minutes < 700:
            return f"minutes:{minutes}"
    if rng.random() < 0.1:
        return "closing"
    minutes = rng.choice((1, 1, 2, 5, 10, 30, 60, 120))
    teller.look_forward(teller.now + timedelta(minutes=minutes))
    return f"minutes:{minutes}"


def stack(teller: Teller) -> None:
    """Choices on top of each other, with different ends; some are taken back."""
    for _ in range(teller.rng.randint(2, 4)):
        press(teller)
        teller.gap()
        if teller.rng.random() < 0.3:
            undo(teller)


def undo(teller: Teller) -> None:
    """The last choice is taken back."""
    if teller.controller_up:
        teller.do(undo=True)


def complain(teller: Teller) -> None:
    """Something is too much."""
    if teller.controller_up:
        teller.do(nudge={"zone": teller.rng.choice(teller.zones), "complaint": teller.rng.choice(_COMPLAINTS)})


def say(teller: Teller) -> None:
    """An announcement by press."""
    ids = [announcement.id for announcement in teller.plan.announcements]
    if teller.controller_up and ids:
        teller.do(announce={"announcement": teller.rng.choice(ids)})


def stop(teller: Teller) -> None:
    """A stop; what is done afterwards does not show, and mostly somebody ends it."""
    rng = teller.rng
    if not teller.controller_up:
        return
    where = {} if rng.random() < 0.5 else {"zones": [rng.choice(teller.zones)]}
    teller.do(stop={**where, "senses": rng.choice(_SENSES)})
    teller.stopped = True
    teller.gap()
    for _ in range(rng.randint(0, 3)):
        rng.choice((press, restart, mishap, mishap, broker_away, hand, say, stop_again))(teller)
        teller.gap()
    if teller.controller_up and rng.random() < 0.6:
        teller.do(resume=True)
        teller.stopped = False


def stop_again(teller: Teller) -> None:
    """A second stop beside the first."""
    if teller.controller_up:
        teller.do(stop={"zones": [teller.rng.choice(teller.zones)], "senses": teller.rng.choice(_SENSES)})
        teller.stopped = True


def two_scents(teller: Teller) -> None:
    """One fragrance after the other, with hardly time for the air between them, and perhaps a restart."""
    rng = teller.rng
    zone = [rng.choice(teller.zones)]
    for fragrance in rng.sample(FRAGRANCES, 2):
        if not teller.controller_up:
            return
        scene = {"scent": {"on": True, "fragrance": fragrance, "intensity_pct": rng.choice((10, 30, 50))}}
        minutes = rng.choice((5, 20, 60))
        teller.do(press={"scene": scene, "zones": zone, "end": f"minutes:{minutes}"})
        teller.look_forward(teller.now + timedelta(minutes=minutes))
        teller.wait(rng.choice((2, 60, 300, 900)))
        if rng.random() < 0.4:
            restart(teller)


def new_plan(teller: Teller) -> None:
    """Another version of the week is published, as it is or as it was at the beginning."""
    rng = teller.rng
    if not teller.controller_up:
        return
    closes = teller.parts["store"]["hours"] != "24/7"
    week = draw_week(rng, teller.zones, closes, len(teller.moods))
    names = rng.sample(("dayparts", "campaigns", "quiet_hours", "announcements"), rng.randint(1, 2))
    said = {announcement.id for announcement in teller.plan.announcements}
    if not said <= {part["id"] for part in week["announcements"]}:
        names = [name for name in names if name != "announcements"]
    teller.do(publish={name: week[name] for name in names} or {"limits": {"max_volume_pct": 25}})


# -- misfortune

def mishap(teller: Teller) -> None:
    """Something happens to a device, and perhaps it is over soon."""
    device = teller.device()
    if device is None:
        return
    verb = teller.rng.choice((teller.unplug, teller.unplug, teller.freeze, teller.reboot, teller.reboot, teller.lie))
    verb(device)
    teller.gap()
    if teller.rng.random() < 0.5 and device in teller.dark:
        teller.plug_in(device)
    elif teller.rng.random() < 0.3 and device in teller.frozen:
        teller.thaw(device)


def slow(teller: Teller) -> None:
    """A device takes its time."""
    device = teller.device()
    if device is not None:
        teller.slow.add(device)
        teller.do(slow_down={"device": device, "from_s": teller.rng.choice((0, 1)), "to_s": teller.rng.choice((1, 3))})


def empty(teller: Teller) -> None:
    """A cartridge runs out."""
    device = teller.device("diffuser")
    if device is not None:
        teller.empty.add(device)
        teller.do(fill={"device": device, "ml": teller.rng.choice((0, 0.05))})


def hand(teller: Teller) -> None:
    """A hand at a lamp or a player, once or more."""
    for _ in range(teller.rng.choice((1, 1, 2))):
        device = teller.device(teller.rng.choice(("light", "light", "player")))
        if device is None or device in teller.dark | teller.frozen:
            return
        key = "volume_pct" if device.startswith("player") else "brightness_pct"
        to = {"on": teller.rng.random() < 0.4} if teller.rng.random() < 0.6 else {key: teller.rng.choice((3, 30, 77))}
        teller.do(switch={"device": device, "to": to})
        teller.gap()


def fire(teller: Teller) -> None:
    """The fire contact closes; nothing that it does by itself resumes anything."""
    for contact in teller.contacts:
        teller.do(switch={"device": contact, "to": {"active": True}})
        teller.burning.add(contact)
        teller.stopped = True


def restart(teller: Teller) -> None:
    """The controller is killed, and is back at once or later."""
    teller.kill()
    teller.wait(teller.rng.choice((0, 0, 0.3, 5, 61, 200)))
    if teller.rng.random() < 0.9:
        teller.start()


def broker_away(teller: Teller) -> None:
    """No broker, for a while."""
    teller.broker(teller.rng.choice(("down", "down", "wiped")))
    teller.gap()
    if teller.rng.random() < 0.6:
        teller.broker("up")


def bad_line(teller: Teller) -> None:
    """What arrives is lost, repeated, out of order, while people press."""
    teller.spoil_line()
    for _ in range(teller.rng.randint(1, 4)):
        teller.gap()
        teller.rng.choice((press, undo, mishap, hand))(teller)


def clock(teller: Teller) -> None:
    """Somebody sets the clock, and perhaps back."""
    by = timedelta(seconds=teller.rng.choice(_CLOCK_S))
    if abs(teller.clock_off + by) > timedelta(days=500):
        return
    teller.set_clock(by)
    teller.gap()
    if teller.rng.random() < 0.5:
        teller.set_clock(-by)


PLOTS: tuple[Callable[[Teller], None], ...] = (
    press, press, press, stack, stack, undo, complain, complain, say, stop, stop, two_scents, two_scents, new_plan,
    mishap, mishap, mishap, slow, empty, hand, hand, fire, restart, restart, broker_away, broker_away, bad_line,
    clock, clock)
