"""A profile: a named, versioned scene with variations by kind of zone, and tags that tell its character."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field as Bounds

from profiles.base import Id, Value, Words
from profiles.cue import Cue
from profiles.scene import Field, Scene, Setting


class ZoneKind(StrEnum):
    """What a zone is for. Profiles vary by it, and some limits depend on it."""

    ENTRANCE = "entrance"
    SALES_FLOOR = "sales-floor"
    FITTING_ROOM = "fitting-room"
    CHECKOUT = "checkout"
    WINDOW = "window"
    BACK_OF_HOUSE = "back-of-house"
    CAFE = "cafe"


class Arousal(StrEnum):
    """How much a scene stirs. Senses of matching arousal please more (Spangenberg 2005; `domain.md`, *Congruence*)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Warmth(StrEnum):
    """Whether a scene feels cool, neutral or warm."""

    COOL = "cool"
    NEUTRAL = "neutral"
    WARM = "warm"


class Tags(Value):
    """The character of a profile, for warnings on congruence and for choosing."""

    arousal: Arousal = Arousal.MEDIUM
    warmth: Warmth = Warmth.NEUTRAL
    season: Annotated[str, Bounds(pattern="^(any|spring|summer|autumn|winter|christmas)$")] = "any"


class Profile(Value):
    """A scene with a name. `says` is what a shop assistant reads under it (*low, warm, kind to skin*).

    `extends`: another profile of the plan, on which this one is laid; `profiles.extending` works that out.
    """

    id: Id
    name: Words
    says: str = Bounds(default="", max_length=120)
    version: Annotated[int, Bounds(ge=1)] = 1
    tags: Tags = Tags()
    extends: Id | None = None
    scene: Scene
    variations: dict[ZoneKind, Scene] = {}

    def settings_for(self, kind: ZoneKind) -> dict[Field, Setting]:
        """The opinions of this profile in a zone of `kind`: its variation over its scene, field by field."""
        found = self.scene.settings()
        if kind in self.variations:
            found.update(self.variations[kind].settings())
        return found

    def cues_for(self, kind: ZoneKind) -> tuple[Cue, ...]:
        """The cues of this profile in a zone of `kind`; a variation's cue replaces the scene's of the same id."""
        found = {cue.id: cue for cue in self.scene.cues}
        if kind in self.variations:
            found.update({cue.id: cue for cue in self.variations[kind].cues})
        return tuple(found.values())
