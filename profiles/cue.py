"""A cue: a task for a person, for the senses that no device reaches (put out the tasting tray).

It stands in a profile's scene, in a variation, or in a campaign, and is due while the layer that brings it holds.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field as Bounds
from pydantic import model_validator

from profiles.base import Id, Value, Words


class Cue(Value):
    """What to do, when, where and by whom.

    `at`: a clock time of the store; `after_min`: minutes after its layer begins to hold; neither: when it begins.
    `every_min`: again every so often while the layer holds. `within_min`: how long it may wait before it is late.
    `place`: where, in words. `role`: who should do it. `once`: in each `zone` of the layer, or once for the `store`.
    """

    id: Id
    text: Words
    sense: Annotated[str, Bounds(pattern="^(touch|taste)$")]
    at: Annotated[str, Bounds(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None
    after_min: Annotated[int, Bounds(ge=0, le=24 * 60)] | None = None
    every_min: Annotated[int, Bounds(ge=5, le=24 * 60)] | None = None
    within_min: Annotated[int, Bounds(ge=1, le=24 * 60)] = 15
    place: Words | None = None
    role: Annotated[str, Bounds(pattern="^(staff|manager)$")] = "staff"
    once: Annotated[str, Bounds(pattern="^(zone|store)$")] = "zone"

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if self.at is not None and self.after_min is not None:
            raise ValueError("a cue has at or after_min, not both: each says when it is due")
        return self
