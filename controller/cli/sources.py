"""Where commands take a plan from, and how they reach a store that runs on this machine.

A running store leaves `running.json` in its data folder, readable by its owner alone: the panel's address and a token
that is drawn anew at each start. So the commands go through the same use cases as the panel.
"""

from __future__ import annotations

import json
import os
import ssl
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from controller.clock import SystemClock
from controller.errors import Refused, SinneError, Unavailable
from controller.ports import PlanVersion
from controller.publishing import findings
from controller.settings import BUILD_DATE, data_folder
from controller.storage.memory import StoredMemory
from controller.storage.opening import FILE_NAME, open_memory
from profiles.finding import Finding, Level
from profiles.plan import Plan
from profiles.planfile import PlanFileError, read_plan_text

data_option = click.option("--data", metavar="FOLDER", help="The store's data folder (default: SINNE_DATA, "
                           "else ~/.local/share/sinne).")
json_option = click.option("--json", "as_json", is_flag=True, help="For programs: JSON on standard output.")


@dataclass(frozen=True, slots=True)
class Running:
    """A store that runs: where its panel and its broker are, and the key for the commands of its owner."""

    pid: int
    url: str
    token: str
    broker: str
    authority: str | None

    @classmethod
    def of(cls, folder: Path) -> Running | None:
        """The store that runs on `folder`, or None. What a killed process left behind does not count."""
        try:
            found = cls(**json.loads((folder / "running.json").read_text()))
            os.kill(found.pid, 0)
        except (OSError, ValueError, TypeError):
            return None
        return found

    def leave(self, folder: Path) -> None:
        """Write the note, for the owner's eyes only."""
        path = folder / "running.json"
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(self), file)

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        """Ask the store's API; returns the JSON. Raises Refused with the store's own sentence, or Unavailable."""
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data=body, method=method, headers={  # noqa: S310
            "Authorization": f"Bearer {self.token}", "Content-Type": kind})
        context = ssl.create_default_context(cafile=self.authority) if self.url.startswith("https") else None
        try:
            with urllib.request.urlopen(request, timeout=20, context=context) as answer:  # noqa: S310
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refusal:
            raise Refused(_sentence(refusal)) from refusal
        except (OSError, ValueError) as error:
            raise Unavailable(f"The store at {self.url} does not answer: {error}.") from error


def _sentence(refusal: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(refusal.read())["error"]["sentence"])
    except (ValueError, KeyError, TypeError):
        return f"The store refused it ({refusal.code} {refusal.reason})."


def opened(folder: Path) -> StoredMemory:
    """What a store remembers, to look at or to change while it does not run. Raises Refused where there is none."""
    if not (folder / FILE_NAME).exists():
        raise Refused(f"There is no store in {folder}. Bring a plan in with: sinne import FILE --data {folder}")
    return open_memory(folder, BUILD_DATE)


def read_file(file: str) -> tuple[Plan | None, list[Finding]]:
    """A plan file with everything that there is to say about it; no plan where it cannot be read at all."""
    path = Path(file)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None, [Finding(Level.ERROR, file, None, None, "", "It is not a text in UTF-8.")]
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from error
    try:
        read = read_plan_text(text, file)
    except PlanFileError as wrong:
        return None, list(wrong.findings)
    return read.plan, read.located(findings(read.plan, SystemClock().now()))


def plan_from(file: str | None, data: str | None) -> tuple[Plan, StoredMemory | None]:
    """The plan of a file, or the one in force in a data folder (with its memory, for what is live).

    Raises Refused with every error of the file.
    """
    if file is not None:
        plan, findings = read_file(file)
        errors = [finding for finding in findings if finding.level is Level.ERROR]
        if plan is None or errors:
            raise Refused("\n".join(str(finding) for finding in errors))
        return plan, None
    memory = opened(data_folder(data))
    version: PlanVersion | None = memory.plan_in_force()
    if version is None:
        raise Refused("There is no plan in force yet.")
    return version.plan, memory


def running_in(data: str | None) -> Running:
    """The store that runs on a data folder. Raises Unavailable where none does."""
    folder = data_folder(data)
    found = Running.of(folder)
    if found is None:
        raise Unavailable(f"No store is running on {folder}. Start it with: sinne store --data {folder}")
    return found


__all__ = ["Running", "SinneError", "data_option", "json_option", "opened", "plan_from", "read_file", "running_in"]
