"""A dry run in a process of its own: the engine of the store shares its interpreter with the panel, not with this.

The store hands over a copy of itself as JSON and reads lines back: how far it is, then the answer or a refusal. The
worker is nice to everybody else on the machine. It has neither the store's database nor its broker, so nothing that
happens to it, being ended included, can reach them.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from pydantic import TypeAdapter

from controller.dryrun.copying import StoreCopy
from controller.dryrun.shapes import DryRun
from controller.dryrun.trying import tried
from controller.errors import Refused, SinneError, Unavailable
from profiles.text import language, speak, t

#: A week of ten zones takes a few seconds on a shop's computer; what takes longer than this is not waited for.
TIME_LIMIT_S = 120.0
_NICE = 10


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is given."""

    copy: StoreCopy
    text: str
    name: str
    days: int
    seed: int
    language: str


_TASK = TypeAdapter(Task)
_ANSWER = TypeAdapter(DryRun)

#: `tried`, wherever it runs: copy, text, name, days, and who is told how far it is.
Runner = Callable[[StoreCopy, str, str, int, Callable[[float], None]], DryRun]


class Workers:
    """A `Runner` that can be told to stop: a store that ends does not wait for a dry run."""

    def __init__(self) -> None:
        """Nothing runs."""
        self._lock, self._over = threading.Lock(), False
        self._processes: set[subprocess.Popen[bytes]] = set()

    def __call__(
        self, copy: StoreCopy, text: str, name: str, days: int, tell: Callable[[float], None]
    ) -> DryRun:
        """As `in_worker`."""
        return in_worker(copy, text, name, days, tell, begun=self._begun)

    def stop(self) -> None:
        """End what goes on, and whatever begins from now on."""
        with self._lock:
            self._over = True
            for worker in self._processes:
                worker.kill()

    def _begun(self, worker: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._processes = {each for each in self._processes if each.poll() is None} | {worker}
            if self._over:
                worker.kill()


def in_worker(
    copy: StoreCopy, text: str, name: str, days: int, tell: Callable[[float], None],
    *, seed: int = 1, limit_s: float = TIME_LIMIT_S,
    begun: Callable[[subprocess.Popen[bytes]], None] = lambda _worker: None,
) -> DryRun:
    """As `trying.tried`, in a process of its own. Raises Refused; Unavailable where it takes longer than `limit_s`.

    `begun`: is given the process, to end it if need be.
    """
    task = _TASK.dump_json(Task(copy, text, name, days, seed, language()))
    command = [sys.executable, "-m", "controller.dryrun.worker"]
    with subprocess.Popen(  # noqa: S603 - this very interpreter, with a module of ours and nothing of the asker's
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as worker:
        begun(worker)
        late = threading.Event()
        limit = threading.Timer(limit_s, lambda: _end(worker, late))
        complaints: list[bytes] = []
        reader = threading.Thread(target=lambda: complaints.append(_all(worker.stderr)), daemon=True)
        limit.start()
        reader.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                _stream(worker.stdin).write(task)
                _stream(worker.stdin).close()
            answer = _heard(_stream(worker.stdout), tell)
        finally:
            limit.cancel()
            worker.kill()
            reader.join()
    if answer is not None:
        return answer
    if late.is_set():
        raise Unavailable(t("This would take longer than {seconds} seconds, so it was ended. Try fewer days.",
                            seconds=f"{limit_s:g}"), 1)
    words = b"".join(complaints).decode(errors="replace").strip().splitlines()[-1:]
    raise Unavailable(t("The dry run broke off: {why}. The store is not touched by it.",
                        why=(words or [t("it said nothing")])[0].rstrip(".")))


def _end(worker: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    worker.kill()


def _heard(lines: IO[bytes], tell: Callable[[float], None]) -> DryRun | None:
    """The answer of a worker; None where it ended without one. Raises what it raised."""
    for line in lines:
        said = json.loads(line)
        if "share" in said:
            tell(float(said["share"]))
        elif "refused" in said:
            raise Refused(str(said["refused"]))
        elif "unavailable" in said:
            raise Unavailable(str(said["unavailable"]))
        else:
            return _ANSWER.validate_python(said["answer"])
    return None


def _all(stream: IO[bytes] | None) -> bytes:
    return _stream(stream).read()


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise AssertionError("the worker was started with pipes")
    return stream


def _say(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Be the worker: a task on standard input, lines on standard output."""
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    task = _TASK.validate_json(sys.stdin.buffer.read())
    speak(task.language)
    try:
        answer = tried(task.copy, task.text, task.name, task.days, seed=task.seed,
                       tell=lambda share: _say(share=round(share, 3)))
    except Refused as refusal:
        _say(refused=str(refusal))
    except SinneError as error:
        _say(unavailable=str(error))
    else:
        _say(answer=_ANSWER.dump_python(answer, mode="json"))


if __name__ == "__main__":
    main()
