"""Memories for the contract: the fake, a SQLite file, a private PostgreSQL; and plans and presses to fill them with."""

from __future__ import annotations

import base64
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import create_engine

from controller.hq.store_ports import Enrolment
from profiles.limits import Person
from profiles.plan import Override, Plan, Stop

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BUILT = datetime(2026, 1, 1, tzinfo=UTC)
_DEFAULT = {"light": {"on": True, "brightness_pct": 55.5, "kelvin": 3500}, "music": "off", "scent": "off"}


def plan(name: str = "Drottninggatan", brightness_pct: float = 60) -> Plan:
    """A small plan; another name or brightness gives another digest."""
    return Plan.model_validate({
        "store": {"id": "s1", "name": name, "timezone": "Europe/Stockholm", "country": "SE",
                  "hours": "Mo-Su 10:00-19:00"},
        "zones": [{"id": "entrance", "name": "Entrance", "kind": "entrance", "default": _DEFAULT},
                  {"id": "floor", "name": "Sales floor", "kind": "sales-floor", "default": _DEFAULT}],
        "profiles": [{"id": "calm", "name": "Morning calm", "scene": {"light": {"brightness_pct": brightness_pct}}}],
    })


def enrolment(organisation: str = "linnea", password: str = "the-password-of-the-account") -> Enrolment:
    """A store that belongs to somebody; the key is no secret, and nobody's."""
    raw = base64.b64encode(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()).decode()
    return Enrolment(organisation, "s1", "mqtts://hq.example:8883", "s1", password, {"first": raw},
                     "-----BEGIN CERTIFICATE-----", grant=Person.MANAGER, once="b1")


def press(name: str, start: datetime = NOON, minutes: float = 60, zone: str = "entrance") -> Override:
    """An override of one zone."""
    return Override.model_validate({
        "id": name, "press": f"p-{name}", "zone": zone, "profile": "calm", "name": "Morning calm", "start": start,
        "end": start + timedelta(minutes=minutes), "by": "Ida Öberg", "person": "manager",
        "scene": {"light": {"brightness_pct": 33.3, "roles": {"accent": "off"}}},
        "asked": {"music": {"on": True, "volume_pct": 97.25}}})


def stop(name: str, since: datetime = NOON, zones: tuple[str, ...] | None = None) -> Stop:
    """A stop of everything."""
    return Stop(id=name, zones=zones, by="Ida", reason="Somebody feels unwell", since=since)


def emptied(url: str) -> str:
    """The same address, with nothing left in the database."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return url


@contextmanager
def private_postgres() -> Iterator[str]:
    """A PostgreSQL server of our own on a free port; yields the address of an empty database. Skips where it cannot."""
    with tempfile.TemporaryDirectory(prefix="sinne-postgres-") as folder, _server(Path(folder)) as url:
        yield url


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (str(binaries[-1]) if binaries else None)
    if found is None:
        pytest.skip("no PostgreSQL server is installed here")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("PostgreSQL's driver is not installed: pip install 'psycopg[binary]'")
    runs_as: dict[str, str] = {}
    if os.getuid() == 0:
        try:
            owner = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        runs_as = {"user": "postgres", "group": "postgres"}
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    bin_folder, store = Path(found).parent, folder / "cluster"
    subprocess.run([found, "-D", store, "-A", "trust", "-U", "sinne", "--no-sync", "-E", "UTF8"],  # type: ignore[call-overload]
                   check=True, capture_output=True, cwd=folder, **runs_as)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    control = [str(bin_folder / "pg_ctl"), "-D", str(store), "-w", "-t", "60"]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    subprocess.run([*control, "-o", options, "-l", str(folder / "log"), "start"],  # type: ignore[call-overload]
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **runs_as)
    try:
        yield f"postgresql+psycopg://sinne@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd=folder,  # type: ignore[call-overload]
                       **runs_as)
