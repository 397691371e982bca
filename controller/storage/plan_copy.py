"""The plan in force as a plain file beside the database: what a store runs on when its database is damaged.

Written at each publish, atomically: a new file, on the disk, then renamed over the old one. It carries a digest, so
that a torn copy is never taken for a plan.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from controller.ports import PlanVersion
from controller.storage.chain import canonical
from controller.storage.plans import plan_from, sha256_of

NAME = "plan-in-force.json"


def write_copy(folder: Path, version: PlanVersion) -> None:
    """Put the version in force beside the database. Raises OSError; the old copy then still stands."""
    text = canonical(version.plan.model_dump(mode="json"))
    head = {"version": version.version, "author": version.author, "note": version.note, "at": version.at.isoformat()}
    document = {**head, "sha256": sha256_of(text), "sha256_of_head": sha256_of(canonical(head)), "plan": text}
    if version.local is not None:
        own = canonical(version.local.model_dump(mode="json"))
        document |= {"local": own, "local_sha256": sha256_of(own)}
    write_whole(folder / NAME, json.dumps(document, indent=1) + "\n")


def read_copy(folder: Path) -> PlanVersion | None:
    """The version in the copy, or None where there is none or it is torn."""
    try:
        document = json.loads((folder / NAME).read_text(encoding="utf-8"))
        head = {key: document[key] for key in ("version", "author", "note", "at")}
        if sha256_of(canonical(head)) != document["sha256_of_head"]:
            return None
        plan = plan_from(document["plan"], document["sha256"])
        local = plan_from(document["local"], document["local_sha256"]) if "local" in document else None
        if plan is None or (local is None and "local" in document):
            return None
        return PlanVersion(head["version"], plan.digest, head["author"], head["note"],
                           datetime.fromisoformat(head["at"]), plan, local)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is either the old one or the new one, whole, also after a power cut."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
