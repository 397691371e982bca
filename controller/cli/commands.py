"""The table of commands, and how each ends: exit status 0, 1 or 2, and a sentence where it was not 0."""

from __future__ import annotations

import errno
import io
import logging
import sys
from importlib import import_module
from typing import IO, Any

import click

from controller.errors import SinneError
from controller.settings import product_version

#: Where each command lives. Read when it is asked for: `sinne check` should not wait for a web server to load.
COMMANDS = {
    "demo": ("controller.cli.demo", "demo"),
    "store": ("controller.cli.store", "store"),
    "simulate": ("controller.cli.simulate", "simulate"),
    "misbehave": ("controller.cli.misbehave", "misbehave"),
    "plan": ("controller.cli.days", "plan"),
    "explain": ("controller.cli.days", "explain"),
    "check": ("controller.cli.check", "check"),
    "import": ("controller.cli.plans", "import_"),
    "export": ("controller.cli.plans", "export"),
    "versions": ("controller.cli.versions", "versions"),
    "diff": ("controller.cli.versions", "diff"),
    "rollback": ("controller.cli.versions", "rollback"),
    "cues": ("controller.cli.cues", "cues"),
    "announce": ("controller.cli.announce", "announce"),
    "when": ("controller.cli.times", "when"),
    "calendar": ("controller.cli.calendars", "calendar"),
    "devices": ("controller.cli.devices", "devices"),
    "hq": ("controller.cli.hq", "hq"),
    "token": ("controller.cli.accounts", "token"),
    "cert": ("controller.cli.accounts", "cert"),
    "bench": ("controller.cli.benches.commands", "bench"),
}


#: How a disk says that standard output went nowhere.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


class Failed(click.ClickException):
    """It could not be done, or is refused: one sentence on standard error, exit status 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence; where there are several, each on a line of its own."""
        click.echo(f"sinne: {self.message}", file=file or sys.stderr)


class Commands(click.Group):
    """A group that reads a command's module when the command is asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. What was foreseen becomes a sentence, whoever called."""
        try:
            return super().invoke(ctx)
        except SinneError as refusal:
            raise Failed(str(refusal)) from refusal
        except BrokenPipeError:
            raise  # whoever read it has had enough, as in `sinne plan | head -1`: click ends quietly, with 1
        except OSError as error:
            if error.filename is None and error.errno not in _FULL:
                raise
            what = "The output cannot be written" if error.filename is None else f"{error.filename} cannot be used"
            raise Failed(f"{what}: {error.strerror}.") from error

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order in which a stranger would use them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        found = getattr(import_module(module), attribute)
        if not isinstance(found, click.Command):
            raise TypeError(f"{module}.{attribute} is not a command")
        return found


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0, it was done or the answer is yes; 1, it could not be done or the answer is no; 2, the "
           "command was used wrongly; 130, Ctrl-C.",
)
@click.version_option(product_version(), prog_name="sinne")
@click.option("--verbose", "-v", count=True, help="Say more of what happens; twice: everything.")
def sinne(verbose: int) -> None:
    """An in-store sensory experience controller: light, music and scent, on a schedule, with proof.

    \b
    Try it without hardware:   sinne demo
    Look at a plan file:       sinne check shop.yaml
    Run a store:               sinne store --plan shop.yaml
    """
    levels = (logging.WARNING, logging.INFO, logging.DEBUG)
    logging.getLogger("alembic").setLevel(levels[max(0, min(verbose, 2) - 1)])
    logging.basicConfig(level=levels[min(verbose, 2)], stream=sys.stderr,
                        format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def run() -> None:
    """Run the command line; every refusal of ours is one sentence on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that has no “ or ─ gets their number, not a traceback
            stream.reconfigure(errors="backslashreplace")
    try:
        ended = sinne.main(standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    if isinstance(ended, int):  # click does not raise its `Exit` here, but returns the status
        sys.exit(ended)
