"""`StoredPeople`: the `People` port over a database: accounts, sessions, tokens, failed sign-ins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from controller.ports import Account, Entry, Session, Throttle, Token
from controller.storage import record
from controller.storage.database import Database
from controller.storage.tables import accounts, sessions, throttles, tokens
from profiles.limits import Person

#: Failures older than this no longer slow anybody down, so their rows go when another is written.
FORGOTTEN_AFTER = timedelta(days=2)


class StoredPeople:
    """Who may sign in, and who has."""

    def __init__(self, database: Database) -> None:
        """Over an open database whose tables are up to date."""
        self._database = database

    def account(self, name: str) -> Account | None:
        """The account of this name, case-folded."""
        with self._database.read() as connection:
            row = connection.execute(select(accounts).where(accounts.c.folded == name.casefold())).first()
            return None if row is None else _account(row)

    def accounts(self) -> list[Account]:
        """Every account, by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(accounts)).all()
        return [_account(row) for row in sorted(rows, key=lambda row: str(row.folded))]

    def put_account(self, account: Account, at: datetime, entry: Entry) -> None:
        """Add or replace an account."""
        folded = account.name.casefold()
        with self._database.write() as connection:
            connection.execute(delete(accounts).where(accounts.c.folded == folded))
            connection.execute(insert(accounts).values(
                folded=folded, name=account.name, person=account.person.value, password_hash=account.password_hash,
                made=account.made))
            record.append(connection, at, entry)

    def session(self, key: str) -> Session | None:
        """The session of this key."""
        with self._database.read() as connection:
            row = connection.execute(select(sessions).where(sessions.c.key == key)).first()
            return None if row is None else Session(row.key, row.name, row.made, row.seen)

    def put_session(self, session: Session) -> None:
        """Add or replace a session."""
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.key == session.key))
            connection.execute(insert(sessions).values(
                key=session.key, folded=session.name.casefold(), name=session.name, made=session.made,
                seen=session.seen))

    def drop_sessions(
        self, *, key: str | None = None, name: str | None = None, seen_before: datetime | None = None
    ) -> int:
        """Take away the sessions that meet every condition given; without a condition none. Returns how many."""
        conditions = []
        if key is not None:
            conditions.append(sessions.c.key == key)
        if name is not None:
            conditions.append(sessions.c.folded == name.casefold())
        if seen_before is not None:
            conditions.append(sessions.c.seen < seen_before)
        if not conditions:
            return 0
        with self._database.write() as connection:
            return connection.execute(delete(sessions).where(*conditions)).rowcount

    def token(self, key: str) -> Token | None:
        """The token of this key."""
        with self._database.read() as connection:
            row = connection.execute(select(tokens).where(tokens.c.key == key)).first()
            return None if row is None else _token(row)

    def tokens(self) -> list[Token]:
        """Every token, revoked ones too, by label."""
        with self._database.read() as connection:
            rows = connection.execute(select(tokens)).all()
        return [_token(row) for row in sorted(rows, key=lambda row: (str(row.label), str(row.key)))]

    def put_token(self, token: Token, at: datetime, entry: Entry) -> None:
        """Add or replace a token."""
        row = {"label": token.label, "person": token.person.value, "made": token.made, "revoked": token.revoked}
        with self._database.write() as connection:
            if not connection.execute(update(tokens).where(tokens.c.key == token.key).values(row)).rowcount:
                connection.execute(insert(tokens).values(key=token.key, **row))
            record.append(connection, at, entry)

    def throttle(self, subject: str) -> Throttle | None:
        """Failures of a subject."""
        with self._database.read() as connection:
            row = connection.execute(select(throttles).where(throttles.c.subject == subject)).first()
            return None if row is None else Throttle(row.subject, row.failures, row.last)

    def put_throttle(self, throttle: Throttle) -> None:
        """Replace the failures of a subject; 0 failures takes the row away. Rows two days older go as well."""
        with self._database.write() as connection:
            connection.execute(delete(throttles).where(
                (throttles.c.subject == throttle.subject) | (throttles.c.last < throttle.last - FORGOTTEN_AFTER)))
            if throttle.failures:
                connection.execute(insert(throttles).values(
                    subject=throttle.subject, failures=throttle.failures, last=throttle.last))


def _account(row: Row[Any]) -> Account:
    return Account(row.name, Person(row.person), row.password_hash, row.made)


def _token(row: Row[Any]) -> Token:
    return Token(row.key, row.label, Person(row.person), row.made, row.revoked)
