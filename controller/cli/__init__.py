"""The roof: the command `sinne`. It may import anything, and nothing imports it.

Exit status: 0, it was done or the answer is yes; 1, it could not be done or the answer is no; 2, wrong use.
"""

from __future__ import annotations

import logging
import sys
from importlib import import_module

import click

from controller.errors import SinneError
from controller.settings import product_version

#: Where each command lives. Read when it is asked for: `sinne check` should not wait for a web server to load.
COMMANDS = {
    "demo": ("controller.cli.demo", "demo"),
    "store": ("controller.cli.store", "store"),
    "simulate": ("controller.cli.simulate", "simulate"),
    "plan": ("controller.cli.plans", "plan"),
    "explain": ("controller.cli.plans", "explain"),
    "check": ("controller.cli.plans", "check"),
    "import": ("controller.cli.plans", "import_"),
    "export": ("controller.cli.plans", "export"),
    "devices": ("controller.cli.devices", "devices"),
    "token": ("controller.cli.accounts", "token"),
    "cert": ("controller.cli.accounts", "cert"),
    "bench": ("controller.cli.benches", "bench"),
}


class Commands(click.Group):
    """A group that reads a command's module when the command is asked for."""

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


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(product_version(), prog_name="sinne")
@click.option("--verbose", "-v", count=True, help="Say more of what happens; twice: everything.")
def sinne(verbose: int) -> None:
    """An in-store sensory experience controller: light, music and scent, on a schedule, with proof.

    Try it without hardware:  sinne demo
    """
    levels = (logging.WARNING, logging.INFO, logging.DEBUG)
    logging.getLogger("alembic").setLevel(levels[max(0, min(verbose, 2) - 1)])
    logging.basicConfig(level=levels[min(verbose, 2)], stream=sys.stderr,
                        format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def main() -> None:
    """Run the command line; every refusal of ours is one sentence on standard error."""
    try:
        sinne.main(standalone_mode=False)
    except click.UsageError as wrong:
        wrong.show()
        sys.exit(2)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except SinneError as refusal:
        click.echo(f"sinne: {refusal}", err=True)
        sys.exit(1)
