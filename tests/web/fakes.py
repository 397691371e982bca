"""An invented store that implements `Planning` and `Overview`, and accounts, for the tests of the web floor.

It keeps what is pressed, ends what has ended, asks for roles, and counts revisions, but resolves nothing: a zone is
what was last pressed there, else what its plan says. Tests steer it with verbs (`store.play_title(…)`,
`store.break_disk()`); time stands still unless a test moves it (`store.wait(minutes=30)`).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from flask import Flask

from controller.accounts import Accounts
from controller.desk import Choice
from controller.errors import Conflict, Forbidden, NotFound, Refused, TooSoon, Unavailable
from controller.health import HealthShown
from controller.ports import Actor, PlanVersion
from controller.shapes import (
    DeviceShown,
    EndShown,
    Explained,
    FieldShown,
    HoldShown,
    LayerShown,
    MoodShown,
    PressShown,
    SegmentShown,
    SenseShown,
    Standing,
    StopShown,
    StoreShown,
    Without,
    ZoneShown,
)
from profiles.limits import Person
from profiles.overlay import Campaign
from profiles.plan import Plan
from profiles.planfile import PlanFileError, plan_from_document
from profiles.scene import Colour, Diffusion, Field, Sense
from tests.patience import PATIENCE_S
from tests.web.fake_versions import FakeVersions
from web.app import make_app
from web.context import Services

NOW = datetime(2026, 4, 16, 12, 32, tzinfo=UTC)
CLOSING = datetime(2026, 4, 16, 18, 0, tzinfo=UTC)

_GROUND = {"light": {"on": True, "brightness_pct": 60, "kelvin": 3500},
           "music": {"on": True, "volume_pct": 30, "source": "calm"}, "scent": "off"}

PLAN_DOCUMENT = {
    "store": {"id": "gotgatan", "name": "Stockholm Götgatan", "timezone": "Europe/Stockholm",
              "hours": "Mo-Su 10:00-20:00"},
    "zones": [
        {"id": "entrance", "name": "Entrance", "kind": "entrance", "default": _GROUND},
        {"id": "sales-floor", "name": "Sales floor", "kind": "sales-floor", "default": _GROUND},
        {"id": "fitting-rooms", "name": "Fitting rooms", "kind": "fitting-room", "default": _GROUND},
        {"id": "cafe", "name": "Café", "kind": "cafe", "default": _GROUND},
    ],
    "profiles": [
        {"id": "evening-warm", "name": "Evening warm", "scene": {"light": {"kelvin": 2700, "brightness_pct": 45}}},
        {"id": "morning-calm", "name": "Morning calm",
         "scene": {"light": {"kelvin": 4000}, "music": {"volume_pct": 20}}},
    ],
    "sources": [{"id": "calm", "name": "Calm", "licence": "Direct licence", "territory": "SE"}],
}


class FakeStore:
    """Both doors of one small store."""

    def __init__(self) -> None:
        self.time = NOW
        self.titles: dict[str, str] = {}
        self.identified: list[str] = []
        self.actors: list[Actor] = []
        self._presses: list[tuple[PressShown, str]] = []
        self._stops: list[StopShown] = []
        self._versions: list[PlanVersion] = []
        self._trouble: Exception | None = None
        self._well = self._turns = True
        self._revision = 1
        self._changed = threading.Condition()
        self._number = 0
        self._held = threading.Event()
        self._held.set()
        self.publish(PLAN_DOCUMENT, "first", Actor("system", Person.ADMINISTRATOR))

    # Verbs of tests.

    def wait(self, **delta: float) -> None:
        """Let time pass."""
        self.time += timedelta(**delta)

    def play_title(self, zone: str, title: str) -> None:
        """A player reports what it plays: text from a device."""
        self.titles[zone] = title
        self.touch()

    def touch(self) -> int:
        """Something shown has changed."""
        with self._changed:
            self._revision += 1
            self._changed.notify_all()
            return self._revision

    def say_something_from_hq(self) -> None:
        """HQ has a campaign here: another version of the same own part."""
        before = self._versions[-1]
        spring = Campaign(id="hq-spring", name="Spring", when="opening..closing", profile="evening-warm", priority=60)
        composed = before.own.changed(campaigns=(spring,))
        self._versions.append(PlanVersion(len(self._versions) + 1, composed.digest, "HQ of acme", "from HQ: Spring",
                                          self.time, composed, before.own))
        self.touch()

    def break_disk(self) -> None:
        """Changes cannot be committed."""
        self._trouble = Unavailable("The disk is full. Nothing was changed.", 12)

    def tire(self) -> None:
        """Somebody has pressed too often."""
        self._trouble = TooSoon("Wait a moment.", 0.4)

    def crash(self) -> None:
        """A fault that nobody foresaw, in every look and every change."""
        self._trouble = RuntimeError("secret detail of a fault")

    def mend(self) -> None:
        """Back to normal."""
        self._trouble = None
        self._held.set()

    def lose_broker(self) -> None:
        """The store is not well."""
        self._well = False

    def stand_still(self) -> None:
        """The engine does not turn any more."""
        self._well = self._turns = False

    def hold_looks(self) -> None:
        """Looks at zones wait until `mend`: every worker that asks is busy meanwhile."""
        self._held.clear()

    # Planning.

    def press(self, zones: tuple[str, ...] | None, choice: Choice, end: str, actor: Actor) -> PressShown:
        self._asked(actor, Person.STAFF)
        named = zones or tuple(zone.id for zone in self._plan().zones)
        for zone in named:
            self._known(zone)
        name = choice.name
        if choice.profile is not None:
            if choice.profile not in {profile.id for profile in self._plan().profiles}:
                raise Refused(f"There is no profile {choice.profile} in the plan.")
            name = self._plan().profile(choice.profile).name
        return self._pressed(name, named, self._end(end), actor)

    def nudge(self, zone: str, complaint: str, actor: Actor) -> PressShown:
        self._asked(actor, Person.STAFF)
        self._known(zone)
        return self._pressed(complaint, (zone,), self.time + timedelta(minutes=30), actor)

    def undo(self, press: str | None, actor: Actor) -> PressShown:
        self._asked(actor, Person.STAFF)
        for found, by in reversed(self._presses):
            if press in (None, found.press) and (press is not None or by == actor.name) and found.end > self.time:
                self._presses.remove((found, by))
                self.touch()
                return found
        raise NotFound("There is nothing to undo.")

    def end_overrides(self, zone: str, actor: Actor) -> int:
        self._asked(actor, Person.STAFF)
        self._known(zone)
        gone = [one for one in self._presses if zone in one[0].zones]
        self._presses = [one for one in self._presses if one not in gone]
        self.touch()
        return len(gone)

    def stop(self, zones: tuple[str, ...] | None, senses: tuple[Sense, ...], reason: str, actor: Actor) -> StopShown:
        self._asked(actor, Person.STAFF)
        for zone in zones or ():
            self._known(zone)
        self._number += 1
        made = StopShown(f"stop-{self._number}", zones, senses, actor.name, reason, self.time)
        self._stops.append(made)
        self.touch()
        return made

    def resume(self, stops: tuple[str, ...] | None, actor: Actor) -> int:
        self._asked(actor, Person.STAFF)
        for stop in stops or ():
            if stop not in {one.id for one in self._stops}:
                raise NotFound(f"There is no stop {stop}.")
        kept = [one for one in self._stops if stops is not None and one.id not in stops]
        ended, self._stops = len(self._stops) - len(kept), kept
        self.touch()
        return ended

    def publish(self, document: object, note: str, actor: Actor, seen: int | None = None) -> PlanVersion:
        self._asked(actor, Person.MANAGER)
        if seen is not None and seen != len(self._versions):
            raise Conflict(f"Version {len(self._versions)} is in force, not {seen}. Look at it first.")
        try:
            plan = plan_from_document(document)
        except PlanFileError as error:
            raise Refused(str(error)) from None
        made = PlanVersion(len(self._versions) + 1, plan.digest, actor.name, note, self.time, plan)
        self._versions.append(made)
        self.touch()
        return made

    @property
    def published(self) -> list[PlanVersion]:
        """Every version, oldest first: the very list."""
        return self._versions

    def identify(self, device: str, actor: Actor) -> None:
        self._asked(actor, Person.STAFF)
        if device not in {one.id for one in self.devices()}:
            raise NotFound(f"There is no device {device}.")
        self.identified.append(device)

    # Overview.

    def store(self) -> StoreShown:
        self._looked()
        version = self._versions[-1]
        return StoreShown(
            "gotgatan", self._plan().store.name, "Europe/Stockholm", self.time, "Open until 20:00", CLOSING,
            "Four zones are as they should be.", version.version, version.digest, self._well, True,
            () if self._well else ("The broker does not answer.",))

    def zones(self) -> list[ZoneShown]:
        self._looked()
        self._held.wait(PATIENCE_S)
        return [self.zone(zone.id) for zone in self._plan().zones]

    def zone(self, zone: str) -> ZoneShown:
        self._looked()
        self._known(zone)
        of_plan = self._plan().zone(zone)
        alive = [found for found, _ in self._presses if zone in found.zones and found.end > self.time]
        stopped = any(stop.zones is None or zone in stop.zones for stop in self._stops)
        what = alive[-1].name if alive else "Morning calm"
        until = alive[-1].end if alive else CLOSING
        value: dict[str, object] = {"light.ambient.on": True, "light.ambient.brightness_pct": 60.0,
                                    "light.ambient.colour": Colour(kelvin=3500),
                                    "scent.diffusion": Diffusion(fragrance="linen", intensity_pct=20)}
        layer = LayerShown("override" if alive else "daypart", "layer", what, what, alive[-1].by if alive else None)
        field = FieldShown(Field.AMBIENT_BRIGHTNESS, 60.0, f"{what}, until {until:%H:%M}", layer, (), (), until)
        holds = (HoldShown(Sense.MUSIC, "stop", "Stopped by hand.", None),) if stopped else ()
        music = SenseShown(Sense.MUSIC, "30 %", "30 %", Standing.REPORTED, self.time, self.time, True, 30.0, None, None,
                           self.titles.get(zone), 1, 1, 0)
        light = SenseShown(Sense.LIGHT, "60 %, 3500 K", "60 %, 3500 K", Standing.REPORTED, self.time, self.time, True,
                           60.0, 3500, None, None, 2, 2, 0)
        return ZoneShown(
            zone, of_plan.name, of_plan.kind.value, of_plan.shape, what, f"{what}, because the plan says so", until,
            "Evening warm", CLOSING, Standing.REPORTED, "As it should be", True, value, value,  # type: ignore[arg-type]
            (light, music), (field,), holds, len(alive), stopped)

    def moods(self, zone: str, actor: Actor) -> list[MoodShown]:
        self._known(zone)
        return [MoodShown(p.id, p.name, "Calm", 2700, None, 45.0, 20.0, 1, False, False) for p in self._plan().profiles]

    def ends(self, zone: str, actor: Actor) -> list[EndShown]:
        self._known(zone)
        return [EndShown("minutes:30", "for 30 minutes", self.time + timedelta(minutes=30), False),
                EndShown("closing", "until closing", CLOSING, False)]

    def devices(self) -> list[DeviceShown]:
        self._looked()
        return [DeviceShown(
            f"lamp-{n}", f"Lamp {n}", "light", "native", ("entrance",), (100.0, 50.0), Standing.REPORTED,
            "As it should be.", True,
            {"on": True, "brightness_pct": 60}, {"on": True, "brightness_pct": 60}, (), self.time, self.time, 0,
            self.titles.get("model")) for n in (1, 2)]

    def stops(self) -> list[StopShown]:
        self._looked()
        return list(self._stops)

    def presses(self) -> list[PressShown]:
        self._looked()
        return [found for found, _ in reversed(self._presses) if found.end > self.time]

    def timeline(self, start: datetime, end: datetime, zone: str | None = None) -> list[SegmentShown]:
        self._looked()
        if zone is not None:
            self._known(zone)
        named = [zone] if zone else [one.id for one in self._plan().zones]
        layer = LayerShown("daypart", "morning", "Morning", "Morning calm", None, profile="calm")
        return [SegmentShown(one, start, end, "Morning calm", "daypart", "because the plan says so", {"music.on": True},
                             layer, profile="calm", version=1)
                for one in named]

    def explain(
        self, zone: str, at: datetime, without: str | None = None, sense: Sense | None = None
    ) -> Explained:
        shown = self.zone(zone)
        layer = LayerShown("daypart", "morning", "Morning", "Morning calm", None, profile="calm")
        fields = tuple(one for one in shown.fields if sense is None or one.field.sense is sense)
        unlike = None if without is None else Without(
            layer, "Zone default", "Nothing is planned", {"music.on": False}, None,
            "Without Daypart Morning it would be Zone default.", ("music.on",))
        return Explained(zone, at, shown.what, shown.because, shown.until, fields, shown.holds, layer, 1, unlike)

    def gaps(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        self._looked()
        return []

    def plan(self) -> PlanVersion | None:
        self._looked()
        return self._versions[-1] if self._versions else None

    def health(self) -> HealthShown:
        sentence = "All is well." if self._well else "The broker is away."
        return HealthShown(self._well, self._turns, sentence, self._well, 0.4, 24, 23, 1, 0, 512, 498, 2, 3, 3600.0)

    def changes(self, after: int, timeout_s: float) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._revision > after, timeout_s)
            return self._revision

    def stream(self, after: int) -> Iterator[int]:
        while True:
            after = self.changes(after, 1.0)
            yield after

    def forget_plan(self) -> None:
        """As before the first publishing."""
        self._versions.clear()

    def _plan(self) -> Plan:
        return self._versions[-1].plan

    def _known(self, zone: str) -> None:
        if zone not in {one.id for one in self._plan().zones}:
            raise NotFound(f"There is no zone {zone}.")

    def _looked(self) -> None:
        if isinstance(self._trouble, RuntimeError):
            raise self._trouble

    def _asked(self, actor: Actor, needed: Person) -> None:
        self.actors.append(actor)
        if not actor.person.may(needed):
            raise Forbidden(f"This needs the role {needed.value}.")
        if self._trouble is not None:
            raise self._trouble

    def _pressed(self, name: str, zones: tuple[str, ...], end: datetime, actor: Actor) -> PressShown:
        self._number += 1
        made = PressShown(f"press-{self._number}", name, zones, end, actor.name, f"{name} until {end:%H:%M}.", ())
        self._presses.append((made, actor.name))
        self.touch()
        return made

    def _end(self, end: str) -> datetime:
        kind, _, rest = end.partition(":")
        if kind == "minutes":
            return self.time + timedelta(minutes=int(rest))
        if kind in ("next-change", "closing"):
            return CLOSING
        if kind == "time":
            hour, minute = rest.split(":")
            return self.time.replace(hour=int(hour), minute=int(minute)) + timedelta(days=1)
        found = datetime.fromisoformat(end)
        if found <= self.time:
            raise Refused("The end is past already.")
        return found


class FakeAccounts:
    """Accounts without hashing. `secret`: the one-time secret of the first run."""

    secret = "first-run-secret"

    def __init__(self, **people: Person) -> None:
        """`people`: accounts that exist; the password of each is its name and `-password`."""
        self._people = {name: (f"{name}-password", person) for name, person in people.items()}
        self._sessions: dict[str, str] = {}
        self._tokens: dict[str, Actor] = {}
        self._number = 0
        self.throttled_s: float | None = None
        self.disk_full = False

    def set_up_needed(self) -> bool:
        return not self._people

    def set_up(self, secret: str, name: str, password: str) -> str:
        if not self.set_up_needed() or secret != self.secret:
            raise Forbidden("This link has been used, or is not the newest.")
        if len(password) < 8:
            raise Refused("The password is too short: 8 characters at least.")
        self._people[name] = (password, Person.ADMINISTRATOR)
        return self._session(name)

    def sign_in(self, name: str, password: str, source: str, replaces: str | None = None) -> str:
        if self.throttled_s is not None:
            raise TooSoon("Too many tries. Wait a little.", self.throttled_s)
        if self.disk_full:
            raise Unavailable("The disk is full. Nothing was changed.")
        if self._people.get(name, (None,))[0] != password:
            raise Forbidden("The name or the password is wrong.")
        if replaces is not None:
            self.sign_out(replaces)
        return self._session(name)

    def actor_of_session(self, secret: str) -> Actor | None:
        name = self._sessions.get(secret)
        return Actor(name, self._people[name][1]) if name in self._people else None

    def sign_out(self, secret: str) -> None:
        if self.disk_full:
            raise Unavailable("The disk is full. Nothing was changed.")
        self._sessions.pop(secret, None)

    def csrf_of(self, secret: str) -> str:
        return hashlib.sha256(b"csrf" + secret.encode()).hexdigest()

    def actor_of_token(self, secret: str) -> Actor | None:
        return self._tokens.get(secret)

    def reader_of_calendars(self, secret: str) -> Actor | None:
        return self._tokens.get(f"calendar {secret}")

    def make_calendar_address(self, label: str, actor: Actor) -> str:
        secret = f"secret-of-{label}"
        self._tokens[f"calendar {secret}"] = Actor(f"token calendar {label}", Person.VIEWER)
        return secret

    def give_token(self, person: Person) -> str:
        """A token of a role, as `sinne token` would."""
        self._number += 1
        secret = f"token-{self._number}"
        self._tokens[secret] = Actor(f"token {person.value}", person)
        return secret

    def revoke(self, token: str) -> None:
        """Take a token away."""
        del self._tokens[token]

    def enter(self, name: str) -> str:
        """A session of somebody, without the form."""
        return self._session(name)

    def demote(self, name: str, person: Person) -> None:
        """Change a role while its sessions live."""
        self._people[name] = (self._people[name][0], person)

    def _session(self, name: str) -> str:
        self._number += 1
        secret = f"session-{self._number}-of-{name}"
        self._sessions[secret] = name
        return secret




def services_of(
    store: FakeStore, accounts: FakeAccounts | Accounts, *, secure: bool = False, assets: Path | None = None
) -> Services:
    """Services over the fakes."""
    versions = FakeVersions(store.published, lambda: store.time, store.publish)
    return Services(planning=store, overview=store, accounts=cast(Accounts, accounts), secure=secure,
                    assets=assets or Path("/nonexistent"), versions=versions)


def app_of(
    store: FakeStore, accounts: FakeAccounts | Accounts, *, secure: bool = False, assets: Path | None = None
) -> Flask:
    """The application over the fakes."""
    return make_app(services_of(store, accounts, secure=secure, assets=assets))


def token_header(token: str) -> dict[str, str]:
    """What a program sends."""
    return {"Authorization": f"Bearer {token}"}
