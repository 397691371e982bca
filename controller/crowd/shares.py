"""Which light stores do not behave: a share of them fails, chooses over, complains, or is away. Pure, by lot."""

from __future__ import annotations

from dataclasses import dataclass

from controller.hq.waves import lot


@dataclass(frozen=True, slots=True)
class Shares:
    """In % of the stores. `fail_pct`: refuse every manifest with a campaign for them. `override_pct`: staff choose
    something else soon after a new campaign; `complain_pct`: somebody complains of it. `offline_pct`: say who they
    are, leave, and do not come back. The same `seed` draws the same stores.
    """

    fail_pct: float = 0
    override_pct: float = 0
    complain_pct: float = 0
    offline_pct: float = 0
    seed: int = 1

    def of(self, store: str) -> Manners:
        """How one store behaves."""
        fails, overrides, complains, offline = (
            100 * lot(f"{what}/{self.seed}", store) < share for what, share in (
                ("fail", self.fail_pct), ("override", self.override_pct), ("complain", self.complain_pct),
                ("offline", self.offline_pct)))
        return Manners(fails, overrides, complains, offline)


@dataclass(frozen=True, slots=True)
class Manners:
    """How a store behaves."""

    fails: bool = False
    overrides: bool = False
    complains: bool = False
    offline: bool = False
