"""`StoredMemory`: the `Memory` port over a database. Each change is one transaction with its journal entries."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from controller.errors import Conflict, Refused
from controller.ports import CueMark, Entry, JournalEntry, LocalChange, PlanVersion, ScentRun
from controller.storage import choices, leases, plan_copy, record
from controller.storage.database import Database
from controller.storage.hq import hq_parts
from controller.storage.people import StoredPeople
from controller.storage.plans import columns_of, version_from
from controller.storage.shelf import StoredShelf
from controller.storage.tables import counters, cue_marks, last_seen, local_changes, plans, scent_runs
from profiles.plan import Live, Override, Plan, Stop

_log = logging.getLogger(__name__)

#: Plans are parsed once a version; this many stay in memory.
_KEPT_PLANS = 32
#: No honest epoch is near this: it rises by one a start, and JSON numbers are exact up to here.
_HIGHEST_EPOCH = 2**53
#: No database takes a larger number here.
_HIGHEST_PLAN = 2**31
# Built once, those that are asked at every beat: building a statement costs more than running it.
_NEWEST_PLAN = select(func.max(plans.c.version))
_FORGET_SCENT = delete(scent_runs).where(scent_runs.c.zone == bindparam("z"), scent_runs.c.fragrance == bindparam("f"))
_ADD_SCENT = insert(scent_runs)
_FORGET_SEEN = delete(last_seen).where(last_seen.c.device == bindparam("d"))
_ADD_SEEN = insert(last_seen)


class StoredMemory:
    """What a store remembers, in a database. `people`: the accounts in the same database; `hq`: what it has from HQ.

    `papers`, `fleet_rows`, `proof`: what HQ itself remembers. `recovered`: the alarm of a damaged database, else None.
    """

    def __init__(self, database: Database, recovered: str | None = None) -> None:
        """Over an open database whose tables are up to date (`opening.open_memory`)."""
        self.database = database
        self.people = StoredPeople(database)
        self.hq = StoredShelf(database)
        self.papers, self.fleet_rows, self.proof = hq_parts(database)
        self.recovered = recovered
        self._parsed: dict[int, PlanVersion] = {}

    # -- plans

    def plan_in_force(self) -> PlanVersion | None:
        """The newest plan version that is whole, or None before the first."""
        with self.database.read() as connection:
            newest = connection.execute(_NEWEST_PLAN).scalar()
        kept = self._parsed.get(newest) if newest is not None else None
        if kept is not None:
            return kept
        found = self.plan_versions(limit=1)
        return found[0] if found else None

    def plan_versions(self, limit: int = 50) -> list[PlanVersion]:
        """The newest versions first; torn ones are left out."""
        found: list[PlanVersion] = []
        before: int | None = None
        while len(found) < limit:
            with self.database.read() as connection:
                rows = connection.execute(select(plans).where(
                    *(() if before is None else (plans.c.version < before,)))
                    .order_by(plans.c.version.desc()).limit(limit - len(found))).all()
            if not rows:
                break
            before = rows[-1].version
            found.extend(version for version in map(self._version, rows) if version is not None)
        return found

    def plan_version(self, number: int) -> PlanVersion | None:
        """The version of this number, or None where there is none or it is torn."""
        if not 1 <= number < _HIGHEST_PLAN:
            return None
        with self.database.read() as connection:
            row = connection.execute(select(plans).where(plans.c.version == number)).first()
        return None if row is None else self._version(row)

    def publish(
        self, plan: Plan, author: str, note: str, at: datetime, entry: Entry, *, local: Plan | None = None,
        upon: int | None = None,
    ) -> PlanVersion:
        """Add a version. The same plan and own part as those in force return that one, unchanged. Raises Conflict."""
        local = None if local is None or local.digest == plan.digest else local
        columns = columns_of(plan, local)
        with self.database.write() as connection:
            row = connection.execute(select(plans).order_by(plans.c.version.desc()).limit(1)).first()
            in_force = None if row is None else self._version(row)
            if upon not in (None, 0 if row is None else upon if in_force is None else in_force.version):
                raise Conflict("Another version of the plan was published meanwhile. Nothing was changed.")
            made = PlanVersion(1 if row is None else row.version + 1, plan.digest, author, note, at, plan, local)
            if in_force is not None and (in_force.digest, in_force.own.digest) == (made.digest, made.own.digest):
                return in_force
            connection.execute(insert(plans).values(
                version=made.version, author=author, note=note, at=at, **columns))
            record.append(connection, at, entry)
        self._keep(made)
        self.copy_plan(made)
        return made

    def copy_plan(self, version: PlanVersion) -> None:
        """Put a plain copy beside the database. Failing is no failure of the publish, which is committed."""
        if self.database.folder is None or self.database.unwritable is not None:
            return
        try:
            plan_copy.write_copy(self.database.folder, version)
        except OSError as error:
            _log.warning("The copy of plan version %s could not be written: %s", version.version, error)

    # -- live choices

    def live(self, since: datetime) -> Live:
        """Overrides and stops that are alive or ended after `since`, overrides in the order of the presses."""
        with self.database.read() as connection:
            return choices.live_since(connection, since)

    def add_overrides(self, overrides: tuple[Override, ...], at: datetime, entry: Entry) -> None:
        """Commit the overrides of one press. Raises Conflict where an id exists."""
        with self.database.write() as connection:
            choices.insert_overrides(connection, overrides)
            record.append(connection, at, entry)

    def end_overrides(self, ids: tuple[str, ...], at: datetime, entry: Entry) -> None:
        """Set `ended` on overrides that have not ended. Where none had to be ended, nothing is recorded."""
        with self.database.write() as connection:
            if choices.close_overrides(connection, ids, at):
                record.append(connection, at, entry)

    def add_stop(self, stop: Stop, at: datetime, entry: Entry) -> None:
        """Commit a stop. Raises Conflict where its id exists."""
        with self.database.write() as connection:
            choices.insert_stop(connection, stop)
            record.append(connection, at, entry)

    def end_stops(self, ids: tuple[str, ...], by: str, at: datetime, entry: Entry) -> None:
        """Set `ended` on stops that have not ended. Where none had to be ended, nothing is recorded."""
        with self.database.write() as connection:
            if choices.close_stops(connection, ids, by, at):
                record.append(connection, at, entry)

    # -- who may act, and since when

    def raise_epoch(self, above: int) -> int:
        """Commit and return 1 + the higher of `above` and the highest epoch so far (rule 17). Raises Refused."""
        if above >= _HIGHEST_EPOCH:
            raise Refused(f"Epoch {above} cannot be right: it rises by one at each start. It was ignored.")
        with self.database.write() as connection:
            found = connection.execute(select(counters.c.highest).where(counters.c.name == "epoch")).scalar()
            epoch = max(above, found or 0) + 1
            if found is None:
                connection.execute(insert(counters).values(name="epoch", highest=epoch))
            else:
                connection.execute(update(counters).where(counters.c.name == "epoch").values(highest=epoch))
        return epoch

    def hold_lease(self, owner: str, at: datetime, for_s: float) -> bool:
        """Take or renew the right to act until `for_s` seconds after `at`; False while another owner has it."""
        with self.database.write() as connection:
            return leases.hold(connection, owner, at, for_s)

    def release_lease(self, owner: str) -> None:
        """Give the right to act back, if `owner` has it."""
        with self.database.write() as connection:
            leases.release(connection, owner)

    # -- what holds rest on

    def scent_runs(self) -> list[ScentRun]:
        """The newest run of each zone and fragrance."""
        with self.database.read() as connection:
            rows = connection.execute(select(scent_runs)).all()
        return sorted((ScentRun(row.zone, row.fragrance, row.last_on, row.intensity_pct) for row in rows),
                      key=lambda run: (run.zone, run.fragrance))

    def note_scent(self, runs: tuple[ScentRun, ...]) -> None:
        """Replace the runs of the zones and fragrances named; of two for one pair, the later in `runs` holds."""
        newest = {(run.zone, run.fragrance): run for run in runs}
        if not newest:
            return
        with self.database.write() as connection:
            connection.execute(_FORGET_SCENT, [{"z": zone, "f": fragrance} for zone, fragrance in newest])
            connection.execute(_ADD_SCENT, [
                {"zone": run.zone, "fragrance": run.fragrance, "last_on": run.last_on,
                 "intensity_pct": run.intensity_pct} for run in newest.values()])

    def local_changes(self) -> list[LocalChange]:
        """Local changes that are remembered, ended ones included until forgotten."""
        with self.database.read() as connection:
            rows = connection.execute(select(local_changes)).all()
        return sorted((LocalChange(row.device, row.seen, row.until) for row in rows), key=lambda change: change.device)

    def note_local_change(self, change: LocalChange, entry: Entry) -> None:
        """Replace the local change of a device."""
        with self.database.write() as connection:
            connection.execute(delete(local_changes).where(local_changes.c.device == change.device))
            connection.execute(insert(local_changes).values(
                device=change.device, seen=change.seen, until=change.until))
            record.append(connection, change.seen, entry)

    def forget_local_changes(self, devices: tuple[str, ...]) -> None:
        """Take local changes away."""
        if devices:
            with self.database.write() as connection:
                connection.execute(delete(local_changes).where(local_changes.c.device == bindparam("d")),
                                   [{"d": device} for device in devices])

    def last_seen(self) -> dict[str, datetime]:
        """When each device was last heard, as far as it was noted."""
        with self.database.read() as connection:
            return {row.device: row.seen for row in connection.execute(select(last_seen))}

    def note_last_seen(self, seen: Mapping[str, datetime]) -> None:
        """Note when devices were last heard, in one transaction."""
        if not seen:
            return
        with self.database.write() as connection:
            connection.execute(_FORGET_SEEN, [{"d": device} for device in seen])
            connection.execute(_ADD_SEEN, [{"device": device, "seen": at} for device, at in seen.items()])

    # -- what people did about cues

    def cue_marks(self, since: datetime) -> list[CueMark]:
        """The marks that were made at or after `since`, oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(select(cue_marks).where(cue_marks.c.at >= since)).all()
        return sorted((CueMark(row.occurrence, row.outcome, row.by, row.at) for row in rows),
                      key=lambda mark: (mark.at, mark.occurrence))

    def mark_cue(self, occurrence: str, mark: CueMark | None, at: datetime, entry: Entry) -> None:
        """Replace the mark of an occurrence; None takes it away. Where there is none to take, nothing is recorded."""
        with self.database.write() as connection:
            gone = connection.execute(delete(cue_marks).where(cue_marks.c.occurrence == occurrence)).rowcount
            if mark is not None:
                connection.execute(insert(cue_marks).values(
                    occurrence=occurrence, outcome=mark.outcome, by=mark.by, at=mark.at))
            if mark is not None or gone:
                record.append(connection, at, entry)

    # -- the journal

    def record(self, at: datetime, *entries: Entry) -> None:
        """Append to the journal."""
        self.record_all([(at, entry) for entry in entries])

    def record_all(self, entries: Sequence[tuple[datetime, Entry]]) -> None:
        """Append entries of several instants, in one transaction."""
        if entries:
            with self.database.write() as connection:
                record.append_all(connection, entries)

    def journal(self, after: int = 0, limit: int = 500) -> list[JournalEntry]:
        """Entries with a higher number than `after`, in order."""
        with self.database.read() as connection:
            return record.page(connection, after, limit)

    def recorded(
        self, start: datetime, end: datetime, kinds: tuple[str, ...] = (), limit: int = 1000,
        newest_first: bool = False,
    ) -> list[JournalEntry]:
        """Entries with start <= at < end, of these kinds (empty: of all), by their number, or the newest first."""
        with self.database.read() as connection:
            return record.between(connection, start, end, kinds, limit=limit, newest_first=newest_first)

    def newest_entry(self) -> JournalEntry | None:
        """The last entry."""
        with self.database.read() as connection:
            return record.newest(connection)

    def chain_head(self) -> tuple[int, str]:
        """The number and hash that the journal ends with, for `chain.verify_journal`."""
        with self.database.read() as connection:
            return record.head(connection)

    def close(self) -> None:
        """Release files and connections. May be called twice; afterwards everything is Unavailable."""
        self.papers.close()
        self.database.close()

    def _version(self, row: Row[Any]) -> PlanVersion | None:
        kept = self._parsed.get(row.version)
        if kept is not None:
            return kept
        version = version_from(row)
        if version is not None:
            self._keep(version)
        return version

    def _keep(self, version: PlanVersion) -> None:
        kept = dict(sorted({**self._parsed, version.version: version}.items())[-_KEPT_PLANS:])
        self._parsed = {**kept, version.version: version}
