"""The controller's program seen from the scenario: started for real, asked through its pipe, really killed."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path

import orjson

from controller.errors import Unavailable
from controller.real.pipe import Begin, error_of, write

#: Loading Python and all of the product takes a second or two; a busy machine takes longer.
LOAD_S = 60.0
#: An answer takes milliseconds, an announcement some seconds.
ANSWER_S = 30.0
_ROOT = Path(__file__).parents[2]
_LAST_WORDS = 300

Line = dict[str, object]


class ControllerProgram:
    """One run of the controller. `by_topic`: is told every message that it publishes; `log`: what it says aside.

    Spawned at once, and then only loads; the store begins with `begin`.
    """

    def __init__(self, log: Path, by_topic: Counter[str]) -> None:
        """Spawn it, in a session of its own, so that a Ctrl-C in the terminal reaches the scenario alone."""
        self._log, self._by_topic = log, by_topic
        self._lines: queue.Queue[Line | None] = queue.Queue()
        self._lock, self._asked = threading.Lock(), 0
        with log.open("ab") as aside:
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "controller.real.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=aside, start_new_session=True, cwd="/",
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT),
                                                                              os.environ.get("PYTHONPATH"))))})
        self._reader = threading.Thread(target=self._read, name="controller-program", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._child.pid

    def loaded(self) -> None:
        """Wait until it is loaded. Raises Unavailable."""
        self._next(LOAD_S)

    def begin(self, begin: Begin) -> None:
        """Let the store begin, after `loaded`. Raises what the composition root raises."""
        with self._lock:
            self._write(begin.model_dump(mode="json"))
            refused = error_of(self._next(LOAD_S))
        if refused is not None:
            raise refused

    def ask(self, verb: str, **words: object) -> Line:
        """Have something done, or look. Raises what the use case raises; Unavailable where nobody answers."""
        with self._lock:
            self._asked += 1
            self._write({"n": self._asked, "verb": verb, **words})
            answer = self._next(ANSWER_S)
            while answer.get("n") != self._asked:  # one that came too late for whoever asked
                answer = self._next(ANSWER_S)
        refused = error_of(answer)
        if refused is not None:
            raise refused
        found = answer["answer"]
        return found if isinstance(found, dict) else {}

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone and all that it said is heard. May be called twice."""
        with suppress(ProcessLookupError):
            self._child.send_signal(signal.SIGKILL)
        self._child.wait()
        self._reader.join()
        with suppress(OSError):  # what was never read is lost with it
            if self._child.stdin is not None:
                self._child.stdin.close()

    def _write(self, line: Line) -> None:
        try:
            if self._child.stdin is not None:
                write(self._child.stdin, line)
        except (OSError, ValueError):  # nobody reads; closed after a kill
            raise self._gone() from None

    def _next(self, patience_s: float) -> Line:
        try:
            line = self._lines.get(timeout=patience_s)
        except queue.Empty:
            raise Unavailable(f"The controller did not answer within {patience_s:g} s.") from None
        if line is None:
            self._lines.put(None)
            raise self._gone()
        return line

    def _read(self) -> None:
        assert self._child.stdout is not None  # noqa: S101 - PIPE was asked for
        with self._child.stdout as said:
            for text in said:
                if not text.endswith(b"\n"):
                    break  # killed in mid-word
                line = orjson.loads(text)
                if "sent" in line:
                    self._by_topic[line["sent"]] += 1
                else:
                    self._lines.put(line)
        self._lines.put(None)

    def _gone(self) -> Unavailable:
        said = self._log.read_text(encoding="utf-8", errors="replace").strip()
        return Unavailable(f"The controller ended by itself. It said last: {said[-_LAST_WORDS:] or 'nothing'}")
