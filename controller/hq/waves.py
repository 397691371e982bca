"""Which stores a wave of a campaign reaches: a share by a hash that nobody has to send (`semantics.md`, rule 25)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def lot(campaign: str, store: str) -> float:
    """The place of a store in the queue for a campaign, in [0, 1): the same everywhere and for ever."""
    drawn = hashlib.sha256(f"{campaign}/{store}".encode()).digest()[:8]
    return int.from_bytes(drawn, "big") / 2**64


def is_reached(campaign: str, store: str, share: float) -> bool:
    """Whether a wave of this share (0 to 1) reaches a store. A larger share reaches all that a smaller one does."""
    return lot(campaign, store) < share


def smallest_share(campaign: str, stores: Iterable[str]) -> float | None:
    """The smallest share, in whole hundredths of a percent, that reaches one of `stores`; None where there are none."""
    first = min((lot(campaign, store) for store in stores), default=None)
    return None if first is None else min(1.0, (int(first * 10_000) + 1) / 10_000)
