"""A living store: a fleet of simulated devices beside what the controller believes, and a tester's hand on both.

Level-triggered as everything else: what misbehaves is read from the devices themselves, so page, command and API agree
whoever did it, and a drift that an order has ended is not shown any longer. Only the log is remembered.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from controller.errors import NotFound, Refused, Unavailable
from controller.living.belief import Believed
from controller.living.comparing import differences
from controller.living.door import Belief, BrokerLive, DeviceLive, Did, LivingShown, Wish, ZoneLive
from controller.living.outage import BrokerSwitch
from controller.living.verbs import takes, verbs
from controller.living.wishes import checked
from controller.living.wording import done_words, lead
from controller.ports import Clock
from devices.simulator.fleet import Fleet
from devices.simulator.specs import ZIGBEE2MQTT, DeviceSpec
from devices.simulator.wire import Refused as RefusedByDevice
from profiles.plan import Plan
from profiles.text import t

log = logging.getLogger(__name__)

#: What is done is told so many times back.
_TOLD = 200
#: How often devices are looked at while somebody watches; how long a change of hardware counts as under way.
_LOOK_S, _UNDER_WAY_S = 0.2, 1.6
LONGEST_OUTAGE_S = 3600.0

#: What of a device changes all the time, and is not worth drawing a page again.
_FLEETING = ("elapsed_s", "title", "artist", "isrc", "ml_left")


class LivingStore:
    """`door.Living` over a running fleet."""

    def __init__(self, plan: Plan, specs: Sequence[DeviceSpec], fleet: Fleet, belief: Believed, switch: BrokerSwitch,
                 *, clock: Clock) -> None:
        """`specs`: of the fleet, in the order in which they are shown."""
        self._plan, self._fleet, self._belief, self._switch, self._clock = plan, fleet, belief, switch, clock
        self._specs = {spec.id: spec for spec in specs}
        self._names = {device.id: device.name or device.id for device in plan.devices}
        self._latency = {device: fleet.latency_s(device) for device in fleet.devices}
        self._lock, self._outage = threading.RLock(), threading.RLock()
        self._up = True
        self._until: datetime | None = None
        self._timer: threading.Timer | None = None
        self._done: deque[Did] = deque(maxlen=_TOLD)
        self._count = itertools.count(1)
        self._revision = 0
        self._seen: tuple[object, ...] = ()
        self._did: dict[str, tuple[Mapping[str, object], float]] = {}
        self._changed_at: dict[str, float] = {}

    def close(self) -> None:
        """No outage ends any more, and nobody is asked what they believe."""
        self._cancel()
        self._belief.close()

    # -- looking

    def shown(self) -> LivingShown:
        """How everything is now."""
        devices = self._devices()
        knows = any(device.belief is not None and device.belief.reported is not None for device in devices)
        with self._lock:
            done = tuple(reversed(self._done))
            broker = BrokerLive(self._switch.address, self._up, self._switch.real, self._switch.sentence(), self._until)
            self._note((devices_seen(devices), broker, self._belief.sentence(), len(self._done), done[:1]))
            revision = self._revision
        store, zones = self._plan.store, tuple(ZoneLive(zone.id, zone.name) for zone in self._plan.zones)
        return LivingShown(store.id, store.name, store.timezone, self._clock.now(), revision,
                           lead(devices, knows, broker.up), self._belief.sentence(), broker, zones, devices, done)

    def changes(self, after: int, timeout_s: float) -> int:
        """Wait until something has changed since revision `after`."""
        until = time.monotonic() + timeout_s
        while True:
            try:
                revision = self.shown().revision
            except RuntimeError:  # the devices have left: this is the end
                return self._revision
            left_s = until - time.monotonic()
            if revision != after or left_s <= 0:
                return revision
            time.sleep(min(_LOOK_S, left_s))

    def _note(self, seen: tuple[object, ...]) -> None:
        if seen != self._seen:
            self._seen = seen
            self._revision += 1

    def _devices(self) -> tuple[DeviceLive, ...]:
        beliefs, truth, mischief = self._belief.beliefs(), self._fleet.truth(), self._fleet.mischief()
        order = [*self._specs, *(device for device in truth if device not in self._specs)]
        return tuple(self._device(device, truth[device], mischief[device], beliefs.get(device)) for device in order)

    def _device(self, device: str, does: dict[str, object], mischief: tuple[str, ...],
                belief: Belief | None) -> DeviceLive:
        spec = self._specs.get(device)
        kind = "bridge" if spec is None else spec.kind
        behind = spec.address.partition("/")[0] if spec is not None and spec.dialect == ZIGBEE2MQTT else None
        latency_s = self._fleet.latency_s(device)
        slow = latency_s != self._latency[device] and behind is None
        more = (("slow", slow), ("empty", does.get("fault") == "empty"), ("active", does.get("active") is True))
        return DeviceLive(
            id=device, name=self._names.get(device, device), kind=kind,
            dialect=ZIGBEE2MQTT if spec is None else spec.dialect, address=device if spec is None else spec.address,
            zones=() if spec is None else spec.zones, behind=behind, does=does, belief=belief,
            apart=differences(does, None if belief is None else belief.reported),
            off_order=differences(does, None if belief is None else belief.ordered),
            moving=self._is_moving(device, does),
            misbehaves=(*mischief, *(word for word, is_on in more if is_on)),
            can=tuple(verb.name for verb in verbs().values() if takes(verb, kind, behind)), latency_s=latency_s)

    def _is_moving(self, device: str, does: dict[str, object]) -> bool:
        kept, now = _lasting(does), time.monotonic()
        with self._lock:
            before, looked_at = self._did.get(device, (kept, now))
            self._did[device] = kept, now
            # Where nobody has looked for long it is not known when it changed, and it is not claimed to be just now.
            if before != kept and now - looked_at < _UNDER_WAY_S:
                self._changed_at[device] = now
            return now - self._changed_at.get(device, float("-inf")) < _UNDER_WAY_S

    # -- misbehaving

    def do(self, device: str, verb: str, wish: Wish, by: str) -> Did:
        """Do it at once. Raises NotFound, Refused."""
        shown = next((one for one in self._devices() if one.id == device), None)
        if shown is None:
            raise NotFound(t("There is no device {device} here. There are: {devices}.", device=device[:80],
                             devices=", ".join(sorted(self._fleet.devices))))
        wish = checked(shown, verb, wish)
        try:
            self._acts(shown, wish)[verb]()
        except RefusedByDevice as refusal:
            raise Refused(f"{device}: {refusal}") from refusal
        return self._log(done_words(shown, verb, wish), by)

    def _acts(self, device: DeviceLive, wish: Wish) -> dict[str, Callable[[], None]]:
        name, fleet = device.id, self._fleet
        return {
            "unplug": lambda: fleet.lose_power(name), "plug-in": lambda: self._plug_in(device),
            "freeze": lambda: fleet.freeze(name), "thaw": lambda: fleet.thaw(name),
            "slow-down": lambda: fleet.slow_down(name, wish.from_s or 0.0, wish.to_s or 0.0),
            "speed-up": lambda: fleet.slow_down(name, *self._latency[name]),
            "drift": lambda: fleet.drift(name, wish.to, wish.over_s, wish.tells), "settle": lambda: fleet.settle(name),
            "switch": lambda: fleet.someone_switches(name, **wish.to), "lie": lambda: fleet.lie(name, True),
            "be-honest": lambda: fleet.lie(name, False), "babble": lambda: fleet.babble(name, True),
            "make-sense": lambda: fleet.babble(name, False), "empty": lambda: fleet.fill_cartridge(name, 0.0),
            "fill": lambda: fleet.fill_cartridge(name, wish.ml or 0.0),
            "reboot": lambda: fleet.reboot_to_defaults(name), "mend": lambda: self._mend(device),
        }

    def _plug_in(self, device: DeviceLive) -> None:
        if "unplugged" in device.misbehaves:  # power to what has power would be a restart
            self._fleet.power_up(device.id)

    def _mend(self, device: DeviceLive) -> None:
        spec = self._specs.get(device.id)
        acts = self._acts(device, Wish(ml=None if spec is None else spec.cartridge_ml))
        acts["plug-in"]()
        mends = {verb.sets: verb.undo for verb in verbs().values() if verb.undo is not None}
        for word in device.misbehaves:
            undo = mends.get(word)
            if undo is not None and word != "unplugged":
                acts[undo]()
        if "active" in device.misbehaves:
            self._fleet.set_contact(device.id, False)

    def mend(self, by: str) -> Did:
        """Everything, bridges first: their lamps speak through them."""
        if not self._up:
            self._bring_back()
        for device in sorted(self._devices(), key=lambda one: one.kind != "bridge"):
            if device.misbehaves:
                self._mend(device)
        return self._log(t("Everything is mended."), by)

    # -- the broker

    def broker_down(self, seconds: float | None, by: str) -> Did:
        """An outage. Raises Refused where it is down already, or for a length that is none."""
        if seconds is not None and not 1 <= seconds <= LONGEST_OUTAGE_S:
            raise Refused(t("An outage lasts from 1 to {most} seconds, or until it is mended; not {seconds}.",
                            most=f"{LONGEST_OUTAGE_S:g}", seconds=f"{seconds:g}"))
        with self._outage:
            if not self._up:
                raise Refused(t("The broker is down already. Bring it back first."))
            self._switch.down()
            with self._lock:
                self._up = False
                self._until = None if seconds is None else self._clock.now() + timedelta(seconds=seconds)
            if seconds is None:
                return self._log(t("The broker is down until somebody brings it back."), by)
            self._timer = threading.Timer(seconds, self._over)
            self._timer.daemon = True
            self._timer.start()
            return self._log(t("The broker is down for {seconds} s.", seconds=f"{seconds:g}"), by)

    def broker_up(self, by: str) -> Did:
        """The end of an outage. Raises Refused, Unavailable."""
        with self._outage:
            if self._up:
                raise Refused(t("The broker is not down."))
            self._bring_back()
            return self._log(t("The broker is back."), by)

    def _bring_back(self) -> None:
        with self._outage:
            self._cancel()
            self._switch.up()
            with self._lock:
                self._up, self._until = True, None

    def _over(self) -> None:
        try:
            with self._outage:
                if not self._up:
                    self._bring_back()
                    self._log(t("The broker is back."), t("its time was over"))
        except Unavailable as failed:
            with self._lock:
                self._until = None
            self._log(t("The broker could not be brought back. {why}", why=str(failed)), t("its time was over"))
        except RuntimeError:
            log.debug("the devices left during an outage", exc_info=True)

    def _cancel(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _log(self, sentence: str, by: str) -> Did:
        with self._lock:
            did = Did(next(self._count), self._clock.now(), sentence, by)
            self._done.append(did)
        return did


def devices_seen(devices: Sequence[DeviceLive]) -> tuple[object, ...]:
    """What of the devices is worth telling somebody who watches: without what passes from second to second."""
    return tuple(
        (one.id, _lasting(one.does), one.does.get("title"), _tenth(one.does.get("ml_left")), one.apart, one.off_order,
         one.moving, one.misbehaves, one.latency_s,
         None if one.belief is None else (one.belief.ordered, _lasting(one.belief.reported or {}), one.belief.standing,
                                          one.belief.sentence))
        for one in devices)


def _lasting(state: Mapping[str, object]) -> dict[str, object]:
    return {word: value for word, value in state.items() if word not in _FLEETING}


def _tenth(value: object) -> object:
    return round(value, 1) if isinstance(value, float) else value
