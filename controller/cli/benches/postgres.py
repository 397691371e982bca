"""A PostgreSQL server of our own on a free port, for a measurement and for tests that end it: gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controller.errors import Unavailable
from devices.machine import free_port

#: Seconds that the server may take to start or to end.
_PATIENCE_S = 60


class PrivatePostgres:
    """A cluster in a folder. `url`: the address of its one database."""

    def __init__(self, folder: Path) -> None:
        """Make the cluster. Raises Unavailable where PostgreSQL is not installed or has no account to run as."""
        found = _initdb()
        if found is None:
            raise Unavailable("PostgreSQL's server is not installed here (apt-get install postgresql).")
        self._bin, self._folder, self._port = found.parent, folder, free_port()
        self._user: str | None = None
        if os.getuid() == 0:
            try:
                owner = pwd.getpwnam("postgres")
            except KeyError:
                raise Unavailable("PostgreSQL does not run as root, and there is no user postgres.") from None
            self._user = "postgres"
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", str(folder / "cluster"), "-A", "trust", "-U", "sinne", "--no-sync", "-E", "UTF8")
        self.url = f"postgresql+psycopg://sinne@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", *self._control, "-o", options, "-l", str(self._folder / "log"), "start")

    def restart(self) -> None:
        """End it as a crash would (`-m immediate`), so that what is under way is lost, and start it again."""
        self._run("pg_ctl", *self._control, "-m", "immediate", "-l", str(self._folder / "log"), "restart")

    def stop(self) -> None:
        """End it."""
        self._run("pg_ctl", *self._control, "-m", "immediate", "stop")

    @property
    def _control(self) -> tuple[str, ...]:
        return "-D", str(self._folder / "cluster"), "-w", "-t", str(_PATIENCE_S)

    def _run(self, program: str, *words: str) -> None:
        runs_as = {} if self._user is None else {"user": self._user, "group": self._user}
        done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603 - no shell, our own arguments
            [str(self._bin / program), *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=self._folder, check=False, **runs_as)
        if done.returncode:
            raise Unavailable(f"PostgreSQL's {program} failed; its log is in {self._folder / 'log'}.")


def has_postgres() -> bool:
    """Whether PostgreSQL's server is installed here."""
    return _initdb() is not None


def _initdb() -> Path | None:
    found = shutil.which("initdb")
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return Path(found) if found else binaries[-1] if binaries else None


@contextmanager
def private_postgres() -> Iterator[PrivatePostgres]:
    """A server that runs; ended and taken away afterwards. Raises Unavailable."""
    with tempfile.TemporaryDirectory(prefix="sinne-postgres-") as folder:
        server = PrivatePostgres(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
