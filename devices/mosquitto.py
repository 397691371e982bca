"""A store's own broker: mosquitto as a child that is configured, watched, started again, and never left behind.

It is spawned by a thread that lives as long as it (the parent-death signal is tied to the thread that forked), in a
session of its own, so that a Ctrl-C in the terminal reaches us alone and we end it last.
"""

from __future__ import annotations

import logging
import os
import pwd
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from devices import tether
from devices.address import BrokerAddress, Credentials
from devices.machine import (
    END_S,
    account_for,
    end_leftover,
    find_program,
    free_port,
    why_taken,
    write_private,
)
from devices.mosquitto_accounts import Accounts
from devices.mosquitto_conf import STORE_LIMITS, Listen, access_list, configuration

_log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
#: A child that lived this long was a good one: the pauses begin again from the first.
PROVEN_S = 10.0
#: How long a start may take before it counts as failed (a large persistence file is read first).
START_S = 60.0

_ACCOUNT = "mosquitto"
#: A warning about rules that hold for every account (the stop), which is what they are for.
_EXPECTED = "does not contain '%c' or '%u'"
#: It says so when it has read its files and opened its listener; that the port answers proves less (mosquitto listens
#: before it reads the certificate).
_RUNNING = " running"


class BrokerFailed(RuntimeError):
    """The broker did not come up. The sentence says why, with its own last words."""


def find_mosquitto() -> Path | None:
    """The mosquitto program, or None if it (or `mosquitto_passwd`) is not installed. Also looks beside root's path."""
    found = find_program("mosquitto")
    return found if found and find_program("mosquitto_passwd") else None


class Mosquitto:
    """One mosquitto on `folder` (made if missing), for one store.

    `port` None: a free one, kept for as long as this object lives. `host`: the address to listen on; with anything
    but 127.0.0.1 give a `certificate` (PEM chain, key). `network`: a second place to listen on, for devices elsewhere,
    so that we ourselves need no certificate. `store`: its id, which narrows the access list.
    Raises BrokerFailed when mosquitto is not installed.
    """

    _limits = STORE_LIMITS

    def __init__(
        self,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int | None = None,
        store: str | None = None,
        certificate: tuple[Path, Path] | None = None,
        network: Listen | None = None,
    ) -> None:
        program, tool = find_mosquitto(), find_program("mosquitto_passwd")
        if program is None or tool is None:
            raise BrokerFailed("mosquitto is not installed (on Debian: apt-get install mosquitto).")
        self._program = program
        self._folder = folder.resolve()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._listen = Listen(host, port or free_port(host), certificate)
        self._network = network
        self._store = store
        self._accounts = Accounts(self._folder, tool)
        self._account: pwd.struct_passwd | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._child: subprocess.Popen[str] | None = None
        self._settled = threading.Event()
        self._last_words: deque[str] = deque(maxlen=8)

    @property
    def address(self) -> BrokerAddress:
        """Where it listens, without an account."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._listen.host, self._listen.host)
        return BrokerAddress(host, self._listen.port, tls=self._listen.certificate is not None)

    @property
    def network_address(self) -> BrokerAddress:
        """Where devices elsewhere reach it: by this machine's name if it listens on all addresses."""
        listen = self._network
        if listen is None:
            return self.address
        host = socket.gethostname().lower() if listen.host in ("0.0.0.0", "::") else listen.host
        return BrokerAddress(host, listen.port, tls=listen.certificate is not None)

    @property
    def controller_address(self) -> BrokerAddress:
        """Where it listens, with the account that may send orders."""
        return self.address.with_credentials(self._accounts.controller())

    @property
    def zigbee2mqtt_credentials(self) -> Credentials:
        """The account for a Zigbee2MQTT beside the store."""
        return self._accounts.zigbee2mqtt()

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def add_devices(self, devices: Iterable[str]) -> None:
        """Give devices accounts, all in one go. ValueError for what is not an id."""
        with self._lock:
            if self._accounts.add_devices(devices) and self._thread is not None:
                self._accounts.write_hashes(self._folder / "passwords", self._account.pw_gid if self._account else -1)
                self._signal(signal.SIGHUP)  # read the accounts again; connected clients stay

    def device_credentials(self, device: str) -> Credentials:
        """The account of one device, drawn if it has none. For many, `add_devices` first."""
        self.add_devices((device,))
        return self._accounts.device(device)

    def take_certificate(self) -> None:
        """Serve new connections with what the certificate's files hold now. Raises OSError where they are not there."""
        with self._lock:
            if self._thread is not None:
                self._write_files()
                self._signal(signal.SIGHUP)

    def start(self) -> None:
        """Start it and wait until it accepts connections. BrokerFailed with its own last words if it does not."""
        if self._thread is not None:
            raise RuntimeError("this broker is running already")
        leftover = end_leftover(self._folder / "pid", str(self._conf))
        if leftover:
            _log.warning("A mosquitto that was left on %s (process %d) was ended", self._folder, leftover)
        for listen in filter(None, (self._listen, self._network)):
            taken = why_taken(listen.host, listen.port)
            if taken:
                where = f"{listen.host}:{listen.port}"
                raise BrokerFailed(f"The broker cannot listen on {where}: {taken}. "
                                   "End the other program or choose a port.")
        self._write_files()
        self._stopping.clear()
        self._settled.clear()
        self._child = None
        self._thread = threading.Thread(target=self._supervise, name="mosquitto", daemon=True)
        self._thread.start()
        self._settled.wait(START_S)
        if self.pid is None:
            self.stop()
            raise BrokerFailed(f"mosquitto did not come up on {self.address}: {self._words()}.")

    def stop(self) -> None:
        """End it (it saves what is retained) and its supervision. May be called twice."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is None:
            return
        until_s = time.monotonic() + END_S
        while thread.is_alive() and time.monotonic() < until_s:
            self._signal(signal.SIGTERM)  # again and again: mosquitto forgets one that comes just as it has started
            thread.join(0.2)
        if thread.is_alive():
            self._signal(signal.SIGKILL)
            thread.join(END_S)

    def _words(self) -> str:
        """What it said last, its errors if there are any."""
        errors = [line for line in self._last_words if line.startswith("Error")]
        return "; ".join(errors or self._last_words) or "it said nothing"

    def _signal(self, which: signal.Signals) -> None:
        child = self._child
        if child is not None and child.poll() is None:
            with suppress(ProcessLookupError):
                child.send_signal(which)

    # --- files --------------------------------------------------------------------------------------------------------

    @property
    def _conf(self) -> Path:
        return self._folder / "mosquitto.conf"

    def _write_files(self) -> None:
        """Ours to write, the account's to read; only the folder for what is retained is the account's own."""
        self._account = account = account_for(_ACCOUNT, "mosquitto", self._folder)
        group = account.pw_gid if account else -1
        listen, network = self._readable(self._listen, group), self._readable(self._network, group, "network-")
        kept = self._folder / "retained"
        kept.mkdir(mode=0o700, exist_ok=True)
        if account:
            for each in (kept, *kept.iterdir()):
                os.chown(each, account.pw_uid, account.pw_gid)
        self._write_accounts(group)
        write_private(self._folder / "access", self._access_list(), group)
        name = account.pw_name if account else None
        text = configuration(self._folder, listen or self._listen, name, network, self._limits)
        write_private(self._conf, text, group)

    def _write_accounts(self, group: int) -> None:
        self._accounts.write_hashes(self._folder / "passwords", group)

    def _access_list(self) -> str:
        return access_list(self._store)

    def _readable(self, listen: Listen | None, group: int, mark: str = "") -> Listen | None:
        """With a copy of the certificate that the account can read."""
        if listen is None or listen.certificate is None:
            return listen
        own = (self._folder / f"{mark}chain.pem", self._folder / f"{mark}key.pem")
        for source, target in zip(listen.certificate, own, strict=True):
            write_private(target, source.read_bytes(), group)
        return Listen(listen.host, listen.port, own)

    # --- the thread ---------------------------------------------------------------------------------------------------

    def _supervise(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stopping.is_set():
            born_s = time.monotonic()
            try:
                code: int | str = self._live_once()
            except OSError as error:
                code = str(error)
            if self._stopping.is_set():
                return
            _log.warning("mosquitto ended by itself (%s): %s", code, self._words())
            if time.monotonic() - born_s >= PROVEN_S:
                pause_s = FIRST_PAUSE_S
            self._stopping.wait(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _live_once(self) -> int:
        """Spawn it and listen to what it says until it ends; returns its exit code."""
        account = self._account
        uid, gid = (account.pw_uid, account.pw_gid) if account else (-1, -1)
        wrapper = [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), str(uid), str(gid)]
        self._last_words.clear()
        child = subprocess.Popen(  # noqa: S603 - no shell, our own arguments
            [*wrapper, str(self._program), "-c", str(self._conf)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            cwd="/",
        )
        (self._folder / "pid").write_text(f"{child.pid}\n")
        self._child = child
        if self._stopping.is_set():  # stop() came before there was anyone to tell
            child.kill()
        assert child.stdout is not None  # noqa: S101 - PIPE was asked for
        with child.stdout:
            for line in child.stdout:
                if _EXPECTED not in line:
                    self._last_words.append(line.strip())
                if line.strip().endswith(_RUNNING):
                    self._settled.set()
                _log.debug("mosquitto: %s", line.strip())
        code = child.wait()
        self._settled.set()
        (self._folder / "pid").unlink(missing_ok=True)
        return code
