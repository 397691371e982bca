"""What the simulator's API takes, and the answers of it that are not a shape of the door by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from controller.living.door import Wish
from profiles.base import Value

#: A setting of a device: a switch, a number, a name, or a point of colour.
Setting = bool | Annotated[float, Field(allow_inf_nan=False)] | Annotated[str, Field(max_length=200)] | Annotated[
    list[float], Field(min_length=2, max_length=2)]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]


class WishBody(Value):
    """With what a verb is done: `to` (settings) for switch and drift, `over_s` and `tells` for drift, `from_s` and
    `to_s` for slow-down, `ml` for fill.
    """

    to: Annotated[dict[Annotated[str, Field(max_length=40)], Setting], Field(max_length=20)] | None = None
    over_s: Seconds = 0.0
    tells: bool = False
    from_s: Seconds | None = None
    to_s: Seconds | None = None
    ml: Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)] | None = None

    def wish(self) -> Wish:
        """As the door takes it."""
        return Wish(self.to or {}, self.over_s, self.tells, self.from_s, self.to_s, self.ml)


class OutageBody(Value):
    """How long the broker is away; without it until somebody brings it back."""

    seconds: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)] | None = None


class NothingBody(Value):
    """Nothing has to be said."""


@dataclass(frozen=True, slots=True)
class VerbTold:
    """A verb: `words` as on its key, what it really does, the kinds that take it, what ends it, what it wants."""

    name: str
    words: str
    says: str
    kinds: tuple[str, ...]
    undo: str | None
    wants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verbs:
    """Everything that can be done to a device."""

    verbs: list[VerbTold]
