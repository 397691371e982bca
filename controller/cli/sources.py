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
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from shlex import quote
from typing import Any

import click

from controller.cli.files import good_file
from controller.errors import Refused, Unavailable
from controller.ports import PlanVersion
from controller.settings import BUILD_DATE, data_folder
from controller.storage.memory import StoredMemory
from controller.storage.opening import FILE_NAME, open_memory
from controller.storage.plan_copy import NAME as COPY_NAME
from devices.address import BrokerAddress
from profiles.plan import Plan


@dataclass(frozen=True, slots=True)
class Running:
    """A store that runs: where its panel and its broker are, and the key for the commands of its owner."""

    pid: int
    url: str
    token: str
    broker: str
    authority: str | None
    #: The authority behind an mqtts:// broker, if one was named.
    ca: str | None = None
    #: Where devices reach the store's own broker; None where `broker` is somebody else's.
    devices: str | None = None
    #: When the process was born, as the system counts; an id alone may be another process's by now.
    born: str | None = None

    @classmethod
    def of(cls, folder: Path) -> Running | None:
        """The store that runs on `folder`, or None. What a killed process left behind does not count."""
        try:
            note = json.loads((folder / "running.json").read_text(encoding="utf-8"))
            found = cls(**{field.name: note[field.name] for field in fields(cls) if field.name in note})
            os.kill(found.pid, 0)
        except PermissionError as error:
            raise Unavailable(f"A store runs on {folder}, and it is another user's. Ask as that user.") from error
        except (OSError, ValueError, TypeError, OverflowError):
            return None
        return found if found.born == birth_of(found.pid) else None

    def leave(self, folder: Path) -> None:
        """Write the note, for the owner's eyes only; whoever reads meanwhile finds none, or a whole one."""
        path, fresh = folder / "running.json", folder / f".running-{os.getpid()}.json"
        path.unlink(missing_ok=True)
        fresh.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(asdict(self), file)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)

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
            reason = getattr(error, "reason", error)
            raise Unavailable(f"The store at {self.url} does not answer: {reason}.") from error


def broker_address(text: str, ca: str | None) -> BrokerAddress:
    """The broker that `--broker` and `--ca` name. Raises click.BadParameter with one sentence."""
    try:
        if ca is not None:
            ssl.create_default_context(cafile=ca)
    except OSError as wrong:  # ssl.SSLError is one
        reason = f"There is no file {ca}." if isinstance(wrong, FileNotFoundError) else \
            f"{ca} is not a file of certificates (PEM)."
        raise click.BadParameter(reason, param_hint="--ca") from wrong
    try:
        return BrokerAddress.parse(text, None if ca is None else Path(ca).resolve())
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--broker") from wrong


def birth_of(pid: int) -> str | None:
    """When a process was born, in the kernel's own count (proc(5), field 22); None where the system does not say."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    state, *rest = text.rpartition(")")[2].split()
    return "ended" if state == "Z" else rest[18]


def _sentence(refusal: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(refusal.read())["error"]["sentence"])
    except (ValueError, KeyError, TypeError):
        return f"The store refused it ({refusal.code} {refusal.reason})."


def no_plan(folder: Path) -> str:
    """How to begin, where there is no store yet."""
    return f"There is no store in {folder} yet. Bring a plan in with: sinne import FILE --data {quote(str(folder))}"


def has_store(folder: Path) -> bool:
    """Whether a store was ever brought in there. Raises Refused where this user may not look."""
    try:
        names = set(os.listdir(folder))
    except PermissionError as error:
        raise Refused(f"This user may not look into the data folder {folder}.") from error
    except OSError:
        return False
    return bool(names & {FILE_NAME, COPY_NAME})


def opened(folder: Path) -> StoredMemory:
    """What a store remembers, to look at or to change while it does not run. Raises Refused where there is none."""
    if not has_store(folder):
        raise Refused(no_plan(folder))
    return open_memory(folder, BUILD_DATE)


def plan_from(file: str | None, data: str | None) -> tuple[Plan, StoredMemory | None]:
    """The plan of a file, or the one in force in a data folder (with its memory, for what is live).

    Raises Refused with every error of the file.
    """
    if file is not None:
        if data is not None:
            raise click.UsageError(f"Name a plan file or a store's folder, not both: {file} and --data {data}.")
        return good_file(file)[0], None
    memory = opened(data_folder(data))
    version: PlanVersion | None = memory.plan_in_force()
    if version is None:
        memory.close()
        raise Refused(no_plan(data_folder(data)))
    return version.plan, memory


def running_in(data: str | None) -> Running:
    """The store that runs on a data folder. Raises Unavailable where none does."""
    folder = data_folder(data)
    if not has_store(folder):
        raise Refused(no_plan(folder))
    found = Running.of(folder)
    if found is None:
        raise Unavailable(f"No store is running on {folder}. Start it with: sinne store --data {quote(str(folder))}")
    return found
