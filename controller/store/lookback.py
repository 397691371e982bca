"""What a controller does before it speaks, and to stay the newest: it looks back, then gets above all that it found.

While the look back is under way nothing is sent. It ends with an epoch of our own, and with the stops that were found
on the wire in force.
"""

from __future__ import annotations

import logging
from datetime import datetime

from controller.store.epoch import Epoch
from controller.store.inputs import Inputs
from controller.store.past import Past
from controller.store.reconciler import Reconciler
from controller.store.stops import StopBoard
from devices.transport import Transport

log = logging.getLogger("sinne.engine")


class Lookback:
    """The look back of one start, and the epoch from then on."""

    def __init__(
        self, past: Past, epoch: Epoch, reconciler: Reconciler, stops: StopBoard, *,
        inputs: Inputs, transport: Transport,
    ) -> None:
        """Under way from the start; what is heard goes to `past` until it ends."""
        self.past, self.epoch = past, epoch
        self._reconciler, self._stops, self._inputs, self._transport = reconciler, stops, inputs, transport
        self.under_way = True

    def due(self) -> float | None:
        """The steady instant at which there is something to do."""
        return self.past.ends_at() if self.under_way else self.epoch.due

    def end(self, heard_epoch: int, now: float, when: datetime) -> None:
        """End the look back if it has come to its end. `heard_epoch`: the highest that a device spoke of."""
        ends = self.past.ends_at()
        if not self.under_way or ends is None or now < ends:
            return
        self.under_way = False
        self._reconciler.epoch = self.epoch.begin(max(self.past.highest_epoch, heard_epoch))
        self._transport.unsubscribe(self.past.filters)
        if self.past.stop is not None:
            plan = self._reconciler.ambience.plan
            zones = () if plan is None else tuple(z.id for z in plan.plan.zones)
            if self._stops.adopt(self.past.stop, zones, when):
                self._inputs.read_live()
        self._stops.unsaid = True
        tracks = self._reconciler.fleet.tracks
        log.info("Epoch %d. %d devices in the plan.", self._reconciler.epoch, len(tracks))
        for track in tracks.values():
            if track.heard_at is None:
                track.heard_at = now  # from now on its silence counts
            self._reconciler.agenda.now(track)

    def follow(self, heard_epoch: int, now: float) -> None:
        """Somebody's documents may be newer than ours: ours have to be newer still (rule 17)."""
        if self.under_way or not self.epoch.follow(heard_epoch, now):
            return
        self._reconciler.epoch = self.epoch.number
        self._stops.unsaid = True
        for track in self._reconciler.fleet.tracks.values():
            if track.stamp is not None and track.order is not None and track.stamp[0] > track.order.epoch:
                self._reconciler.agenda.now(track)
