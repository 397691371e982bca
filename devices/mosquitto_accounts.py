"""The accounts of a store's mosquitto: one a device, drawn at random, kept in a file that only we read.

mosquitto gets their salted hashes, made by its own `mosquitto_passwd`, in a file of its own. All are hashed in one
go: ten thousand devices must not start ten thousand programs, and a password must not stand on a command line.
"""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from devices.address import Credentials
from devices.machine import find_program, share_with, write_private
from devices.messages import checked_id
from devices.mosquitto_conf import CONTROLLER, ZIGBEE2MQTT

#: What a bridge is called on the device side: its base topic, as Zigbee2MQTT ships it.
ZIGBEE_BRIDGE = "zigbee2mqtt"


_OURS = (CONTROLLER, ZIGBEE2MQTT)


class Accounts:
    """Names and passwords in `folder/accounts.json` (mode 600). Raises OSError when the folder cannot be written."""

    def __init__(self, folder: Path, tool: Path) -> None:
        self._file = folder / "accounts.json"
        self._tool = tool
        self._passwords: dict[str, str] = self._read()

    def controller(self) -> Credentials:
        """Who may send orders."""
        self._add(_OURS)
        return self._of(CONTROLLER)

    def zigbee2mqtt(self) -> Credentials:
        """For a Zigbee2MQTT beside the store."""
        self._add(_OURS)
        return self._of(ZIGBEE2MQTT)

    def add_devices(self, devices: Iterable[str]) -> bool:
        """Draw accounts for device ids that have none; whether there were any. ValueError for what is not an id."""
        return self._add(tuple(checked_id(device) for device in devices))

    def device(self, device: str) -> Credentials:
        """The account of a device that was added. KeyError otherwise."""
        return self._of(checked_id(device))

    def write_hashes(self, file: Path, group: int = -1) -> None:
        """Write the password file that mosquitto, in `group`, reads: `file` changes at once or not at all.

        Raises OSError with mosquitto_passwd's own words if it fails.
        """
        self._add(_OURS)
        fresh = file.with_name(file.name + ".hashed")
        write_private(fresh, "".join(f"{name}:{password}\n" for name, password in self._passwords.items()))
        done = subprocess.run(  # noqa: S603 - no shell, our own file
            [self._tool, "-U", fresh], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            fresh.unlink()
            raise OSError(f"{self._tool} could not hash the broker's passwords: {done.stderr.strip()}")
        share_with(fresh, group)
        fresh.replace(file)

    def _of(self, name: str) -> Credentials:
        return Credentials(name, self._passwords[name])

    def _add(self, names: Iterable[str]) -> bool:
        new = [name for name in dict.fromkeys(names) if name not in self._passwords]
        if new:
            self._passwords |= {name: secrets.token_urlsafe(24) for name in new}
            write_private(self._file, json.dumps(self._passwords, indent=0))
        return bool(new)

    def _read(self) -> dict[str, str]:
        """What was kept; nothing if the file is missing or torn: then all accounts are drawn anew."""
        try:
            kept = json.loads(self._file.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return {str(name): str(password) for name, password in kept.items()} if isinstance(kept, dict) else {}


def accounts_of(folder: Path) -> Callable[[str], Credentials | None]:
    """The accounts that a store's own mosquitto on `folder` gave its devices, by device id; None for all without them.

    A Zigbee2MQTT bridge, whose id is its base topic, has the account of that name.
    """
    tool = find_program("mosquitto_passwd")
    if tool is None or not (folder / "accounts.json").exists():
        return lambda _device: None
    accounts = Accounts(folder, tool)

    def of(device: str) -> Credentials | None:
        try:
            return accounts.zigbee2mqtt() if device == ZIGBEE_BRIDGE else accounts.device(device)
        except KeyError:
            return None

    return of
