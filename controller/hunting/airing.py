"""What is in the air of each zone by what the hardware really diffused: the one-box model, integrated.

Kept apart from the engine's ledger on purpose: that one rests on reports, this one on the diffusers themselves. Only
where a hold is to be excused it goes by their reports as well: a diffuser that comes to itself may say within one
instant that it began one fragrance and then another, and a hold rests on what was said (`semantics.md`, rule 2).
"""

from __future__ import annotations

from controller.hunting.bystander import Bystander
from controller.hunting.watches_orders import Wire
from profiles.air import CLEAR_SHARE, purge_s, share_after


class Airing:
    """The share of full strength (0 to 1) of each fragrance in each zone, and since when none of it came out."""

    def __init__(self, bystander: Bystander, wire: Wire) -> None:
        """Clean air."""
        self._here, self._wire = bystander, wire
        self._share: dict[tuple[str, str], float] = {}
        self._last_on: dict[tuple[str, str], float] = {}
        self._running: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._at = bystander.now
        #: Diffusers that began something since the last look: device, fragrance, zones.
        self.begun: list[tuple[str, str, tuple[str, ...]]] = []

    def look(self) -> None:
        """After the bystander, and before anybody asks."""
        now, rates = self._here.now, {zone.id: zone.air_changes_per_h for zone in self._here.plan.zones}
        sources = {(zone, fragrance) for fragrance, zones in self._running.values() for zone in zones}
        if now > self._at:
            for key in self._share.keys() | sources:
                share, target = self._share.get(key, 0.0), 1.0 if key in sources else 0.0
                self._share[key] = share_after(share, target, rates.get(key[0], 4.0), now - self._at)
            for key in sources:
                self._last_on[key] = now
        self._at = now
        self._follow()

    def left(self, zone: str, but: str) -> tuple[str, float] | None:
        """The fragrance other than `but` of which most is left in a zone's air, with its share; None for clean air."""
        found = [(share, key[1]) for key, share in self._share.items() if key[0] == zone and key[1] != but]
        if not found:
            return None
        share, fragrance = max(found)
        return fragrance, share

    def may_wait(self, zone: str, fragrance: str, slack_s: float) -> bool:
        """Whether another fragrance came out here so lately that waiting for its purge is right."""
        rate = next((z.air_changes_per_h for z in self._here.plan.zones if z.id == zone), 4.0)
        return any(self._at < last + purge_s(rate) + slack_s for key, last in self._last_on.items()
                   if key[0] == zone and key[1] != fragrance)

    def _follow(self) -> None:
        self.begun = []
        for device in self._here.devices("diffuser"):
            real = self._here.truth[device.id]
            for given in self._wire.given.pop(device.id, ()):
                for zone in device.zones:
                    self._last_on[zone, given] = self._at
            before = self._running.pop(device.id, None)
            fragrance = real.get("fragrance")
            if real.get("on") is True and isinstance(fragrance, str):
                self._running[device.id] = (fragrance, device.zones)
                for zone in device.zones:
                    self._last_on[zone, fragrance] = self._at
                if before is None or before[0] != fragrance:
                    self.begun.append((device.id, fragrance, device.zones))


#: What the ledger of the engine may lag behind the diffusers, in seconds: it notes as they speak.
LAG_S = 90.0
CLEAR = CLEAR_SHARE
