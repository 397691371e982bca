"""What the machine allows a child program: ports, accounts, folders, and what a killed parent left behind."""

from __future__ import annotations

import logging
import os
import pwd
import random
import shutil
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

_log = logging.getLogger(__name__)

#: How long a program may take to end before it is killed.
END_S = 5.0
#: Ports to listen on: user ports that systems lend to nobody.
_LISTENING = (12_000, 32_000)


def find_program(name: str) -> Path | None:
    """Where a program is, also beside the path of ordinary users; None if it is not installed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")
    return Path(found) if found else None


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nobody listens on just now.

    Below those that systems lend to outgoing connections (from 32768 on Linux, from 49152 by RFC 6335, section 6), so
    that nobody is lent it while its listener starts again. Raises OSError where nobody may listen on `host`.
    """
    for _ in range(1000):
        with _socket_for(host) as probe, suppress(OSError):
            port = random.SystemRandom().randrange(*_LISTENING)
            probe.bind((host, port))
            return port
    with _socket_for(host) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def why_taken(host: str, port: int) -> str:
    """Why nobody new can listen there, in the system's words; empty if it is free."""
    with _socket_for(host) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def _socket_for(host: str) -> socket.socket:
    return socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)


def lesser_account(name: str) -> pwd.struct_passwd | None:
    """The account that a child of root should turn into: `name`, else nobody. None when we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return pwd.getpwnam("nobody")


def account_for(name: str, program: str, folder: Path) -> pwd.struct_passwd | None:
    """Whom a program of root turns into: the account `name` if it can reach `folder`, else root itself, with a warning.

    None when we are not root: it stays who we are.
    """
    account = lesser_account(name)
    if account is None:
        return None
    folder.chmod(folder.stat().st_mode | 0o011)  # to pass through, not to list
    shut = shut_to(account, folder)
    if shut is None:
        return account
    _log.warning("%s runs as root, because the account %s may not enter %s", program, account.pw_name, shut)
    return pwd.getpwuid(0)


def shut_to(account: pwd.struct_passwd, folder: Path) -> Path | None:
    """The outermost folder on the way to `folder`, itself included, that `account` may not enter; None if it can."""
    for step in (*reversed(folder.parents), folder):
        if not _may_enter(step, account):
            return step
    return None


def _may_enter(folder: Path, account: pwd.struct_passwd) -> bool:
    found = folder.stat()
    if found.st_uid == account.pw_uid:
        return bool(found.st_mode & 0o100)
    if found.st_gid == account.pw_gid:
        return bool(found.st_mode & 0o010)
    return bool(found.st_mode & 0o001)


def write_private(file: Path, text: str | bytes, group: int = -1) -> None:
    """Write a file that only we can change, and only we and `group` (-1: nobody) can read: whole or not at all."""
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(text.encode() if isinstance(text, str) else text)
        out.flush()
        os.fsync(out.fileno())
        share_with(fresh, group)
    fresh.replace(file)


def share_with(file: Path, group: int) -> None:
    """Let `group` read a file of ours; -1 for nobody."""
    if group >= 0:
        os.chown(file, -1, group)
        file.chmod(0o640)


def end_leftover(pid_file: Path, mark: str) -> int | None:
    """End the process of a pid file if it has `mark` among its arguments; nobody else's is touched. Returns its id."""
    try:
        pid = int(pid_file.read_text())
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    if mark.encode() not in arguments:
        return None
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, sign)
        until_s = time.monotonic() + END_S
        while time.monotonic() < until_s:
            if not alive(pid):
                return pid
            time.sleep(0.02)
    return pid


def signal_at(pid_file: Path, mark: str, which: signal.Signals) -> bool:
    """Send a signal to the process of a pid file if it has `mark` among its arguments; whether there was one."""
    try:
        pid = int(pid_file.read_text())
        if mark.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            return False
        os.kill(pid, which)
    except (OSError, ValueError):
        return False
    return True


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and that nobody has waited for (a zombie) does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False
