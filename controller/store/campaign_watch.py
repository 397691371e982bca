"""How much of what campaigns were to be was so: measured here, where plan, choices and devices are known to the second.

A campaign is *planned* in a zone while it wins at least one field of it by the plan alone, that is without overrides
and stops. Of that time it was *stopped* or *overridden* where a stop or a press won one of these fields (or somebody
set a device by hand); else *kept* where every device of the senses concerned reported what it should be, *differing*
where one did not (fading counts), and *unknown* where one was out of reach, or nobody could hear them.

Level-triggered, as the measuring of quiet hours is: what was known at the end of a round holds until the next. What
was counted is written down once an hour and at the end, as parts that add up; while nobody ran, it is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from controller.ports import Memory
from controller.store.ambience import Ambience
from controller.store.recorder import Recorder
from controller.store.rightness import Rightness, Word
from controller.store.wishes import SENSE_OF
from devices.device import Kind
from profiles.layers import Rank
from profiles.local_days import at_midnights
from profiles.plan import Live
from profiles.resolve import Resolution, resolve
from profiles.scene import Field
from profiles.timeline import timeline

MEASURED = "campaign.measured"
NOTE_EVERY = timedelta(hours=1)
#: Time in which nobody ran is accounted for as far back as this.
LOOK_BACK = timedelta(days=35)
_SET_BACK = timedelta(days=1)
_KIND_OF = {sense: kind for kind, sense in SENSE_OF.items()}


class Outcome(Enum):
    """What became of planned time."""

    KEPT = "kept"
    OVERRIDDEN = "overridden"
    STOPPED = "stopped"
    DIFFERING = "differing"
    UNKNOWN = "unknown"


_OUTCOME = {Word.RIGHT: Outcome.KEPT, Word.BY_HAND: Outcome.OVERRIDDEN, Word.DIFFERING: Outcome.DIFFERING,
            Word.AWAY: Outcome.UNKNOWN}


@dataclass(frozen=True, slots=True)
class _Part:
    """A campaign that is planned in a zone now. `choice`: people's, if theirs wins; else `kinds` of devices tell."""

    campaign: str
    zone: str
    choice: Outcome | None
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found of a zone, good for this resolution until `until`."""

    resolution: Resolution
    until: datetime | None
    parts: tuple[_Part, ...]


class CampaignWatch:
    """Watches the campaigns of the plan in force."""

    def __init__(self, ambience: Ambience, rightness: Rightness, recorder: Recorder, memory: Memory) -> None:
        """Nothing is watched yet."""
        self._ambience, self._rightness, self._recorder, self._memory = ambience, rightness, recorder, memory
        self._looks: dict[str, _Look] = {}
        self._seconds: dict[tuple[str, str, date], dict[Outcome, float]] = {}
        self._plan_version = 0
        #: Up to here time has been counted, whether somebody watched since, and whether devices could be heard.
        self._counted: datetime | None = None
        self._watched = self._able = False
        self._began: datetime | None = None
        #: When a campaign begins or ends under somebody's press: no other part of the engine waits for that.
        self.boundary: datetime | None = None

    def load(self, when: datetime) -> None:
        """Take up where the last life of this store left off; what was planned since then is unknown."""
        version = self._ambience.plan
        if version is None or not version.plan.campaigns:
            return
        since = max(version.at, when - LOOK_BACK)
        for entry in self._memory.recorded(since, when + timedelta(days=1), (MEASURED,), 1, newest_first=True):
            since = max(since, _instant(entry.body.get("end")) or since)
        self._counted = since if since < when else None

    def miss(self) -> None:
        """Nobody watched since the last round: the process slept, or the clock was set."""
        self._watched = False

    def look(self, now: float, when: datetime, able: bool) -> None:
        """Count the time since the last round, and see what holds from now on. `able`: devices can be heard."""
        version = self._ambience.plan
        if version is None or not (version.plan.campaigns or self._looks):
            self.boundary = self._counted = None
            return
        self._count_up_to(when, now)
        if self._plan_version != version.version:
            self._plan_version = version.version
            self._looks.clear()
        if version.plan.campaigns:
            self._see(when)
        else:
            self.save(when)
        self._watched, self._able = True, able
        self.boundary = min((look.until for look in self._looks.values() if look.until is not None), default=None)
        if self._began is not None and when - self._began >= NOTE_EVERY:
            self.save(when)

    def save(self, when: datetime) -> None:
        """Write down what was counted, if anything was."""
        rows = [{"campaign": campaign, "zone": zone, "date": day.isoformat(),
                 "planned_s": round(sum(seconds.values()), 1),
                 **{f"{outcome.value}_s": round(seconds[outcome], 1) for outcome in Outcome}}
                for (campaign, zone, day), seconds in sorted(self._seconds.items()) if sum(seconds.values()) >= 0.05]
        if rows and self._began is not None and self._counted is not None:
            self._recorder.record(when, MEASURED, start=self._began.isoformat(), end=self._counted.isoformat(),
                                  zones=rows)
        self._seconds.clear()
        self._began = self._counted

    # ── within ──────────────────────────────────────────────────────────────────────

    def _count_up_to(self, when: datetime, now: float) -> None:
        since = self._counted
        if since is not None and since < when:
            if self._watched:
                self._count(since, when, now)
            else:
                self._miss(since, when)
        # A clock that was set back makes no time twice: it counts again from where it had been, within a day.
        behind = since is not None and when <= since < when + _SET_BACK
        self._counted = since if behind else when
        self._began = self._began or self._counted

    def _see(self, when: datetime) -> None:
        """Judge the zones that changed, or of which the time has come."""
        zones = self._ambience.zones
        for zone in self._looks.keys() - zones.keys():
            del self._looks[zone]
        for zone, state in zones.items():
            known = self._looks.get(zone)
            if known is None or known.resolution is not state.resolution or (
                    known.until is not None and when >= known.until):
                self._looks[zone] = self._judged(zone, state.resolution, when)

    def _count(self, since: datetime, when: datetime, now: float) -> None:
        """So it was in [since, when): by the choices of the last round, and by the devices as it left them."""
        for look in self._looks.values():
            for part in look.parts:
                outcome = part.choice
                if outcome is None and not self._able:
                    outcome = Outcome.UNKNOWN
                elif outcome is None:
                    word = self._rightness.of(part.zone, part.kinds, now)
                    outcome = None if word is None else _OUTCOME[word]
                if outcome is not None:
                    self._add(part.campaign, part.zone, outcome, since, when)

    def _miss(self, since: datetime, when: datetime) -> None:
        """Nobody saw [since, when): what was planned by the plan in force is unknown."""
        version = self._ambience.plan
        if version is None:
            return
        since = max(since, when - LOOK_BACK)
        self._began = since if self._began is None else min(self._began, since)
        for zone in version.plan.zones:
            there = {device.kind for device in version.plan.devices if zone.id in device.zones}
            for segment in timeline(version.plan, Live(), zone.id, since, when):
                for campaign, fields in planned(segment.resolution).items():
                    if there & {kind.value for kind in _kinds(fields)}:
                        self._add(campaign, zone.id, Outcome.UNKNOWN, segment.start, segment.end)

    def _add(self, campaign: str, zone: str, outcome: Outcome, since: datetime, until: datetime) -> None:
        version = self._ambience.plan
        if version is None:
            return
        for day, start, end in at_midnights(since, until, ZoneInfo(version.plan.store.timezone)):
            seconds = self._seconds.setdefault((campaign, zone, day), dict.fromkeys(Outcome, 0.0))
            seconds[outcome] += (end - start).total_seconds()

    def _judged(self, zone: str, resolution: Resolution, when: datetime) -> _Look:
        """What is planned in a zone, and whether people chose otherwise."""
        version = self._ambience.plan
        ranks = {field: resolved.because.layer.rank for field, resolved in resolution.fields.items()}
        if version is None or not version.plan.campaigns:
            return _Look(resolution, None, ())
        base, until = resolution, None
        if any(rank in (Rank.OVERRIDE, Rank.STOP) for rank in ranks.values()):
            base = resolve(version.plan, Live(), zone, when)
            until = base.until
        parts = []
        for campaign, fields in planned(base).items():
            choice = None
            if any(ranks.get(field) is Rank.STOP for field in fields):
                choice = Outcome.STOPPED
            elif any(ranks.get(field) is Rank.OVERRIDE for field in fields):
                choice = Outcome.OVERRIDDEN
            parts.append(_Part(campaign, zone, choice, _kinds(fields)))
        return _Look(resolution, until, tuple(parts))


def planned(base: Resolution) -> dict[str, tuple[Field, ...]]:
    """The campaigns that win a field, each with these fields. `base`: a resolution without people's choices."""
    found: dict[str, tuple[Field, ...]] = {}
    for field, resolved in base.fields.items():
        layer = resolved.because.layer
        if layer.rank is Rank.CAMPAIGN:
            found[layer.id] = (*found.get(layer.id, ()), field)
    return found


def _kinds(fields: tuple[Field, ...]) -> tuple[Kind, ...]:
    return tuple({_KIND_OF[field.sense]: None for field in fields})


def _instant(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None

