"""How commands read a plan file, and the two options that nearly all of them have.

Apart from what reads a store's folder, so that `sinne check` does not wait for a database to load.
"""

from __future__ import annotations

from pathlib import Path

import click

from controller.clock import SystemClock
from controller.errors import Refused
from controller.publishing import findings
from profiles.finding import Finding, Level
from profiles.plan import Plan
from profiles.planfile import PlanFileError, read_plan_text

data_option = click.option("--data", metavar="FOLDER", help="The store's data folder (default: SINNE_DATA, "
                           "else ~/.local/share/sinne).")
json_option = click.option("--json", "as_json", is_flag=True, help="For programs: JSON on standard output.")

#: More than the largest plan that is read has in any writing.
_MOST_BYTES = 16 * 2**20


def read_text(file: str) -> str:
    """The text of a plan file. Raises Refused with one sentence."""
    try:
        with Path(file).open("rb") as opened_file:
            content = opened_file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise Refused(_unreadable(file, error)) from error
    if len(content) > _MOST_BYTES:
        raise Refused(f"{file} has more than {_MOST_BYTES // 2**20} MiB, which no plan has. Name a plan file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Refused(f"{file}:{line}: this is not text in UTF-8. Name a plan file, or save it as UTF-8.") from error


def read_file(file: str) -> tuple[Plan | None, list[Finding]]:
    """A plan file with everything that there is to say about it; no plan where it cannot be read at all."""
    try:
        read = read_plan_text(read_text(file), file)
    except PlanFileError as wrong:
        return None, list(wrong.findings)
    return read.plan, read.located(findings(read.plan, SystemClock().now()))


def good_file(file: str, so: str = "") -> tuple[Plan, list[Finding]]:
    """The plan of a file and its warnings. Raises Refused with every error; `so`: what therefore did not happen."""
    plan, found = read_file(file)
    errors = [str(finding) for finding in found if finding.level is Level.ERROR]
    if plan is None or errors:
        count = "an error" if len(errors) == 1 else f"{len(errors)} errors"
        raise Refused("\n".join([f"{file} has {count}{so}:", *errors]))
    return plan, found


def _unreadable(file: str, error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"There is no file {file}."
    if isinstance(error, IsADirectoryError):
        return f"{file} is a folder. Name a plan file in it."
    if isinstance(error, PermissionError):
        return f"This user may not read {file}."
    return f"{file} cannot be read: {error.strerror}."
