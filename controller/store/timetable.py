"""The timetable: APScheduler wakes the engine at the next boundary. A tick, never the judge.

Only one job exists, in memory, never persisted: the plan is. APScheduler's cron is not used at all, since it
drops and repeats times around summer time (`reliability.md`, decision 3), and after a step of the clock its jobs
stay silent, so the beat rebuilds it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

_JOB = "boundary"
#: The job is set anew long before it would come again.
_NEVER_WEEKS = 520

# APScheduler announces every job that it adds; the engine sets a new one at every press.
logging.getLogger("apscheduler").setLevel(logging.WARNING)


class ApTimetable:
    """The `Timetable` port over APScheduler 3.11 with its memory store."""

    def __init__(self) -> None:
        """Make it; no thread is started yet."""
        self._scheduler: BackgroundScheduler | None = None
        self._wake: Callable[[], None] = lambda: None
        self._instant: datetime | None = None
        self._lock = threading.Lock()

    def start(self, wake: Callable[[], None]) -> None:
        """Begin; `wake` is called from a thread of the scheduler and must only enqueue."""
        with self._lock:
            self._end()
            self._wake = wake
            self._begin()

    def wake_at(self, instant: datetime | None) -> None:
        """Replace the one instant that is waited for; the same instant again costs nothing."""
        with self._lock:
            if instant == self._instant:
                return
            self._instant = instant
            self._set()

    def rebuild(self) -> None:
        """Begin anew: after a step of the wall clock the old scheduler sleeps by the old time."""
        with self._lock:
            if self._scheduler is not None:
                self._end()
                self._begin()

    def stop(self) -> None:
        """End the scheduler's threads."""
        with self._lock:
            self._end()

    def _begin(self) -> None:
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1})
        self._scheduler.start()
        self._set()

    def _set(self) -> None:
        if self._scheduler is None:
            return
        if self._instant is None:
            self._scheduler.remove_all_jobs()
        else:
            # Not a date job: one that has fired takes itself away, and if the scheduler is shut down at that moment,
            # its thread dies with a traceback (3.11.3, tried: the state is set before the lock is taken).
            self._scheduler.add_job(self._fire, "interval", weeks=_NEVER_WEEKS, next_run_time=self._instant, id=_JOB,
                                    replace_existing=True)

    def _end(self) -> None:
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    def _fire(self) -> None:
        self._wake()
