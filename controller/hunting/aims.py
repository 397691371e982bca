"""What each device should do by now, worked out apart from the engine, and from when on it has to.

An aim is a device's state in the words of its own reports, with the layers that made it, and the steady instant by
which the promised fade is over. What holds scent back is no opinion of the engine's either, but the air (`airing.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from controller.hunting.bystander import Bystander
from controller.hunting.plainly import Felt, Ruled
from profiles.layers import Rank
from profiles.places import InstalledDevice
from profiles.scene import Colour, Diffusion, Field, Setting, light_field

#: Fades by their transition (`semantics.md`, rule 12), and what a device and its report may take beyond.
STOP_S, PRESS_S, SCHEDULE_S, CROSSFADE_S = 1.0, 2.0, 45.0, 4.0
ANSWER_S, ASKED_S = 3.0, 8.0
#: White that the simulated lamps can give.
_KELVIN = (2000, 6500)


@dataclass(slots=True)
class Aim:
    """`wanted`: the state; `rules`: by key, what ruled it. `by`: when the fade has to be over, in steady seconds.

    `late`: an override or a stop that it replaced: what is still felt of it then is felt too long. `since`: the instant
    at which it changed, `people` what they had chosen for it before, `latest` when all changes of it have to be over.
    """

    wanted: Mapping[str, object]
    rules: Mapping[str, Ruled]
    by: float
    late: Rank | None = None
    since: float = -1.0
    people: frozenset[str] = frozenset()
    latest: float = 0.0


class Aims:
    """The aims of all devices, brought up at each look."""

    def __init__(self, bystander: Bystander) -> None:
        """Nothing is aimed at yet."""
        self._here = bystander
        self.of: dict[str, Aim] = {}
        self._quiet_hours = bystander.plan.quiet_hours
        self._ramp_s = 0.0

    def look(self) -> None:
        """After the bystander: work out anew what changed."""
        if self._here.turn is None:
            return
        # A quiet hour that a new plan leaves out ends as slowly as any.
        self._ramp_s = max((float(quiet.ramp_s) for quiet in (*self._quiet_hours, *self._here.plan.quiet_hours)),
                           default=0.0)
        self._quiet_hours = self._here.plan.quiet_hours
        for device in self._here.devices():
            wanted, rules = aim_of(device, self._here.felt)
            known = self.of.get(device.id)
            if known is not None and known.wanted == wanted:
                self.of[device.id] = replace(known, rules=rules)
            else:
                self.of[device.id] = self._turned(device, known, wanted, rules)
        for gone in self.of.keys() - {device.id for device in self._here.devices()}:
            del self.of[gone]

    def _turned(
        self, device: InstalledDevice, known: Aim | None, wanted: Mapping[str, object], rules: Mapping[str, Ruled]
    ) -> Aim:
        now = self._here.now
        by = latest = now + self._allowed_s(device, rules)
        if known is None:
            return Aim(wanted, rules, by, None, now, frozenset(), latest)
        before = _people(known.rules)
        if known.since == now:
            before, latest = known.people, max(known.latest, latest)
            if before == _people(rules):
                by = latest  # a press that is undone in its instant was none: the change is the plan's alone
        return Aim(wanted, rules, by, _ruler(known), now, before, latest)

    def _allowed_s(self, device: InstalledDevice, rules: Mapping[str, Ruled]) -> float:
        turn, native = self._here.turn, device.dialect == "native"
        assert turn is not None  # noqa: S101 - asked by `look`
        if rules and all(rule.rank is Rank.STOP for rule in rules.values()):
            return STOP_S if native else ASKED_S
        answer_s = (ANSWER_S if native else ASKED_S) + (CROSSFADE_S if device.kind == "player" else 0.0)
        fade_s = PRESS_S
        if turn.time or turn.plan:
            fade_s = SCHEDULE_S
            if turn.quiet or turn.plan:
                fade_s = max(SCHEDULE_S, self._ramp_s)
        return fade_s + answer_s


def aim_of(device: InstalledDevice, felt: Mapping[str, Felt]) -> tuple[dict[str, object], dict[str, Ruled]]:
    """What a device should do by its first zone; a stop or a quiet hour in any of its zones wins for it (rule 11)."""
    home = felt.get(device.zones[0])
    if home is None or device.kind == "contact":
        return {}, {}
    fields = dict(home.fields)
    for zone in device.zones[1:]:
        other = felt.get(zone)
        if other is not None:
            _lower(fields, other)
    for zone in device.zones[1:]:
        other = felt.get(zone)
        if other is not None:
            fields.update({f: ruled for f, ruled in other.fields.items() if ruled.rank is Rank.STOP})
    return _words(device, fields)


def _lower(fields: dict[Field, Ruled], other: Felt) -> None:
    most: dict[Field, Setting] = {f: v for f, v in other.ceilings.items() if f is not Field.SCENT_ON}
    most.update({f: ruled.value for f, ruled in other.fields.items() if ruled.rank is Rank.QUIET_HOUR})
    if other.quiet:
        most[Field.SCENT_ON] = False
    for name, value in most.items():
        known = fields.get(name)
        if known is not None and known.rank is not Rank.STOP and _below(value, known.value):
            fields[name] = Ruled(Rank.QUIET_HOUR, "", value)


def _below(ceiling: Setting, value: Setting) -> bool:
    return isinstance(ceiling, int | float) and isinstance(value, int | float) and float(ceiling) < float(value)


def _words(device: InstalledDevice, fields: Mapping[Field, Ruled]) -> tuple[dict[str, object], dict[str, Ruled]]:
    names = {"light": lambda: {"on": light_field(device.role, "on"), "colour": light_field(device.role, "colour"),
                               "brightness_pct": light_field(device.role, "brightness_pct")},
             "player": lambda: {"on": Field.MUSIC_ON, "volume_pct": Field.MUSIC_VOLUME, "source": Field.MUSIC_SOURCE},
             "diffuser": lambda: {"on": Field.SCENT_ON, "mix": Field.SCENT_DIFFUSION}}[device.kind]()
    wanted: dict[str, object] = {}
    rules: dict[str, Ruled] = {}
    for key, name in names.items():
        ruled = fields.get(name)
        if ruled is None:
            continue
        for word, value in _said(key, ruled.value):
            wanted[word], rules[word] = value, ruled
    if wanted.get("on") is False:
        return {"on": False}, {"on": rules["on"]}
    if any(ruled.rank is Rank.STOP for ruled in rules.values()):
        for word in ("kelvin", "xy"):  # in its safe state a lamp keeps the white that it has
            wanted.pop(word, None)
            rules.pop(word, None)
    return wanted, rules


def _said(key: str, value: Setting) -> list[tuple[str, object]]:
    if isinstance(value, Colour):
        if value.kelvin is not None:
            return [("kelvin", min(max(value.kelvin, _KELVIN[0]), _KELVIN[1]))]
        return [("xy", value.xy)]
    if isinstance(value, Diffusion):
        return [("fragrance", value.fragrance), ("intensity_pct", value.intensity_pct)]
    return [(key, value)]


def _ruler(aim: Aim) -> Rank | None:
    """The strongest of people's layers that made an aim."""
    ranks = {ruled.rank for ruled in aim.rules.values()}
    return next((rank for rank in (Rank.STOP, Rank.OVERRIDE) if rank in ranks), None)


def _people(rules: Mapping[str, Ruled]) -> frozenset[str]:
    """The choices of people among what ruled."""
    return frozenset(ruled.layer for ruled in rules.values() if ruled.rank in (Rank.STOP, Rank.OVERRIDE))
