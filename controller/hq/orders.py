"""What the office asks of the publisher: the bodies of orders and their answers (`controller.hq.ports.Order`).

An order is a row in the database, so office and publisher may be different processes, of different versions: bodies are
values that are read, and what cannot be carried out is answered with one sentence instead of being tried for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field as Bounds
from pydantic import ValidationError

from controller.errors import Refused
from controller.hq.documents import HqId, Kind, Selector
from controller.hq.rollout import Stage, Thresholds
from profiles.base import Id, Value, Words

#: How long stores may accept a document. It is renewed long before, so that a store which comes late still can.
VALID_DAYS = 400

Reason = Annotated[str, Bounds(max_length=400)]


class Publish(Value):
    """`publish`: the next version of a document. Who gave the order approved it; `author` wrote it.

    `stages`: waves of a campaign, the first of which begins at once; none reaches every store at once.
    """

    kind: Kind
    id: HqId
    body: Mapping[str, Any]
    selector: Selector = Selector()
    stages: Annotated[tuple[Stage, ...], Bounds(max_length=20)] = ()
    thresholds: Thresholds = Thresholds()
    author: Annotated[str, Bounds(max_length=120)]
    note: Reason = ""
    valid_days: Annotated[int, Bounds(ge=1, le=3650)] = VALID_DAYS


class Delete(Value):
    """`delete`: a tombstone, which says everywhere that the document is no more."""

    kind: Kind
    id: HqId
    note: Reason = ""


class OfCampaign(Value):
    """`advance` (the next wave), `pause`, `resume`, `halt` (everywhere, at once), `revive` (its newest version again,
    as a higher one, beginning with the first wave).
    """

    campaign: HqId
    reason: Reason = ""


class Renew(Value):
    """`renew`: the same content with new dates, so that stores can accept it longer. `id` None: all that need it."""

    kind: Kind | None = None
    id: HqId | None = None


class Ask(Value):
    """`request`: ask one store for something, at most once. `end`: as a press (`minutes:30`, `next-change`, `closing`).

    `expires_s`: a store that hears of it later leaves it aside.
    """

    store: Id
    verb: Literal["override", "end-override"]
    by: Words
    zones: tuple[Id, ...] | None = None
    profile: Id | None = None
    end: Annotated[str, Bounds(max_length=40)] | None = None
    expires_s: Annotated[int, Bounds(ge=10, le=3600)] = 300


class Rekey(Value):
    """`rekey`: change HQ's key everywhere, in two steps (`controller.hq.rotation`).

    `begin`: make the next key and tell every store of it. `finish`: sign with it, whoever has not heard of it by now.
    """

    step: Literal["begin", "finish"]


Body = Publish | Delete | OfCampaign | Renew | Ask | Rekey
BODIES: dict[str, type[Value]] = {
    "publish": Publish, "delete": Delete, "advance": OfCampaign, "pause": OfCampaign, "resume": OfCampaign,
    "halt": OfCampaign, "revive": OfCampaign, "renew": Renew, "request": Ask, "rekey": Rekey,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an order: `refused` has the sentence where it was not done. `said`: a sentence where it was.

    `version`: of the document that came of it. `request`: the id under which the store answers in its journal.
    """

    said: str = ""
    refused: str = ""
    version: int | None = None
    request: str | None = None

    def as_json(self) -> dict[str, object]:
        """As it is kept; what is empty is left out."""
        whole = {"said": self.said, "refused": self.refused, "version": self.version, "request": self.request}
        return {name: value for name, value in whole.items() if value not in ("", None)}

    @classmethod
    def of(cls, kept: Mapping[str, object]) -> Answer:
        """As it was kept."""
        version, request = kept.get("version"), kept.get("request")
        return cls(str(kept.get("said", "")), str(kept.get("refused", "")),
                   version if isinstance(version, int) else None, request if isinstance(request, str) else None)


def body_of(verb: str, body: Mapping[str, object]) -> Any:
    """The body of an order as its value in `BODIES`. Raises Refused."""
    model = BODIES.get(verb)
    if model is None:
        raise Refused(f"An order is one of {', '.join(BODIES)}, not {verb!r}.")
    try:
        return model.model_validate(body, extra="ignore")
    except ValidationError as broken:
        first = broken.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Refused(f"The order to {verb} cannot be read{f' at {where}' if where else ''}: {first['msg']}.") from None
