"""`sinne devices`: what each device should be, what it said, and how it stands."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

import click

from controller.cli.shown import as_table
from controller.cli.sources import data_option, json_option, running_in


@click.command()
@data_option
@click.option("--zone", metavar="ID", help="Only the devices of this zone.")
@click.option("--identify", metavar="ID", help="Have this device show itself (blink, chime) and end.")
@json_option
def devices(data: str | None, zone: str | None, identify: str | None, as_json: bool) -> None:
    """Show the devices of the store that runs on this machine. Exit status 1 if any is not as it should be."""
    running = running_in(data)
    if identify is not None:
        running.ask("POST", f"/devices/{identify}/identify", b"{}")
        click.echo(f"{identify} was asked to show itself.")
        return
    found: list[dict[str, Any]] = [
        device for device in running.ask("GET", "/devices")["devices"] if zone is None or zone in device["zones"]]
    wrong = [d for d in found if d["standing"] not in ("reported", "assumed", "none")]
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        heads = ("Device", "Kind", "Dialect", "Zones", "Stands", "Reported", "Last seen", "Remark")
        click.echo(as_table(heads, [
            (d["id"], d["kind"], d["dialect"], ", ".join(d["zones"]), d["standing"], _state(d["reported"]),
             _when(d["last_seen"]), "" if d["standing"] == "reported" else "; ".join([*d["differs"], d["sentence"]]))
            for d in found]))
        click.echo(f"\n{len(found)} devices, {len(found) - len(wrong)} as they should be.")
    sys.exit(1 if wrong else 0)


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


def _when(text: str | None) -> str:
    return "never" if text is None else f"{datetime.fromisoformat(text).astimezone():%d %b %H:%M:%S}"
