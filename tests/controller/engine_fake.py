"""An engine without a thread: it knows what the memory holds, and devices say what the test has them say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from controller.ports import Memory
from controller.store.fleet import device_of
from controller.store.holds import Hold, Reason, less_holds
from controller.store.intake import Happening
from controller.store.sight import Counters, DeviceSight, EngineSight, ZoneSight
from controller.store.wishes import state_for
from devices.device import Kind
from profiles.plan import Live, Plan
from profiles.resolve import Resolution, resolve
from profiles.scene import Sense


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now, self._steady = now, 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._steady

    def move_to(self, now: datetime) -> None:
        self._steady += max(0.0, (now - self._now).total_seconds())
        self._now = now

    def move(self, **by: float) -> None:
        self.move_to(self._now + timedelta(**by))


class FakeEngine:
    """The `Turning` protocol over a memory and a clock."""

    def __init__(self, memory: Memory, clock: FakeClock) -> None:
        self._memory, self._clock = memory, clock
        self.revision = 1
        self.told: list[Happening] = []
        self.looks = 0
        self.turns = True
        self.connected, self.trusted = True, True
        self.troubles: tuple[str, ...] = ()
        self.unknown: dict[str, datetime] = {}
        self._words: dict[str, dict[str, Any]] = {}
        self._holds: list[Hold] = []
        self._resolutions: dict[str, Resolution] = {}
        self._live = Live()

    # -- the protocol

    def tell(self, happening: Happening, timeout_s: float = 2.0) -> bool:
        if not self.turns:
            return False
        self.told.append(happening)
        self._changed()
        return True

    def wait_for_news(self, after: int, timeout_s: float) -> int:
        return self.revision

    def sight(self) -> EngineSight:
        self.looks += 1
        at = self._clock.now()
        version = self._memory.plan_in_force()
        zones: dict[str, ZoneSight] = {}
        if version is not None:
            self._live = self._memory.live(at - timedelta(days=8))
            zones = {zone.id: self._zone(version.plan, zone.id, at) for zone in version.plan.zones}
        return EngineSight(
            at=at, revision=self.revision, plan=version, live=self._live, zones=zones,
            devices={} if version is None else {d.id: self._device(version.plan, d.id,
                                                                   zones) for d in version.plan.devices},
            unknown=self.unknown, connected=self.connected, protocol="MQTT 5",
            broker_words="Connected (MQTT 5)" if self.connected else "The broker closed the connection.",
            time_trusted=self.trusted, epoch=3, turned_s_ago=0.1, uptime_s=60.0, counters=Counters(orders=7, reports=9),
            troubles=self.troubles)

    # -- steering

    def says(self, device: str, **words: Any) -> None:
        """A device stands as `words` say, fields of `DeviceSight`."""
        self._words.setdefault(device, {}).update(words)
        self._changed()

    def loses(self, device: str, heard: datetime) -> None:
        self.says(device, online=False, converged=False, heard=heard)

    def is_sending_to(self, device: str) -> None:
        self.says(device, converged=False, sent_at=self._clock.now(), tries=1,
                  differs=("brightness is 20 %, should be 60 %",))

    def is_refused_by(self, device: str) -> None:
        self.says(device, converged=False, alarm=True, trouble="It does not do what it is told.")

    def holds_scent(self, zone: str, until: datetime) -> None:
        self._holds.append(Hold(Reason.PURGE, Sense.SCENT, zone, until, "linen waits until cedar has left the air"))
        self._changed()

    def _changed(self) -> None:
        self.revision += 1
        self._resolutions.clear()

    def _zone(self, plan: Plan, zone: str, at: datetime) -> ZoneSight:
        known = self._resolutions.get(zone)
        if known is None or (known.until is not None and known.until <= at):
            known = self._resolutions[zone] = resolve(plan, self._live, zone, at)
        holds = tuple(hold for hold in self._holds if hold.zone == zone)
        return ZoneSight(known, holds, less_holds({f: r.value for f, r in known.fields.items()}, holds))

    def _device(self, plan: Plan, device: str, zones: dict[str, ZoneSight]) -> DeviceSight:
        """Obedient, in reach, and heard just now, unless the test said otherwise."""
        it = device_of(next(d for d in plan.devices if d.id == device), plan.store.id)
        wanted = None if it.kind is Kind.CONTACT else state_for(it.kind, it.role, zones[it.zones[0]].desired)
        now = self._clock.now().astimezone(UTC)
        sight = DeviceSight(
            device=it, wanted=wanted, reported=wanted or {}, settled=True, converged=wanted is not None, online=True,
            heard=now, reported_at=now, sent_at=now - timedelta(seconds=1), tries=1, differs=(), alarm=False,
            trouble="",
            assumed=False, yielding_until=None, model="", extra={})
        return replace(sight, **self._words.get(device, {}))
