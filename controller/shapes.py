"""Values of the read side: what the panel and the API show. Built by `overview`, without any logic of their own.

Sentences in here are finished: one language, no markup. Text that came from a device has been cleaned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from controller.hq.link.doors import BelongingShown
from profiles.scene import Field, Sense, Setting


class Standing(StrEnum):
    """How a zone, a sense of it or a device stands. Shown by shape first, then words, then colour."""

    REPORTED = "reported"
    SENT = "sent"
    ASSUMED = "assumed"
    LOST = "lost"
    ALARM = "alarm"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LayerShown:
    """A layer as people read it. `rank`: default, daypart, campaign, override, quiet-hour, stop. `mood`: name of its
    profile, `profile` that one's id. `priority`: of a campaign.
    """

    rank: str
    id: str
    name: str
    mood: str | None
    by: str | None
    value: Setting | None = None
    profile: str | None = None
    priority: int | None = None

    @property
    def key(self) -> str:
        """How the layer is named where it is asked what would be without it: `campaign:spring`."""
        return f"{self.rank}:{self.id}"


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field of a zone: value, reason in words, the layer, what it beat, the limits that acted, until when."""

    field: Field
    value: Setting
    because: str
    layer: LayerShown
    beat: tuple[LayerShown, ...]
    limits: tuple[str, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class HoldShown:
    """A sense that is held back although it is wished: reason (purge, stop, local change, time), sentence, end."""

    sense: Sense
    reason: str
    sentence: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class SenseShown:
    """One sense of a zone in short: `words` (*60 %, 3500 K*), how it stands, when it was last reported.

    `on` and `level_pct` are of the *reported* state (brightness, volume, intensity; mean over devices), `kelvin`
    and `xy` likewise; None where nothing was reported. `title`: what is playing (text from a device, cleaned).
    `wanted` is what it should be, in words. `reported_count` of `device_count` devices agree.
    """

    sense: Sense
    words: str
    wanted: str
    standing: Standing
    reported_at: datetime | None
    sent_at: datetime | None
    on: bool | None
    level_pct: float | None
    kelvin: int | None
    xy: tuple[float, float] | None
    title: str | None
    device_count: int
    reported_count: int
    lost_count: int


@dataclass(frozen=True, slots=True)
class MoodShown:
    """A profile that the person may press in a zone, with its swatch: light, music level, scent strength 0 to 3."""

    id: str
    name: str
    says: str
    kelvin: int | None
    xy: tuple[float, float] | None
    brightness_pct: float | None
    volume_pct: float | None
    scent_dots: int
    chosen: bool
    planned: bool


@dataclass(frozen=True, slots=True)
class EndShown:
    """One choice of *for how long*: `key` (`minutes:30`, `next-change`, `closing`), words, and the end it means now."""

    key: str
    words: str
    end: datetime
    shortened: bool


@dataclass(frozen=True, slots=True)
class ZoneShown:
    """A zone: what, why, until, next; desired beside reported; how it stands.
    `desired` is what is wished less what is held, `reported` what devices said, both keyed by field.
    `converged`: every device of the zone that is in reach has settled on desired.
    """

    id: str
    name: str
    kind: str
    shape: tuple[tuple[float, float], ...]
    what: str
    because: str
    until: datetime | None
    next: str | None
    next_at: datetime | None
    standing: Standing
    standing_words: str
    converged: bool
    desired: dict[str, Setting]
    reported: dict[str, Setting]
    senses: tuple[SenseShown, ...]
    fields: tuple[FieldShown, ...]
    holds: tuple[HoldShown, ...]
    overrides: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class DeviceShown:
    """A device: what it should be, what it said, when; health in one word and one sentence. `ml_left`: in a diffuser's
    cartridge, as it last said.
    """

    id: str
    name: str
    kind: str
    dialect: str
    zones: tuple[str, ...]
    spot: tuple[float, float] | None
    standing: Standing
    sentence: str
    online: bool | None
    desired: dict[str, object]
    reported: dict[str, object]
    differs: tuple[str, ...]
    last_seen: datetime | None
    sent_at: datetime | None
    tries: int
    model: str | None
    in_plan: bool = True
    ml_left: float | None = None


@dataclass(frozen=True, slots=True)
class StopShown:
    """A stop in force."""

    id: str
    zones: tuple[str, ...] | None
    senses: tuple[Sense, ...]
    by: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class PressShown:
    """A press that can be taken back: what was chosen, where, until when, and what a guardrail changed."""

    press: str
    name: str
    zones: tuple[str, ...]
    end: datetime
    by: str
    sentence: str
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoreShown:
    """The head of every page: the store, its local time, its opening, and what is wrong with the whole, if anything.
    `hq`: to whom the store belongs, and how the line there is; None where it belongs to nobody.
    """

    id: str
    name: str
    timezone: str
    now: datetime
    opening_words: str
    open_until: datetime | None
    sentence: str
    plan_version: int | None
    plan_digest: str | None
    broker_connected: bool
    time_trusted: bool
    troubles: tuple[str, ...]
    hq: BelongingShown | None = None


@dataclass(frozen=True, slots=True)
class SegmentShown:
    """A stretch of a zone on the timeline, in which no field changes winner or value.

    `layer`: the one that leads; `others`: further layers that give something, `beat` those that give nothing, both
    strongest first. `profile`: id of the mood. `limits`: what limits changed, in words. `holds`: what is held
    back in it, as far as it is known now. `version`: of the plan that is in force then.
    """

    zone: str
    start: datetime
    end: datetime
    what: str
    rank: str
    because: str
    values: dict[str, Setting]
    layer: LayerShown
    others: tuple[LayerShown, ...] = ()
    beat: tuple[LayerShown, ...] = ()
    profile: str | None = None
    limits: tuple[str, ...] = ()
    holds: tuple[HoldShown, ...] = ()
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Without:
    """What a zone would be at an instant without one of its layers: the same words as an explanation has.
    `sentence`: that, for people. `changes`: the fields that would be different; none where nothing would change.
    """

    layer: LayerShown
    what: str
    because: str
    values: dict[str, Setting]
    until: datetime | None
    sentence: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """What the journal says of a zone at a past instant. `at`: since when it was so; None: nothing was recorded.

    `agrees`: whether it is what the plan and the choices of then say; None where that cannot be told. `reached`:
    whether every device in reach said so, and after how many seconds; None: not recorded. `out_of_reach`: names of
    devices that were not heard. `version`: of the plan that was in force. `gap`: the store was not running.
    """

    at: datetime | None
    what: str
    sentence: str
    reached: bool | None
    reached_after_s: float | None
    out_of_reach: tuple[str, ...]
    agrees: bool | None
    gap: bool = False
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """The full reason for a zone at an instant, by field, with the sentences of it.

    `layer`: the one that leads. `version`: of the plan in force then, counting from 1. `without`: what it would be
    without the layer that was asked about. `happened`: for the past, what was recorded.
    """

    zone: str
    at: datetime
    what: str
    because: str
    until: datetime | None
    fields: tuple[FieldShown, ...]
    holds: tuple[HoldShown, ...]
    layer: LayerShown | None = None
    version: int | None = None
    without: Without | None = None
    happened: Happened | None = None
