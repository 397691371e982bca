"""Failed sign-ins slow down the next ones: by account and by source, growing, never for good, kept across restarts.

A failure is counted *before* the password is compared and taken back when it was right, so that a burst of parallel
attempts cannot slip past the count. An attempt while waiting is not compared and does not lengthen the wait: nobody
can be locked out by somebody who just keeps trying.
"""

from __future__ import annotations

import hashlib
import ipaddress
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.errors import TooSoon, Unavailable
from controller.ports import People, Throttle

#: After a day without a failure the count begins anew.
_FORGET_AFTER = timedelta(days=1)
#: Counts kept beside a disk that does not take them; beyond that the oldest go.
_MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Pace:
    """So many failures are free; then 1 s, doubling with each, up to `longest_s`."""

    free: int
    longest_s: float

    def wait_s(self, failures: int) -> float:
        """How long to wait after this many failures in a row."""
        beyond = failures - self.free
        return 0.0 if beyond < 0 else min(2.0 ** min(beyond, 30), self.longest_s)


#: A whole shop may sit behind one address, so a source is given more than an account, then waits longer.
ACCOUNT = Pace(free=4, longest_s=300)
SOURCE = Pace(free=12, longest_s=900)


class Throttling:
    """Counts failures of an account and of a source together."""

    def __init__(self, people: People) -> None:
        """`people`: where the counts are kept."""
        self._people = people
        self._lock = threading.Lock()
        #: Counts that the disk does not take: a full disk must neither keep people out nor let anybody guess freely.
        self._kept: dict[str, Throttle] = {}

    def count(self, name: str, source: str, now: datetime) -> tuple[Throttle, Throttle]:
        """Count an attempt as failed. Returns the counts from before, for `take_back`. Raises Unavailable to wait."""
        with self._lock:
            # Hashed: people type their password into the wrong field, and it must not be kept.
            account = self._before(f"account:{hashlib.sha256(name.encode()).hexdigest()}", now)
            place = self._before(f"source:{_network(source)}", now)
            for before, pace in ((account, ACCOUNT), (place, SOURCE)):
                left_s = pace.wait_s(before.failures) - max((now - before.last).total_seconds(), 0.0)
                if before.failures and left_s > 0:
                    raise TooSoon(f"There were several failed sign-ins. Please try again {_in(left_s)}.", left_s)
            for before in (account, place):
                self._put(Throttle(before.subject, before.failures + 1, now))
            return account, place

    def take_back(self, account: Throttle, place: Throttle) -> None:
        """The attempt was right: the account begins anew, the source is where it was.

        Somebody with an account of their own could otherwise wipe out the source's failures at others'.
        """
        with self._lock:
            self._put(Throttle(account.subject, 0, account.last))
            newest = self._found(place.subject)
            failures = max((newest.failures if newest is not None else 1) - 1, 0)
            self._put(Throttle(place.subject, failures, place.last))

    def _put(self, throttle: Throttle) -> None:
        try:
            self._people.put_throttle(throttle)
        except Unavailable:
            self._kept.pop(throttle.subject, None)
            self._kept[throttle.subject] = throttle
            if len(self._kept) > _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        else:
            self._kept.pop(throttle.subject, None)

    def _found(self, subject: str) -> Throttle | None:
        return self._kept.get(subject) or self._people.throttle(subject)

    def _before(self, subject: str, now: datetime) -> Throttle:
        found = self._found(subject)
        # A failure in the future is from before the clock was set back: it must not make anybody wait for years.
        if found is None or now - found.last > _FORGET_AFTER or found.last - now > _FORGET_AFTER:
            return Throttle(subject, 0, now)
        return found


def _network(source: str) -> str:
    """An IPv6 address is one of 2^64 that a customer of any provider has, so its network counts."""
    try:
        address = ipaddress.ip_address(source.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped is not None else str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _in(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 100:
        return f"in {whole} second{'s' if whole > 1 else ''}"
    return f"in {round(whole / 60)} minutes"
