"""How far the rollout of a campaign is, as it is kept (`controller.hq.ports.RolloutRow.content`)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, ValidationError, model_validator
from pydantic import Field as Bounds

from controller.errors import Refused
from controller.hq.documents import Wave
from controller.hq.ports import RolloutRow
from controller.hq.rollout import Stage, Thresholds
from controller.hq.said import Pair
from profiles.base import Id, Value


class State(StrEnum):
    """`asking`: the wave has passed and a person lets the next one begin. `stopped`: by itself, or paused; a person
    resumes or halts. `done`: every wave has passed. `halted`: withdrawn everywhere.
    """

    RUNNING = "running"
    ASKING = "asking"
    STOPPED = "stopped"
    DONE = "done"
    HALTED = "halted"


class Rollout(Value):
    """`stage`: the wave that has begun, from 0. `since`: when it began, or when a person let it go on. `wave`: how far
    the campaign goes by now. `manifest`: with which one this wave was published. `words`: why it is as it is.

    `excused`: stores that had failed when a person let it go on: they are not counted again. The numbers are of the
    last look.
    """

    stages: Annotated[tuple[Stage, ...], Bounds(min_length=1)]
    thresholds: Thresholds = Thresholds()
    stage: Annotated[int, Bounds(ge=0)] = 0
    since: AwareDatetime
    wave: Wave
    manifest: Pair
    words: Annotated[str, Bounds(max_length=400)] = ""
    excused: tuple[Id, ...] = ()
    stores: int = 0
    reported: int = 0
    failed: int = 0
    pending: int = 0

    @model_validator(mode="after")
    def _within(self) -> Self:
        if self.stage >= len(self.stages):
            raise ValueError(f"there is no wave {self.stage + 1} of {len(self.stages)}")
        return self

    @property
    def last(self) -> bool:
        """Whether no wave follows."""
        return self.stage == len(self.stages) - 1

    def row(self, campaign: str, version: int, state: State, at: datetime) -> RolloutRow:
        """As it is kept."""
        return RolloutRow(campaign, version, state.value, self.model_dump(mode="json"), at)


def rollout_of(row: RolloutRow) -> Rollout:
    """What was kept. Raises Refused where it cannot be read."""
    try:
        return Rollout.model_validate(row.content, extra="ignore")
    except ValidationError as broken:
        raise Refused(f"The rollout of {row.campaign} cannot be read: {broken.error_count()} mistakes.") from None
