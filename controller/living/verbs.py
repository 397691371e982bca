"""The table of verbs: what a tester can do to a device, what it really does, and which kinds take it.

One place for page, API and command, so that all three say the same of each.
"""

from __future__ import annotations

from dataclasses import dataclass

from profiles.text import t

#: What can be set on a device by a hand or by drift, by kind: the words of its own reports.
SETTINGS = {
    "light": ("on", "brightness_pct", "kelvin", "xy"),
    "player": ("on", "volume_pct", "source"),
    "diffuser": ("on", "fragrance", "intensity_pct"),
    "contact": ("active",),
    "bridge": (),
}
KINDS = tuple(SETTINGS)
_DOING = ("light", "player", "diffuser")
_TALKING = (*_DOING, "bridge")


@dataclass(frozen=True, slots=True)
class Verb:
    """`words`: on its key. `says`: what it really does. `kinds`: which take it. `undo`: the verb that ends it.

    `sets`: the misbehaviour that it begins. `own_line`: only for what has a connection of its own. `awake`: only where
    there is power and the firmware runs. `wants`: what it has to be told.
    """

    name: str
    words: str
    says: str
    kinds: tuple[str, ...] = KINDS
    undo: str | None = None
    sets: str | None = None
    own_line: bool = False
    awake: bool = False
    wants: tuple[str, ...] = ()


def verbs() -> dict[str, Verb]:
    """Every verb by its name, in the order of a page, in the language at hand."""
    return {verb.name: verb for verb in (
        Verb("unplug", t("Unplug"), t("Pull its plug. It stops at once, and its last will says that it is gone; a lamp "
             "behind a bridge is gone without a word."), undo="plug-in", sets="unplugged"),
        Verb("plug-in", t("Plug in"), t("Give it power again. It starts with what it had in memory.")),
        Verb("freeze", t("Freeze"), t("Its firmware hangs with the connection open. It says nothing and obeys nothing, "
             "until its heartbeats are missed."), undo="thaw", sets="frozen", own_line=True),
        Verb("thaw", t("Thaw"), t("It goes on, and reads what has piled up."), own_line=True),
        Verb("slow-down", t("Slow down"), t("Every answer comes so many seconds late, drawn between the two."),
             undo="speed-up", sets="slow", own_line=True, wants=("from_s", "to_s")),
        Verb("speed-up", t("Speed up"), t("It answers as fast as it did at the start."), own_line=True),
        Verb("drift", t("Drift"), t("Its hardware leaves what it was told, at once or slowly. A silent drift goes on "
             "reporting what was ordered; one that is told reports the truth. The next order that it obeys ends it."),
             _DOING, undo="settle", sets="drifting", awake=True, wants=("to", "over_s", "tells")),
        Verb("settle", t("Settle"), t("Its hardware is at once again where it was told to be."), _DOING),
        Verb("switch", t("Switch by hand"), t("Somebody at the device itself sets it, and it reports that."),
             (*_DOING, "contact"), awake=True, wants=("to",)),
        Verb("lie", t("Lie"), t("It says yes to every order and does nothing. A stop is obeyed all the same."),
             _TALKING, undo="be-honest", sets="lying"),
        Verb("be-honest", t("Be honest"), t("It does again what it is told, from the next order on."), _TALKING),
        Verb("babble", t("Talk nonsense"), t("Every report is something that cannot be read: cut off, of the wrong "
             "type, absurd. What it does is not touched by that."), undo="make-sense", sets="nonsense"),
        Verb("make-sense", t("Make sense"), t("Its reports can be read again, and it makes one.")),
        Verb("empty", t("Empty"), t("Its cartridge is empty, and it says so."), ("diffuser",), undo="fill",
             sets="empty", awake=True),
        Verb("fill", t("Fill"), t("Put in a cartridge with so much in it."), ("diffuser",), awake=True, wants=("ml",)),
        Verb("reboot", t("Reboot to defaults"), t("It restarts with factory settings, as after a bad supply: lamps on, "
             "full and white; players and diffusers off."), awake=True),
        Verb("mend", t("Mend"), t("Take back everything that was done to it.")),
    )}


def takes(verb: Verb, kind: str, behind: str | None) -> bool:
    """Whether a device of this kind takes a verb. `behind`: the bridge that speaks for it."""
    return kind in verb.kinds and not (verb.own_line and behind is not None)
