"""From a document to a plan that may be published: read, checked, and its devices reachable by their dialects. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from controller.errors import Refused
from devices.device import Kind
from devices.dialects.table import DIALECTS
from profiles.check import check, errors
from profiles.composing import PREFIX
from profiles.finding import Finding, Level, error, listed
from profiles.plan import Plan
from profiles.planfile import PlanFileError, plan_from_document
from profiles.text import t

#: The parts of a plan in which HQ has ids of its own; `announcements` so that it may have them one day.
OWNED_PARTS = ("profiles", "dayparts", "campaigns", "quiet_hours", "announcements", "fragrances", "sources")
_TOLD = 50


def plan_read(document: object) -> Plan:
    """The plan that `document` is, or describes as parsed JSON. Raises Refused with everything that is wrong."""
    if isinstance(document, Plan):
        return document
    if not isinstance(document, Mapping):
        raise Refused(t("A plan is an object with the parts store, zones, profiles and so on; this is something else."))
    try:
        return plan_from_document(dict(document))
    except PlanFileError as broken:
        raise Refused(str(broken)) from None


def own_part(document: object) -> Plan:
    """The store's own part of a plan, read. Raises Refused, also where something in it bears an id of HQ's (rule 3)."""
    plan = plan_read(document)
    wrong = list(borrowed_ids(plan))
    if wrong:
        raise Refused("\n".join(str(finding) for finding in wrong[:_TOLD]))
    return plan


def borrowed_ids(plan: Plan) -> Iterator[Finding]:
    """Ids of HQ's in a plan that is to be a store's own part."""
    for part in OWNED_PARTS:
        for number, each in enumerate(getattr(plan, part)):
            if each.id.startswith(PREFIX):
                yield error(f"{part}[{number}].id",
                            t("{id} begins with {prefix}, and such ids are HQ's. What HQ says stays in force by "
                              "itself: leave this out, or give it an id of your own.", id=each.id, prefix=PREFIX))


def checked(plan: Plan, now: datetime) -> list[Finding]:
    """The warnings about `plan`. Raises Refused with every error, one a line: it cannot be published."""
    found = findings(plan, now)
    wrong = errors(found)
    if wrong:
        raise Refused("\n".join(str(finding) for finding in wrong))
    return [finding for finding in found if finding.level is Level.WARNING]


def findings(plan: Plan, now: datetime) -> list[Finding]:
    """Errors, then warnings: what `check` finds, and what the dialects say of devices and addresses."""
    found = check(plan, now, DIALECTS)
    wrong = errors(found) + list(device_findings(plan))
    return list(dict.fromkeys(wrong)) + [finding for finding in found if finding.level is Level.WARNING]


def device_findings(plan: Plan) -> Iterator[Finding]:
    """Devices that their dialect cannot speak to. A dialect that does not exist is found by `check`."""
    for number, device in enumerate(plan.devices):
        dialect = DIALECTS.get(device.dialect)
        if dialect is None:
            continue
        if Kind(device.kind) not in dialect.kinds:
            kinds = listed(sorted(kind.value for kind in dialect.kinds))
            yield error(f"devices[{number}].dialect",
                        f"{device.dialect} does not speak to a {device.kind}; it speaks to {kinds}.")
        try:
            dialect.check_address(device.address if device.address is not None else device.id)
        except ValueError as refusal:
            yield error(f"devices[{number}].address", str(refusal))
