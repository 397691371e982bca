"""`sinne misbehave`: what simulated devices do, what is wrong with them, and every way to make it worse or mend it."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote, urlsplit

import click

from controller.cli.files import data_option, json_option
from controller.cli.living import Simulating, seconds_between
from controller.cli.shown import as_table, say_json
from controller.errors import NotFound, Refused, Unavailable
from controller.living.verbs import verbs
from controller.living.wording import settings_words
from controller.settings import data_folder

#: As the simulator's API knows the command (`web/views/api_simulator.py`), so that its log says who it was.
_AGENT = "sinne-misbehave"
_SETTING = re.compile(r"([a-z_]{1,40})=(.*)\Z", re.DOTALL)
_WORDS = {"on": True, "off": False, "true": True, "false": False, "yes": True, "no": False}


@click.command(short_help="Make simulated devices misbehave, and mend them.")
@click.argument("verb", required=False, metavar="[VERB]")
@click.argument("devices", nargs=-1, metavar="[DEVICE]...")
@click.option("--to", "settings", multiple=True, metavar="WORD=VALUE", help="Of switch and drift: on=off, "
              "brightness_pct=20, kelvin=2700, xy=0.3,0.3, volume_pct=80, source=…, intensity_pct=…, active=on (may be "
              "given several times).")
@click.option("--over", "over_s", type=float, metavar="S", help="Of drift: within so many seconds (default: at once).")
@click.option("--tells", is_flag=True, help="Of drift: its reports say so (default: it goes on saying what it said).")
@click.option("--late", metavar="S[..S]", help="Of slow-down: how late it answers, such as 3 or 0.5..3.")
@click.option("--ml", type=float, metavar="ML", help="Of fill: how much is in the cartridge.")
@click.option("--for", "for_s", type=float, metavar="S", help="Of broker-down: back after so many seconds (default: "
              "until broker-up).")
@click.option("--at", metavar="URL", help="The simulator's page (default: the one that runs on --data).")
@data_option
@json_option
def misbehave(
    verb: str | None, devices: tuple[str, ...], settings: tuple[str, ...], over_s: float | None, tells: bool,
    late: str | None, ml: float | None, for_s: float | None, at: str | None, data: str | None, as_json: bool,
) -> None:
    """Make devices of `sinne simulate` or `sinne demo` misbehave. Without VERB: list them, and what is wrong with each.

    \b
    unplug, plug-in        pull its plug, and give it power again
    freeze, thaw           its firmware hangs with the connection open, and goes on
    slow-down, speed-up    every answer comes late: --late 0.5..3
    drift, settle          its hardware leaves what it was told: --to brightness_pct=20 [--over 30] [--tells]
    switch                 somebody at the device sets it: --to on=off; a fire contact: --to active=on
    lie, be-honest         it says yes and does nothing
    babble, make-sense     every report is nonsense
    empty, fill            a diffuser's cartridge: fill --ml 80
    reboot                 it restarts with factory settings
    mend                   take back all that was done to the devices named; to all, and the broker, if none is
    broker-down, broker-up an outage: --for 30

    \b
    For example:  sinne misbehave unplug entrance-1 entrance-2
                  sinne misbehave drift ceiling --to brightness_pct=10 --over 60
                  sinne misbehave mend

    What each really does is on the simulator's page, and in docs/simulator.md.
    """
    wish = _wish(verb, settings, over_s=over_s, tells=tells, late=late, ml=ml)
    if for_s is not None and verb != "broker-down":
        raise click.UsageError("--for is of broker-down.")
    url = _address(at, data)
    if verb is None:
        _list(_ask(url, "GET", "/simulator"), as_json)
        return
    did = [_ask(url, "POST", path, body) for path, body in _calls(verb, devices, wish, for_s)]
    if as_json:
        say_json({"done": did})
        return
    for one in did:
        click.echo(one["sentence"])


def _calls(
    verb: str, devices: tuple[str, ...], wish: dict[str, Any], for_s: float | None
) -> list[tuple[str, dict[str, Any]]]:
    """What to ask the simulator's API. Raises click.UsageError."""
    if verb in ("broker-down", "broker-up"):
        if devices:
            raise click.UsageError(f"{verb} is of the broker and takes no device.")
        body = {} if for_s is None else {"seconds": for_s}
        return [(f"/simulator/broker/{verb.removeprefix('broker-')}", body)]
    if verb not in verbs():
        known = ", ".join((*verbs(), "broker-down", "broker-up"))
        raise click.UsageError(f"There is no {verb!r}. There are: {known}.")
    if verb == "mend" and not devices:
        return [("/simulator/mend", {})]
    if not devices:
        raise click.UsageError(f"Name the device that is to {verb}. `sinne misbehave` lists them.")
    return [(f"/simulator/devices/{quote(device, safe='')}/{verb}", wish) for device in devices]


def _wish(
    verb: str | None, settings: tuple[str, ...], *, over_s: float | None, tells: bool, late: str | None,
    ml: float | None,
) -> dict[str, Any]:
    """The body of a call; each option only with the verbs that want it. Raises click.UsageError."""
    wants = () if verb not in verbs() else verbs()[verb].wants
    given = {"--to": ("to", bool(settings)), "--over": ("over_s", over_s is not None), "--tells": ("tells", tells),
             "--late": ("to_s", late is not None), "--ml": ("ml", ml is not None)}
    stray = next((option for option, (want, is_given) in given.items() if is_given and want not in wants), None)
    if stray is not None:
        raise click.UsageError(f"{stray} does not go with {verb or 'the list'}.")
    wish: dict[str, Any] = {}
    if settings:
        wish["to"] = dict(_setting(text) for text in settings)
    if late is not None:
        wish["from_s"], wish["to_s"] = seconds_between(late, "--late")
    return {**wish, **{name: value for name, value in (("over_s", over_s), ("ml", ml)) if value is not None},
            **({"tells": True} if tells else {})}


def _setting(text: str) -> tuple[str, object]:
    found = _SETTING.match(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is not WORD=VALUE, such as brightness_pct=20.", param_hint="--to")
    word, value = found[1], found[2].strip()
    if word in ("on", "active"):
        return word, _WORDS.get(value.lower(), value)
    try:
        if word == "xy":
            return word, [float(part) for part in value.split(",")]
        return word, value if word in ("source", "fragrance") else float(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a number for {word}.", param_hint="--to") from None


def _address(at: str | None, data: str | None) -> str:
    if at is not None:
        parts = urlsplit(at)
        if parts.scheme != "http" or not parts.hostname:
            raise click.BadParameter(f"{at!r} is not the address of a simulator's page, such as http://127.0.0.1:8461.",
                                     param_hint="--at")
        return f"http://{parts.netloc}"
    folder = data_folder(data)
    found = Simulating.of(folder)
    if found is None:
        raise Unavailable(f"No simulator runs on {folder}. Start `sinne simulate` or `sinne demo`, or name its page "
                          "with --at.")
    return found.url


def _ask(url: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Ask the simulator. Raises Refused with its own sentence, Unavailable where it does not answer."""
    request = urllib.request.Request(  # noqa: S310 - only http, as `_address` saw
        f"{url}/api/v1{path}", data=None if body is None else json.dumps(body).encode(), method=method,
        headers={"Content-Type": "application/json", "User-Agent": _AGENT})
    try:
        with urllib.request.urlopen(request, timeout=40) as answer:  # noqa: S310
            return json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        raise _refused(refusal) from refusal
    except (OSError, ValueError) as error:
        raise Unavailable(f"The simulator at {url} does not answer: {getattr(error, 'reason', error)}.") from error


def _refused(refusal: urllib.error.HTTPError) -> Refused | Unavailable:
    try:
        sentence = str(json.loads(refusal.read())["error"]["sentence"])
    except (ValueError, KeyError, TypeError):
        return Unavailable(f"That is no simulator: it answers {refusal.code} {refusal.reason}.")
    if refusal.code == 503:
        return Unavailable(sentence)
    return NotFound(sentence) if refusal.code == 404 else Refused(sentence)


def _apart(one: dict[str, Any]) -> str:
    """What hardware and belief do not agree in, once the one has had the time to hear of the other."""
    if not one["apart"]:
        return ""
    return "on its way" if one["moving"] or (one["belief"] or {}).get("standing") == "sent" else ", ".join(one["apart"])


def _list(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    rows = []
    for one in found["devices"]:
        belief = one["belief"] or {}
        reported = belief.get("reported")
        rows.append((one["id"], one["kind"], settings_words(one["kind"], one["does"]),
                     "" if not reported else settings_words(one["kind"], reported),
                     _apart(one), ", ".join(one["misbehaves"])))
    click.echo(as_table(("Device", "Kind", "Does", "Believed", "Apart", "Misbehaves"), rows))
    broker = found["broker"]
    click.echo(f"\n{found['sentence']}\n{found['source']}")
    click.echo(f"Broker {broker['address']}: {'up' if broker['up'] else 'down'}. {broker['sentence']}")
