"""The roof: the command `sinne`. It may import anything, and nothing imports it.

Exit status: 0, it was done or the answer is yes; 1, it could not be done or the answer is no; 2, wrong use.
The commands themselves are read by `main` (`commands.py`), so that Ctrl-C has something to answer it early.
"""

from __future__ import annotations

import signal
from importlib import import_module


def main() -> None:
    """Run the command line; every refusal of ours is one sentence on standard error."""
    # While libraries are read nothing has begun, so Ctrl-C just ends it: a traceback through them helps nobody.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    commands = import_module("controller.cli.commands")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    commands.run()
