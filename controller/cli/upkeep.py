"""What a running store does once a day besides running: it renews its certificate. A store is seldom started anew."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from controller.bootstrap import RunningStore
from controller.errors import SinneError
from devices.broker import Mosquitto
from web.certificate import certificate_in

log = logging.getLogger("sinne")

DAY_S = 24 * 3600.0


@contextlib.contextmanager
def repeated(work: Callable[[], object], every_s: float = DAY_S) -> Iterator[None]:
    """Do `work` every `every_s` seconds, in a thread that ends with the block. What fails is logged and done again."""
    ended = threading.Event()

    def go() -> None:
        while not ended.wait(every_s):
            try:
                work()
            except (SinneError, OSError, ValueError) as error:
                log.warning("The daily upkeep failed and is tried again: %s", error)

    thread = threading.Thread(target=go, name="upkeep", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(5)


def renew_certificate(running: RunningStore, folder: Path) -> bool:
    """See that the certificate in `folder` stays valid; whether it was made anew. The panel serves a new one by itself.

    Not while the time is not trusted: a clock that is wrong would make an authority that no tablet knows.
    """
    if not running.engine.sight().time_trusted:
        return False
    before = _content(folder)
    certificate_in(folder, running.now())
    if _content(folder) == before:
        return False
    log.info("The certificate in %s was renewed", folder)
    if isinstance(running.broker, Mosquitto):
        running.broker.take_certificate()
    return True


def _content(folder: Path) -> bytes:
    try:
        return (folder / "own.crt").read_bytes()
    except OSError:
        return b""
