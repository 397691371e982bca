"""`sinne devices`: what each device should be, what it said, and how it stands; and the account of one of them."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from controller.brokers import Kept
from controller.cli.files import data_option, json_option
from controller.cli.shown import as_table, say_json
from controller.cli.sources import Running, plan_from, running_in
from controller.errors import NotFound, Refused, Unavailable
from controller.settings import data_folder
from controller.walltime import Wall
from devices.address import BrokerAddress
from devices.messages import ROOT
from devices.mosquitto_accounts import ZIGBEE_BRIDGE, accounts_of
from profiles.places import InstalledDevice
from profiles.plan import Plan


@click.command(short_help="Show the devices of the running store.")
@data_option
@click.option("--zone", metavar="ID", help="Only the devices of this zone.")
@click.option("--identify", metavar="ID", help="Have this device show itself (blink, chime) and end.")
@click.option("--credentials", metavar="ID", help="Show what this device is to be set up with: the address of the "
              "store's own broker and the device's account. Keep it to yourself.")
@json_option
def devices(data: str | None, zone: str | None, identify: str | None, credentials: str | None, as_json: bool) -> None:
    """Show the devices of the store that runs on this machine. Exit status 1 if any is not as it should be.

    \b
    Set a device up:   sinne devices --credentials lamp-1
    Find it:           sinne devices --identify lamp-1
    """
    if sum(option is not None for option in (zone, identify, credentials)) > 1:
        raise click.UsageError("--zone, --identify and --credentials are three questions. Ask one.")
    if credentials is not None:
        _say_credentials(credentials, data, as_json)
        return
    running = running_in(data)
    if identify is not None:
        _identify(running, identify, as_json)
        return
    found: list[dict[str, Any]] = running.ask("GET", "/devices")["devices"]
    if zone is not None:
        _known_zone(zone, {z["id"] for z in running.ask("GET", "/zones")["zones"]})
        found = [device for device in found if zone in device["zones"]]
    wrong = [d for d in found if d["standing"] not in ("reported", "assumed", "none")]
    if as_json:
        say_json(found)
    else:
        heads = ("Device", "Kind", "Dialect", "Zones", "Stands", "Reported", "Last seen", "Remark")
        if found:
            shop = running.ask("GET", "/store")
            wall = Wall(ZoneInfo(shop["timezone"]), datetime.fromisoformat(shop["now"]))
            click.echo(as_table(heads, [_row(device, wall) for device in found]) + "\n")
        click.echo(f"{len(found)} devices, {len(found) - len(wrong)} as they should be.")
    sys.exit(1 if wrong else 0)


def _identify(running: Running, device: str, as_json: bool) -> None:
    if all(device != known["id"] for known in running.ask("GET", "/devices")["devices"]):
        raise NotFound(f"There is no device {device!r} in the plan. sinne devices lists them.")
    running.ask("POST", f"/devices/{device}/identify", b"{}")
    if as_json:
        say_json({"device": device, "asked": True})
    else:
        click.echo(f"{device} was asked to show itself.")


def _say_credentials(device: str, data: str | None, as_json: bool) -> None:
    """Print what the installer types into a device."""
    folder = data_folder(data)
    plan, memory = plan_from(None, data)
    if memory is not None:
        memory.close()
    bridged = _installed(plan, device).dialect == "zigbee2mqtt"
    address = _own_address(folder)
    account = accounts_of(folder / "broker")(ZIGBEE_BRIDGE if bridged else device)
    if account is None:
        raise Unavailable(f"{device} has no account yet: a store with a mosquitto of its own draws it when it starts. "
                          "Start the store, then ask again.")
    authority, installed = folder / "tls" / "authority.crt", folder / "tls" / "installed.crt"
    trust = str(authority) if address.tls and authority.exists() and not installed.exists() else None
    topics = "zigbee2mqtt" if bridged else f"{ROOT}/{plan.store.id}/dev/{device}"
    if as_json:
        say_json({"device": device, "broker": str(address), "username": account.username,
                  "password": account.password, "topics": topics, "authority": trust})
        return
    if bridged:
        click.echo(f"{device} stands behind Zigbee2MQTT, which this account is for.", err=True)
    click.echo(f"Broker:    {address}\nUser:      {account.username}\nPassword:  {account.password}\n"
               f"Topics:    {topics}/…")
    if trust is not None:
        click.echo(f"Authority: {trust} (the device needs it to trust the broker)")
    if not address.tls:
        click.echo("The broker is for this machine only. For devices of the network, start the store with "
                   "--broker-listen 0.0.0.0.", err=True)


def _installed(plan: Plan, device: str) -> InstalledDevice:
    for found in plan.devices:
        if found.id == device:
            return found
    raise NotFound(f"There is no device {device!r} in {plan.store.name}. "
                   f"It has: {', '.join(sorted(d.id for d in plan.devices)) or 'none'}.")


def _own_address(folder: Path) -> BrokerAddress:
    running = Running.of(folder)
    if running is not None and running.devices is None:
        there = BrokerAddress.parse(running.broker).with_credentials(None)
        raise Refused(f"The store uses the broker {there}, which is not its own: accounts are made there.")
    kept = Kept.of(folder / "broker")
    if kept is None:
        raise Unavailable("The store has not had a broker of its own yet. Start it without --broker, then ask again.")
    return BrokerAddress.parse(kept.devices)


def _known_zone(zone: str, known: set[str]) -> None:
    if zone not in known:
        raise NotFound(f"There is no zone {zone!r}. There are: {', '.join(sorted(known))}.")


def _row(device: dict[str, Any], wall: Wall) -> tuple[str, ...]:
    remark = "" if device["standing"] == "reported" else "; ".join([*device["differs"], device["sentence"]])
    return (device["id"], device["kind"], device["dialect"], ", ".join(device["zones"]), device["standing"],
            _state(device["reported"]), _when(device["last_seen"], wall), remark)


def _state(reported: dict[str, Any]) -> str:
    if not reported:
        return "nothing yet"
    if reported.get("on") is False:
        return "off"
    units = {"brightness_pct": " %", "volume_pct": " %", "intensity_pct": " %", "kelvin": " K"}
    parts = []
    for key, value in reported.items():
        if key == "xy":
            parts.append(f"xy {value[0]:g}, {value[1]:g}")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            parts.append(f"{round(value, 1):g}{units.get(key, '')}")
        elif key not in ("on", "active") and value is not None:
            parts.append(str(value))
    return " ".join(parts) or "on"


def _when(text: str | None, wall: Wall) -> str:
    """On the store's own clock, and to the second where it is of today."""
    if text is None:
        return "never"
    seen = datetime.fromisoformat(text)
    local = seen.astimezone(wall.zone)
    return f"{local:%H:%M:%S}" if local.date() == wall.now.astimezone(wall.zone).date() else wall.at(seen)
