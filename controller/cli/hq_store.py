"""`sinne hq enrol`, `revoke`, `rekey`, `stores`: the stores of HQ, from HQ's own machine."""

from __future__ import annotations

import contextlib
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from shlex import quote

import click

from controller.cli.owner import LOCAL
from controller.cli.shown import as_table, say_json
from controller.clock import SystemClock
from controller.errors import NotFound, Refused, Unavailable
from controller.hq.broker import FOLDER, HqAccounts, account_words
from controller.hq.enrolling import Bundle, write_bundle
from controller.hq.founding import Reached, organisation_of
from controller.hq.orders import Answer
from controller.hq.ports import Enrolled
from controller.hq.rotation import Progress, progress
from controller.hq.running import HqDoors, doors_of
from controller.hq.shapes_fleet import FleetQuery, FleetStore
from controller.hq.signing import KeyFile
from controller.ports import Entry
from controller.settings import BUILD_DATE, hq_folder
from controller.storage.memory import StoredMemory
from controller.storage.opening import FILE_NAME, open_memory
from devices.address import BrokerAddress
from devices.messages import checked_id

#: No store may be called so: its topics would be HQ's.
_RESERVED = {"hq"}
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Given:
    """What was said before the name of a sub-command."""

    data: str | None
    database: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    """What HQ remembers, for a command of its owner."""

    folder: Path
    memory: StoredMemory
    organisation: str
    now: datetime

    @property
    def doors(self) -> HqDoors:
        """What HQ is asked."""
        return doors_of(self.memory, self.organisation, SystemClock())

    def enrolled(self, store: str) -> Enrolled:
        """An enrolled store. Raises NotFound."""
        for each in self.memory.fleet_rows.enrolled():
            if each.store == store:
                return each
        raise NotFound(f"No store {store} is enrolled here.")


@contextlib.contextmanager
def opened_hq(data: str | None, database: str | None) -> Iterator[Opened]:
    """HQ's memory, for as long as the block lasts. Raises Refused where there is no HQ."""
    folder = hq_folder(data)
    if database is None and not (folder / FILE_NAME).exists():
        raise Refused(no_hq(folder))
    memory = open_memory(database or folder, BUILD_DATE)
    try:
        now = max(SystemClock().now(), BUILD_DATE)
        organisation = organisation_of(memory, now)
        if organisation is None:
            raise Refused(no_hq(folder))
        yield Opened(folder, memory, organisation, now)
    finally:
        memory.close()


def no_hq(folder: Path) -> str:
    """How to begin, where there is no HQ yet."""
    return f"There is no HQ in {folder} yet. Start one with: sinne hq --organisation NAME --data {quote(str(folder))}"


def enrol_store(hq: Opened, store: str, out: Path) -> Reached:
    """Give a store an account and write its bundle to `out`. Raises Refused, Unavailable; then nothing is changed."""
    reached = _checked(hq, store)
    known = next((each for each in hq.memory.fleet_rows.enrolled() if each.store == store), None)
    bundle = Bundle(organisation=hq.organisation, store=store, broker=reached.broker, username=store,
                    password=secrets.token_urlsafe(24), ca=_authority(reached), once=uuid.uuid4().hex,
                    keys=KeyFile(hq.folder).read().in_text())
    write_bundle(bundle, out)
    generation = 1 if known is None else known.generation + 1
    try:
        if reached.own:
            HqAccounts(hq.folder / FOLDER).put(store, bundle.password)
        hq.memory.fleet_rows.enrol(Enrolled(store, store, generation, hq.now, LOCAL.name), hq.now,
                                   Entry("store.enrolled", {"store": store, "generation": generation,
                                                            "by": LOCAL.name, "bundle": bundle.once}))
    except OSError as error:
        out.unlink(missing_ok=True)
        raise Unavailable(f"The broker's accounts cannot be written: {error.strerror}.") from error
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    return reached


def revoke_store(hq: Opened, store: str) -> Reached | None:
    """End a store's account. Raises NotFound."""
    known = hq.enrolled(store)
    reached = Reached.of(hq.folder)
    if known.revoked is None:
        hq.memory.fleet_rows.enrol(replace(known, revoked=hq.now), hq.now, Entry("store.revoked", {
            "store": store, "by": LOCAL.name}))
    if reached is not None and reached.own:
        try:
            HqAccounts(hq.folder / FOLDER).drop([store])
        except OSError as error:
            raise Unavailable(f"The broker's accounts cannot be written: {error.strerror}.") from error
    return reached


def _checked(hq: Opened, store: str) -> Reached:
    try:
        checked_id(store)
    except ValueError as wrong:
        raise Refused(f"{wrong}.") from None
    if store in _RESERVED:
        raise Refused(f"No store can be called {store}: what HQ says goes by that name.")
    reached = Reached.of(hq.folder)
    if reached is None:
        raise Refused(f"It is not known yet how stores reach HQ's broker. Start HQ once on {hq.folder}: sinne hq")
    return reached


def _authority(reached: Reached) -> str | None:
    if reached.ca is None:
        return None
    try:
        return Path(reached.ca).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"The certificate {reached.ca} behind HQ's broker cannot be read.") from error


def enrolled_words(store: str, out: Path, reached: Reached) -> str:
    """What is to be done with a bundle."""
    words = [f"{store} is enrolled. Its bundle is {out}: carry it to the store, and there:",
             f"  sinne store enrol {out.name}",
             "It is the store's password: let nobody else read it, and delete it afterwards."]
    if not reached.own:
        words.append(account_words(store))
    elif BrokerAddress.parse(reached.broker).host in ("127.0.0.1", "localhost"):
        words.append("HQ's broker listens on this machine alone. For stores elsewhere start HQ with --broker-listen.")
    return "\n".join(words)


def start_change(hq: Opened, finish: bool) -> Answer | None:
    """Leave the order to change keys, and wait a little for the publisher; None while it waits."""
    step = "finish" if finish else "begin"
    order = hq.memory.papers.give_order("rekey", {"step": step}, LOCAL.name, hq.now, Entry("order.given", {
        "verb": "rekey", "step": step, "by": LOCAL.name}))
    for _ in range(20):
        known = hq.memory.papers.order(order.number)
        if known is not None and known.done is not None:
            return Answer.of(known.answer or {})
        hq.memory.papers.wait_for_news(hq.memory.papers.revision(), 0.25)
    return None


def say_progress(hq: Opened, as_json: bool) -> None:
    """How far a change of keys has come."""
    found = progress(KeyFile(hq.folder).read(), hq.memory.fleet_rows.fleet())
    if as_json:
        say_json({"changing": found.changing, "told": list(found.told), "missing": list(found.missing)})
        return
    click.echo(progress_words(found))


def progress_words(found: Progress) -> str:
    """How far a change of keys has come, for people."""
    total = len(found.told) + len(found.missing)
    if not found.changing:
        if not total:
            return "No change of keys goes on."
        if not found.missing:
            return f"No change of keys goes on. Today's key alone is believed by every store ({total})."
        return ("No change of keys goes on. Still to confirm that they believe today's key alone: "
                f"{len(found.missing)} of {total} stores. They are asked when they are in touch.")
    words = f"The key is being changed: {len(found.told)} of {total} stores believe the next one."
    if found.missing:
        words += f"\nMissing: {', '.join(found.missing[:20])}{' …' if len(found.missing) > 20 else ''}"
        words += "\nThose that never come back keep the old key in use. To go on without them: sinne hq rekey --all " \
                 "--finish"
    return words


def _shown(hq: Opened) -> list[FleetStore]:
    found: list[FleetStore] = []
    fleet = hq.doors.fleet
    while True:
        page = fleet.fleet(FleetQuery(offset=len(found), limit=_PAGE)).rows
        found += page
        if len(page) < _PAGE:
            return found


def say_stores(hq: Opened, as_json: bool) -> None:
    """Every store, and how it stands."""
    enrolled = {each.store: each for each in hq.memory.fleet_rows.enrolled()}
    rows = sorted(_shown(hq), key=lambda each: each.id)
    if as_json:
        say_json([{"store": each.id, "name": each.name, "stand": each.stand, "why": list(each.why),
                   "heard": each.heard, "software": each.software,
                   "generation": enrolled[each.id].generation} for each in rows]
                 + [{"store": each.store, "revoked": each.revoked} for each in enrolled.values() if each.revoked])
        return
    if not rows:
        click.echo("No store is enrolled yet. Enrol one with: sinne hq enrol STORE")
        return
    click.echo(as_table(("Store", "Name", "How", "Why", "Software"), [
        (each.id, each.name if each.name != each.id else "", each.stand.value, "; ".join(each.why), each.software)
        for each in rows]))
    gone = sum(each.revoked is not None for each in enrolled.values())
    if gone:
        click.echo(f"{gone} more {'was' if gone == 1 else 'were'} revoked.")
