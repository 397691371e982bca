"""Plans as text and back: canonical JSON in, a `Plan` out, and a torn copy told from a whole one by its digest."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row

from controller.errors import Refused
from controller.ports import PlanVersion
from controller.storage.chain import canonical
from profiles.plan import Plan


def text_of(plan: Plan) -> str:
    """The plan's canonical JSON, of which its digest is the SHA-256.

    Raises Refused where it would not come back as the same plan, which would leave the store dark after a restart.
    """
    text = canonical(plan.model_dump(mode="json"))
    try:
        same = Plan.model_validate_json(text).digest == plan.digest
    except ValidationError:
        same = False
    if not same:
        raise Refused("This plan cannot be written down and read back as the same plan, so it was not published.")
    return text


def sha256_of(text: str) -> str:
    """The digest by which a torn text is told from a whole one."""
    return hashlib.sha256(text.encode()).hexdigest()


def plan_from(text: str, sha256: str) -> Plan | None:
    """The plan in a text, or None where the text is torn or is no plan for this version of sinne.

    Fields of a newer sinne are left out: after a downgrade the store goes on with what this version understands.
    """
    if sha256_of(text) != sha256:
        return None
    while True:
        try:
            return Plan.model_validate_json(text)
        except ValidationError as error:
            # Other errors may only follow from an unknown field (a zone refused, so too few zones): ask again.
            newer = [found["loc"] for found in error.errors() if found["type"] == "extra_forbidden"]
        if not newer:
            return None
        text = _without(text, newer)


def columns_of(plan: Plan, local: Plan | None) -> dict[str, str | None]:
    """The columns of a version that hold its plans. Raises Refused like `text_of`."""
    text, own = text_of(plan), None if local is None else text_of(local)
    return {"plan": text, "sha256": sha256_of(text), "local": own,
            "local_sha256": None if own is None else sha256_of(own)}


def version_from(row: Row[Any]) -> PlanVersion | None:
    """A version as it stands in its row, or None where one of its texts is torn."""
    plan, own = plan_from(row.plan, row.sha256), getattr(row, "local", None)
    local = None if own is None else plan_from(own, row.local_sha256)
    if plan is None or (local is None and own is not None):
        return None
    return PlanVersion(row.version, plan.digest, row.author, row.note, row.at, plan, local)


def _without(text: str, places: list[tuple[int | str, ...]]) -> str:
    document: Any = json.loads(text)
    for *path, last in places:
        spot: Any = document
        for step in path:
            spot = spot[step]
        del spot[last]
    return json.dumps(document)
