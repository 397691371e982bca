"""Processes of HQ as a person starts them, and what a test asks of them."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.patience import PATIENCE_S, eventually
from tests.real.shop import SINNE


class HqFloor:
    """A folder for data folders and logs, and the processes in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o755)
        self.started: list[subprocess.Popen[bytes]] = []

    def ask(self, *words: object, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([SINNE, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE_S,
                              stdin=subprocess.DEVNULL, env={**os.environ, **environment}, check=False)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done

    def start(self, name: str, *words: object, up: str = "Ctrl-C ends it.") -> subprocess.Popen[bytes]:
        """Start a command and wait until it says that it is up."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen([SINNE, *map(str, words)], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                       start_new_session=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
        self.started.append(process)
        eventually(lambda: process.poll() is not None or up in self.said(name), f"{name} is up")
        assert process.poll() is None, self.said(name)
        return process

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def end(self) -> None:
        for process in reversed(self.started):
            if process.poll() is None:
                process.terminate()
        for process in reversed(self.started):
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(60)


@contextlib.contextmanager
def hq_floor(folder: Path) -> Iterator[HqFloor]:
    floor = HqFloor(folder)
    try:
        yield floor
    finally:
        floor.end()
