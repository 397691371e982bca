"""The door to dry runs for the panel, the API and the commands, as `controller.doors` has the others."""

from __future__ import annotations

from typing import Protocol

from controller.dryrun.shapes import USUAL_DAYS, DryRun
from controller.ports import Actor, PlanVersion


class DryRuns(Protocol):
    """Try a plan or campaigns on a copy of the store, and publish what was tried."""

    def try_out(self, text: str, actor: Actor, days: int = USUAL_DAYS, name: str = "plan.yaml") -> DryRun:
        """What `text` (a plan or campaigns, YAML or JSON) would make different in the next days. It takes seconds.

        Raises Forbidden; Refused with every error of it; TooSoon while another dry run goes on; Unavailable where it
        takes too long. The store goes on undisturbed, and nothing in it changes.
        """

    def progress(self) -> float | None:
        """How far the dry run that goes on is, from 0 to 1; None where none does."""

    def publish(self, text: str, tried: str, seen: int, actor: Actor) -> PlanVersion:
        """Publish what was tried. `tried`: the digest of it (`DryRun.candidate`); `seen`: the version it was compared
        with. Raises Forbidden, Refused; Conflict where another version is in force, or the text is another by now.
        """
