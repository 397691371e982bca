"""The one base of every value on this floor: frozen, strict about unknown fields, finite numbers only."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Value(BaseModel):
    """An immutable value. An unknown field is refused, so that a typing error in a plan is found, not ignored.

    Defaults are validated like what is given, so that leaving a field out and writing its default is the same content
    with the same digest (0 and 0.0 are not the same text).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)


#: An identity that may appear in a topic: `+`, `#`, `/` and `$` can never get there (`contract.md`).
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]

#: A name or a sentence shown to people: no control characters, at most 120 characters.
Words = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]

#: A share from 0 to 100.
Percent = Annotated[float, Field(ge=0, le=100)]
