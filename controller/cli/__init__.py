"""The roof: the command `sinne`. It may import anything, and nothing imports it.

Exit status: 0, it was done or the answer is yes; 1, it could not be done or the answer is no; 2, wrong use.
"""

from __future__ import annotations

import logging
import sys

import click

from controller.cli.accounts import cert, token
from controller.cli.demo import demo
from controller.cli.devices import devices
from controller.cli.plans import check, explain, export, import_, plan
from controller.cli.simulate import simulate
from controller.cli.store import store
from controller.errors import SinneError
from controller.settings import product_version


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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


for command in (demo, store, simulate, plan, explain, check, import_, export, devices, token, cert):
    sinne.add_command(command)


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
