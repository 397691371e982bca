"""Meters on simulated hardware: what each device draws and diffuses while virtual time passes.

Between two instants at which anything happens, what the hardware gives is constant or fades in a straight line, so the
mean of its beginning and its end, times the seconds between, is exact; a jump (a stop, a switch) is an instant itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from profiles.energy import drawn_w, rated_w
from profiles.places import InstalledDevice
from profiles.plan import Fragrance

Truth = Mapping[str, Mapping[str, object]]


def ml_per_h(device: InstalledDevice, fragrance: Fragrance) -> float:
    """What a diffuser uses of a fragrance while it runs at full intensity: as the device says, else the fragrance."""
    return fragrance.ml_per_h if device.ml_per_h is None else device.ml_per_h


class Meter:
    """Adds up joules by device and ml by diffuser and fragrance. `empty`: when a cartridge first ran out; `dry`: those
    that are empty now.
    """

    def __init__(self, devices: Iterable[InstalledDevice], fragrances: Iterable[Fragrance]) -> None:
        """Nothing is counted yet."""
        self._devices = {device.id: device for device in devices}
        self._rated = {d.id: rated_w(d.kind, d.watts) for d in self._devices.values()}
        self._rates = {(d.id, f.id): ml_per_h(d, f) for d in self._devices.values() if d.kind == "diffuser"
                       for f in fragrances}
        self.joules: dict[str, float] = dict.fromkeys(self._devices, 0.0)
        self.ml: dict[tuple[str, str], float] = defaultdict(float)
        self.empty: dict[str, datetime] = {}
        self.dry: frozenset[str] = frozenset()
        self._began: dict[str, float] = {}
        self._diffused: list[tuple[str, str, float]] = []

    def begin(self, truth: Truth, at: datetime) -> None:
        """What the hardware does as a stretch of time begins, once everything has happened that happens at `at`."""
        self._look_for_empty(truth, at)
        self._began = {device: self._watts(device, truth) for device in self._devices}
        self._diffused = [(device, str(words.get("fragrance")), _number(words.get("intensity_pct")))
                          for device, words in truth.items() if device in self._devices
                          and self._devices[device].kind == "diffuser" and words.get("on") is True]

    def end(self, truth: Truth, seconds: float, at: datetime) -> None:
        """What it does as the stretch ends, before anything happens at `at`."""
        for device, began in self._began.items():
            self.joules[device] += (began + self._watts(device, truth)) / 2 * seconds
        for device, fragrance, pct in self._diffused:
            rate = self._rates.get((device, fragrance))
            if rate is not None:
                self.ml[device, fragrance] += rate * pct / 100 * seconds / 3600
        self._look_for_empty(truth, at)

    def _look_for_empty(self, truth: Truth, at: datetime) -> None:
        self.dry = frozenset(device for device, words in truth.items() if words.get("fault") == "empty")
        for device in sorted(self.dry):
            self.empty.setdefault(device, at)

    def _watts(self, device: str, truth: Truth) -> float:
        words = truth.get(device, {})
        if words.get("powered") is False:
            return 0.0
        on = words.get("on") is True
        return drawn_w(self._devices[device].kind, self._rated[device], on, _number(words.get("brightness_pct")))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
