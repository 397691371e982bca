"""A believable HQ in memory, behind the doors of `controller.hq.doors`: pages are developed and tested with it.

Fourteen stores in three countries (and one that was never heard), campaigns in every state (one under way in its
second wave, one that stopped by itself, one that waits for a person, one that is done, one halted, a draft, one in
review), profiles with versions, alarms, reports. What people change here is changed: drafts, reviews, rollouts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from controller.desk import Overview
from controller.errors import Conflict, Forbidden, NotFound, Refused
from controller.hq.alarms import Stand
from controller.hq.doors import EVERY_STORE, NEWEST, Content
from controller.hq.shapes import (
    Audience,
    Change,
    Choices,
    ConflictsShown,
    Countries,
    DocumentDifference,
    DocumentLine,
    DocumentShown,
    DraftLine,
    DraftShown,
    MeetingShown,
    OccurrencesShown,
    OrderShown,
    PlaceShown,
    PreviewShown,
    Problem,
    StoreName,
    TagShown,
    WaveShown,
)
from controller.hq.shapes_campaigns import CalendarShown, CampaignBar, CampaignShown, QuietBar, RolloutShown, StageShown
from controller.hq.shapes_fleet import AskedShown, CountryLine, FleetQuery, FleetShown, FleetStore, StoreDetail
from controller.hq.shapes_proof import (
    CampaignLine,
    CampaignReport,
    Coverage,
    PlayLine,
    PlayReport,
    QuietLine,
    QuietReport,
    RecordLine,
    RecordQuery,
    RecordShown,
    ReportQuery,
    ScentLine,
    ScentReport,
)
from controller.ports import Actor
from profiles.limits import Person
from profiles.scene import Sense
from tests.web.showroom import Showroom

NOW = datetime(2026, 4, 16, 12, 32, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
VERA, ELSA, MARGAUX, JOHAN, ANNA = (
    Actor("Vera", Person.VIEWER), Actor("Elsa", Person.EDITOR), Actor("Margaux Petit", Person.EDITOR),
    Actor("Johan Ek", Person.APPROVER), Actor("Anna", Person.ADMINISTRATOR))

_STORES = (
    ("lyon-presquile", "Lyon Presqu’île", "FR", ("flagship", "scent"), Stand.ALARM,
     "It refused something of HQ's: The campaign hq-spring, version 3000004, came a second time with other content; "
     "the first is kept."),
    ("paris-batignolles", "Paris Batignolles", "FR", ("city",), Stand.ALARM, "The café's diffuser is out of reach."),
    ("goteborg-nordstan", "Göteborg Nordstan", "SE", ("flagship",), Stand.ALARM, "Its clock is not trusted."),
    ("lille-grand-place", "Lille Grand’Place", "FR", ("flagship",), Stand.OFFLINE, "It has been away for 31 hours."),
    ("nantes-crebillon", "Nantes Crébillon", "FR", ("city",), Stand.LAGGING,
     "It has not had what HQ published for 40 minutes."),
    ("uppsala-svartback", "Uppsala Svartbäcksgatan", "SE", ("city",), Stand.WAITING, ""),
    ("oslo-bogstadveien", "Oslo Bogstadveien", "NO", ("city", "outlet"), Stand.WAITING, ""),
    ("gotgatan", "Stockholm Götgatan", "SE", ("flagship", "scent"), Stand.RIGHT, ""),
    ("biblioteksgatan", "Stockholm Biblioteksgatan", "SE", ("flagship", "scent"), Stand.RIGHT, ""),
    ("malmo-triangeln", "Malmö Triangeln", "SE", ("city",), Stand.RIGHT, ""),
    ("paris-marais", "Paris Marais", "FR", ("flagship", "scent"), Stand.RIGHT, ""),
    ("bordeaux-catherine", "Bordeaux Sainte-Catherine", "FR", ("city",), Stand.RIGHT, ""),
    ("oslo-karl-johan", "Oslo Karl Johan", "NO", ("flagship",), Stand.RIGHT, ""),
    ("bergen-torgallmenningen", "bergen-torgallmenningen", None, (), Stand.UNHEARD, ""),
)
_WORDS = {Stand.RIGHT: "right", Stand.WAITING: "on its way", Stand.LAGGING: "lags", Stand.ALARM: "alarm",
          Stand.OFFLINE: "out of reach", Stand.UNHEARD: "never heard"}
_ORDER = (Stand.ALARM, Stand.OFFLINE, Stand.LAGGING, Stand.WAITING, Stand.UNHEARD, Stand.RIGHT)
_ZONES_OF = {"FR": "Europe/Paris", "SE": "Europe/Stockholm", "NO": "Europe/Oslo", None: "UTC"}

_PROFILES = (("hq-spring-linen", "Spring in linen", "light, airy, a little fig", 4200),
             ("hq-fika", "Fika", "warm and slow", 2600),
             ("hq-clear-day", "Clear day", "bright and fresh", 5600))
#: id, name, first, last, when, state, priority, profile.
_CAMPAIGNS = (
    ("hq-spring", "Spring in linen", date(2026, 4, 13), date(2026, 5, 2), "Mo-Sa 11:00-18:00; PH off", "running", 40,
     0),
    ("hq-easter", "Påsk", date(2026, 4, 1), date(2026, 4, 8), "opening..closing", "done", 50, 2),
    ("hq-late-fika", "Late fika", date(2026, 4, 14), date(2026, 5, 30), "Mo-Fr 15:00-16:00", "stopped", 45, 1),
    ("hq-window-night", "Windows at night", date(2026, 4, 10), date(2026, 6, 30), "sunset-closing", "asking", 30, 2),
    ("hq-launch", "Launch", date(2026, 4, 2), date(2026, 4, 20), "10:00-12:00", "halted", 70, 0),
    ("hq-midsummer", "Midsommar", date(2026, 6, 15), date(2026, 6, 21), "opening..closing", "draft", 50, 1),
    ("hq-mothers-day", "Mors dag", date(2026, 5, 25), date(2026, 5, 31), "opening..closing", "review", 50, 0),
)


class FakeHq:
    """Office, fleet and proof in one."""

    def __init__(self) -> None:
        self._revision = 1
        self.orders: list[OrderShown] = []
        #: What people asked for, as (verb, what), for tests.
        self.asked: list[tuple[str, object]] = []
        self._states = {each[0]: each[5] for each in _CAMPAIGNS}
        self._drafts: dict[tuple[str, str], tuple[DraftLine, Content, tuple[str, ...], str, str]] = {}
        for state, by in (("draft", ELSA), ("review", MARGAUX)):
            for id_, name, *_rest in (each for each in _CAMPAIGNS if each[5] == state):
                self._keep("campaign", id_, name, state, by, campaign_content(id_), 3)

    # ── office: drafts ──────────────────────────────────────────────────────────────

    def organisation(self) -> str:
        return "Nord & Fils"

    def revision(self) -> int:
        return self._revision

    def touch(self) -> None:
        """Something happened somewhere."""
        self._revision += 1

    def reviews_waiting(self, actor: Actor) -> int:
        return sum(line.state == "review" and actor.person.may(Person.APPROVER) and actor.name not in authors
                   for line, _, authors, _, _ in self._drafts.values())

    def drafts(self, kind: str | None = None) -> list[DraftLine]:
        found = [each[0] for each in self._drafts.values() if kind in (None, each[0].kind)]
        return sorted(found, key=lambda line: line.at, reverse=True)

    def draft(self, kind: str, id_: str, actor: Actor) -> DraftShown:
        if (kind, id_) in self._drafts:
            return self._shown(kind, id_, actor)
        known = next((d for d in self.documents() if (d.kind, d.id) == (kind, id_)), None)
        if known is None:
            raise NotFound(f"There is no {kind} {id_}.")
        line = DraftLine(kind, id_, known.name, "draft", "not saved yet", actor.name, NOW, 0, known.version)
        return DraftShown(line, self._content(kind, id_), (), may=("save",) if actor.person.may(Person.EDITOR) else ())

    def blank(self, kind: str) -> Content:
        return {"body": {"name": "", "when": "opening..closing", "profile": "", "priority": 50}
                if kind == "campaign" else {"name": ""}, "selector": {}, "stages": _STAGES, "thresholds": {},
                "note": ""}

    def free_id(self, kind: str, name: str) -> str:
        base = "hq-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        taken = {d.id for d in self.documents()} | {key[1] for key in self._drafts}
        return next(c for c in (base, *(f"{base}-{n}" for n in range(2, 99))) if c not in taken)

    def check(self, kind: str, id_: str, content: Content) -> tuple[Problem, ...]:
        body = content.get("body")
        body = body if isinstance(body, Mapping) else {}
        found = []
        if not body.get("name"):
            found.append(Problem("error", "body.name", "A name has at least one letter."))
        if kind == "campaign" and not body.get("profile"):
            found.append(Problem("error", "body.profile", "A campaign shows a profile: choose one."))
        if kind == "campaign" and "25:00" in str(body.get("when", "")):
            found.append(Problem("error", "body.when", "There is no 25:00; a day ends at 24:00 (column 4)."))
        return tuple(found)

    def save(self, kind: str, id_: str, content: Content, seen: int | None, actor: Actor) -> DraftShown:
        self._need(actor, Person.EDITOR)
        if not id_.startswith("hq-"):
            raise Refused("An id of HQ's begins with hq-, as in hq-spring.")
        have = self._drafts.get((kind, id_))
        if (have[0].revision if have else 0) != (seen or 0):
            raise Conflict("Somebody else has changed this draft. Look at it again.")
        body = content.get("body")
        name = str(body.get("name") or id_) if isinstance(body, Mapping) else id_
        before = have[2] if have else ()
        self._keep(kind, id_, name, "draft", actor, content, (seen or 0) + 1, before)
        return self._shown(kind, id_, actor)

    def submit(self, kind: str, id_: str, seen: int, actor: Actor, note: str = "") -> DraftShown:
        self._need(actor, Person.EDITOR)
        found = self.check(kind, id_, self._have(kind, id_, seen)[1])
        if found:
            raise Refused("\n".join(problem.sentence for problem in found))
        self._to(kind, id_, "review", "waits for a review", note=note)
        return self._shown(kind, id_, actor)

    def approve(self, kind: str, id_: str, seen: int, actor: Actor, note: str = "") -> OrderShown:
        self._need(actor, Person.APPROVER)
        line, _, authors, _, _ = self._have(kind, id_, seen)
        if line.state != "review":
            raise Conflict("This draft does not wait for a review.")
        if actor.name in authors:
            raise Forbidden(f"{actor.name} has written in this draft; a second person has to approve it.")
        del self._drafts[kind, id_]
        if kind == "campaign":
            self._states[id_] = "running"
        return self._order("publish", actor, f"{line.name} is published.")

    def give_back(self, kind: str, id_: str, seen: int, note: str, actor: Actor) -> DraftShown:
        self._need(actor, Person.APPROVER)
        self._have(kind, id_, seen)
        self._to(kind, id_, "returned", f"returned by {actor.name}", reviewer=actor.name, note=note)
        return self._shown(kind, id_, actor)

    def discard(self, kind: str, id_: str, actor: Actor) -> None:
        self._need(actor, Person.EDITOR)
        if self._drafts.pop((kind, id_), None) is None:
            raise NotFound(f"There is no draft of the {kind} {id_}.")
        self.touch()

    # ── office: library ─────────────────────────────────────────────────────────────

    def documents(self, kind: str | None = None, gone: bool = False) -> list[DocumentLine]:
        every = [*(_line("campaign", each[0], each[1], 4) for each in _CAMPAIGNS if each[5] not in ("draft", "review")),
                 *(_line("profile", id_, name, 3) for id_, name, _, _ in _PROFILES),
                 _line("quiet-hour", "hq-thursday-quiet", "Quiet Thursdays", 1),
                 _line("fragrance", "hq-fig-leaf", "Fig leaf", 2),
                 _line("playlist", "hq-linen", "Linen", 2),
                 _line("limits", "hq-limits", "Limits for presses", 1),
                 _line("programme", "hq-weekdays", "Weekdays", 2),
                 _line("store-list", "hq-pilots", "Pilot stores", 1)]
        if gone:
            every.append(replace(_line("campaign", "hq-winter", "Winter", 5), gone=True))
        return sorted((d for d in every if kind in (None, d.kind)), key=lambda d: d.name)

    def document(self, kind: str, id_: str) -> DocumentShown:
        line = self._document(kind, id_)
        return DocumentShown(line, _editions(line), self._content(kind, id_),
                             (Problem("warning", "body.tags", "Slow music and very bright light: arousal low in one "
                                      "sense and high in another."),) if id_ == "hq-fika" else (),
                             ("Spring in linen",) if kind == "profile" else ())

    def version(self, kind: str, id_: str, version: int) -> DocumentShown:
        shown = self.document(kind, id_)
        line = next((each for each in shown.versions if each.version == version), None)
        if line is None:
            raise NotFound(f"There is no version {version} of {id_}.")
        return replace(shown, line=line)

    def difference(self, kind: str, id_: str, before: int | None, after: int) -> DocumentDifference:
        self._document(kind, id_)
        return DocumentDifference(before, after, "Two things were written differently.", (
            Change("body.scene.music.volume_pct", "music volume", "40 %", "48 %"),
            Change("body.variations.cafe.light.ambient.kelvin", "in a café: ambient light", "3200 K", "2900 K")))

    def restore(self, kind: str, id_: str, version: int, actor: Actor) -> DraftShown:
        shown = self.version(kind, id_, version)
        return self.save(kind, id_, shown.content or {}, 0, actor)

    def retract(self, kind: str, id_: str, reason: str, actor: Actor) -> OrderShown:
        self._need(actor, Person.APPROVER)
        line = self._document(kind, id_)
        if kind == "profile":
            raise Refused(f"{line.name} is shown by the campaign Spring in linen. Delete that first.")
        return self._order("delete", actor, f"{line.name} is deleted everywhere.")

    # ── office: campaigns ───────────────────────────────────────────────────────────

    def calendar(self, first: date, last: date, actor: Actor) -> CalendarShown:
        bars = []
        for id_, name, start, end, when, _, priority, profile in _CAMPAIGNS:
            if start > last or end < first:
                continue
            state, draft = self._states[id_], self._drafts.get(("campaign", id_))
            if draft is not None:
                body: Any = draft[1].get("body")
                start, end, state = _date(body.get("first")), _date(body.get("last")), draft[0].state
            bars.append(CampaignBar(
                id_, name, start, end, when, "Mondays to Saturdays, 11:00 to 18:00", state, _STATE_WORDS[state],
                priority, 11, _PROFILES[profile][0], _PROFILES[profile][1], _PROFILES[profile][3], None, 72.0,
                actor.person.may(Person.EDITOR), draft is not None, draft[0].revision if draft else 0))
        thursdays = tuple(first + DAY * n for n in range((last - first).days + 1)
                          if (first + DAY * n).weekday() == 3)
        return CalendarShown(first, last, TODAY, tuple(bars),
                             (QuietBar("hq-thursday-quiet", "Quiet Thursdays", "Thursdays, 09:00 to 11:00", 9,
                                       thursdays),))

    def campaign(self, id_: str, actor: Actor) -> CampaignShown:
        row = next((each for each in _CAMPAIGNS if each[0] == id_), None)
        draft = self._shown("campaign", id_, actor) if ("campaign", id_) in self._drafts else None
        if row is None and draft is None:
            raise NotFound(f"There is no campaign {id_}.")
        name = row[1] if row is not None else draft.line.name
        published = row is not None and row[5] not in ("draft", "review")
        line = self._document("campaign", id_) if published else None
        state = self._states.get(id_, "draft")
        content = self._content("campaign", id_) if draft is None else draft.content
        return CampaignShown(
            id_, name, _LEADS.get(state, "It is on its way."), line, _editions(line) if line else (), content, draft,
            self._rollout(id_, state, actor) if published else None, self.audience({}), _READING,
            _PROFILES[row[7] if row is not None else 0][1])

    def move(self, id_: str, first: date | None, last: date | None, seen: int, actor: Actor) -> DraftShown:
        shown = self.draft("campaign", id_, actor)
        body = dict(shown.content["body"])  # type: ignore[call-overload]
        body |= {"first": None if first is None else first.isoformat(), "last": None if last is None else
                 last.isoformat()}
        return self.save("campaign", id_, {**shown.content, "body": body}, seen, actor)

    def choices(self) -> Choices:
        def count(has: Any) -> int:
            return sum(1 for store in _STORES if has(store))
        return Choices(
            tuple(TagShown(c, n, count(lambda s, c=c: s[2] == c)) for c, n in (("FR", "France"), ("NO", "Norway"),
                                                                              ("SE", "Sweden"))),
            tuple(TagShown(tag, tag, count(lambda s, tag=tag: tag in s[3]))
                  for tag in ("city", "flagship", "outlet", "scent")),
            (TagShown("hq-pilots", "Pilot stores", 3),), tuple(each[:3] for each in _PROFILES),
            ("Europe/Oslo", "Europe/Paris", "Europe/Stockholm"))

    def audience(
        self, selector: Mapping[str, object], campaign: str = "", stages: Sequence[Mapping[str, object]] = (),
    ) -> Audience:
        unknown = set(selector) - {"countries", "tags", "any_tags", "not_tags", "lists"}
        if unknown:
            raise Refused(f"A selector has no {min(unknown)}.")
        countries, tags = list(selector.get("countries") or ()), set(selector.get("tags") or ())  # type: ignore[call-overload]
        names, out = [], []
        for id_, name, country, has, _, _ in _STORES:
            why = "" if not countries or country in countries else f"not in {' or '.join(countries)}"
            why = why or ("" if tags <= set(has) else f"has no tag {min(tags - set(has))}")
            (out if why else names).append(StoreName(id_, name, country, has, why))
        counted = [Countries(c, sum(1 for s in names if s.country == c)) for c in ("FR", "SE", "NO", None)]
        shares = [float(s.get("wave", {}).get("share", 1)) for s in stages]  # type: ignore[attr-defined]
        reach = [round(share * len(names)) for share in shares]
        waves = tuple(WaveShown(n + 1, f"{share:.0%} of the stores", reach[n], reach[n] - (reach[n - 1] if n else 0),
                                None if reach[n] else 0.081, "" if reach[n] else "This wave reaches no store.")
                      for n, share in enumerate(shares))
        return Audience("every store" if not selector else "stores of " + ", ".join([*countries, *sorted(tags)]),
                        len(names), 6 * len(names), tuple(c for c in counted if c.stores), tuple(names), tuple(out),
                        len(out), waves, 1, "" if names else "Nobody is in: no store has all of this.")

    def occurrences(
        self, when: str, first: date | None = None, last: date | None = None, *, store: str = "",
        time_zone: str = "", count: int = 10,
    ) -> OccurrencesShown:
        zone = time_zone or "Europe/Stockholm"
        if "25:00" in when or not when.strip():
            return OccurrencesShown(when, zone, zone, {}, (), (), "There is no 25:00; a day ends at 24:00.", 4)
        start = max(first or TODAY, TODAY)
        days = [start + DAY * n for n in range(30) if (start + DAY * n).weekday() < 6][:count]
        midnights = [datetime(d.year, d.month, d.day, tzinfo=UTC) for d in days if last is None or d <= last]
        times = tuple((at + timedelta(hours=9), at + timedelta(hours=16)) for at in midnights)
        return OccurrencesShown(when, "where most stores are (Europe/Stockholm)", zone,
                                {"en": _READING, "sv": "Måndagar till lördagar, 11.00 till 18.00",
                                 "fr": "Du lundi au samedi, de 11 h à 18 h"}, times,
                                ("No change of clock in these weeks.",))

    def conflicts(self, id_: str, content: Content) -> ConflictsShown:
        body: Any = content.get("body", {})
        tie = body.get("priority") == 45
        first = (NOW + DAY, NOW + DAY + timedelta(hours=4))
        in_ = self.audience({}).in_
        meetings = (
            MeetingShown("hq-late-fika", "Late fika", "tie" if tie else "under",
                         "Late fika has the same priority, 45, in 11 stores: one of the two needs another." if tie else
                         "Late fika beats it in 4 stores, weekdays 15:00 to 16:00. Priority 45 against 40.",
                         (Sense.LIGHT, Sense.MUSIC), ("Café", "Sales floor"), first, "on Friday 17 April", in_[:4], 4),
            MeetingShown("hq-window-night", "Windows at night", "over", "It beats Windows at night in 11 stores.",
                         (Sense.LIGHT,), ("Window",), first, "on Friday 17 April", in_[:11], 11))
        return ConflictsShown("One tie keeps it from being published." if tie else "It loses to one and wins over one.",
                              tie, 13, 4, meetings, (), 1, (), NOW)

    def places(self) -> list[PlaceShown]:
        zones = (("entrance", "Entrance", "entrance"), ("sales", "Sales floor", "sales-floor"),
                 ("cafe", "Café", "cafe"))
        return [PlaceShown("example:gotgatan", "A store like Götgatan", True, "Europe/Stockholm", zones),
                *(PlaceShown(id_, name, False, _ZONES_OF[country], zones) for id_, name, country, _, stand, _ in _STORES
                  if stand is not Stand.UNHEARD)]

    def preview(
        self, kind: str, id_: str, content: Content, place: str, day: date, *, full: bool = False,
    ) -> PreviewShown:
        found = next((each for each in self.places() if each.id == place), None)
        if found is None:
            raise NotFound(f"There is no store {place} to preview on.")
        room = Showroom()
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=2)
        segments = tuple(room.timeline(start, start + DAY))
        return PreviewShown(found, day, start, start + DAY, segments, segments, "It would feel different for 7 hours.",
                            ("Sales floor: light 60 → 72 %, 11:00 to 18:00.",), True,
                            (14.2, 15.1) if full else None, (120.0, 180.0) if full else None)

    def steer(self, id_: str, verb: str, reason: str, actor: Actor) -> OrderShown:
        self._need(actor, Person.APPROVER)
        after = {"advance": "running", "pause": "stopped", "resume": "running", "halt": "halted", "revive": "running"}
        if verb not in after:
            raise Refused(f"There is no {verb}.")
        if verb == "halt" and not reason.strip():
            raise Refused("Say why it is halted.")
        if id_ not in self._states:
            raise NotFound(f"There is no campaign {id_}.")
        self._states[id_] = after[verb]
        self.asked.append((verb, id_))
        return self._order(verb, actor, f"Done: {verb}.")

    def order(self, number: int) -> OrderShown:
        found = next((each for each in self.orders if each.number == number), None)
        if found is None:
            raise NotFound(f"There is no order {number}.")
        return found

    # ── fleet ───────────────────────────────────────────────────────────────────────

    def fleet(self, asked: FleetQuery = EVERY_STORE) -> FleetShown:
        rows = [row for row in self.stores() if set(asked.tags) <= set(row.tags)
                and asked.text.lower() in f"{row.id} {row.name} {row.digest} {' '.join(row.tags)}".lower()
                and asked.country in ("", row.country or "??")]
        shown = sorted((r for r in rows if asked.only in (None, r.stand)),
                       key=lambda r: (_ORDER.index(r.stand), r.name))
        countries = tuple(CountryLine(c, sum(1 for r in rows if r.country == c), tuple(
            (r.id, r.stand, r.devices) for r in rows if r.country == c)) for c in ("FR", "SE", "NO", None))
        return FleetShown(
            "6 of 14 stores run what they should. Three need a person.", len(_STORES),
            {stand.value: sum(1 for r in rows if r.stand is stand) for stand in Stand}, len(shown),
            tuple(shown[asked.offset:asked.offset + asked.limit]), tuple(c for c in countries if c.stores),
            self.choices().tags, (TagShown("0.4.0", "0.4.0", 12), TagShown("0.3.2", "0.3.2", 1)), self._revision, NOW)

    def stores(self) -> list[FleetStore]:
        return sorted((_store(n) for n in range(len(_STORES))), key=lambda store: store.name)

    def store(self, id_: str, actor: Actor) -> StoreDetail:
        row = next((each for each in self.stores() if each.id == id_), None)
        if row is None:
            raise NotFound(f"There is no store {id_}.")
        known = row.stand is not Stand.UNHEARD
        return StoreDetail(
            row, tuple(self.documents("campaign")[:2]) if known else (), NOW - timedelta(minutes=3) if known else None,
            "" if known else "It has not said yet what its plan is.",
            (("entrance", "Entrance", "entrance"), ("cafe", "Café", "cafe")) if known else (),
            tuple(each[:3] for each in _PROFILES) if known else (),
            (("minutes:30", "30 minutes"), ("next-change", "until the next change"), ("closing", "until closing")),
            (AskedShown(1, "Elsa", NOW - DAY, "Fika at the café, until closing", "done", "It does."),) if known else (),
            "Anna", NOW - 90 * DAY, known and actor.person.may(Person.EDITOR))

    def afar(self, id_: str) -> Overview:
        if self.store(id_, VERA).plan_at is None:
            raise Refused("This store has not said yet what its plan is.")
        return Showroom()

    def override(
        self, id_: str, zones: Sequence[str] | None, profile: str, end: str, actor: Actor,
    ) -> OrderShown:
        self._need(actor, Person.EDITOR)
        self.store(id_, actor)
        self.asked.append(("override", (id_, zones, profile, end)))
        return self._order("request", actor, "The store was asked.")

    def end_override(self, id_: str, zones: Sequence[str] | None, actor: Actor) -> OrderShown:
        self._need(actor, Person.EDITOR)
        self.store(id_, actor)
        self.asked.append(("end-override", (id_, zones)))
        return self._order("request", actor, "The store was asked.")

    # ── proof ───────────────────────────────────────────────────────────────────────

    def plays(self, asked: ReportQuery) -> PlayReport:
        lines = tuple(PlayLine("gotgatan", "Stockholm Götgatan", "SE", "cafe", "Café", "hq-linen", "Linen", title,
                               NOW - DAY, 3 + n, 180.0 * (3 + n)) for n, title in enumerate(("Våren", "Linne", "=Sol")))
        return PlayReport(asked, _COVERAGE, lines, len(lines), 12, 0.6)

    def scents(self, asked: ReportQuery) -> ScentReport:
        return ScentReport(asked, _COVERAGE, (ScentLine("gotgatan", "Stockholm Götgatan", "entrance", "Entrance",
                                                        "hq-fig-leaf", "Fig leaf", 31.5, 6.3),), 31.5)

    def campaigns(self, asked: ReportQuery) -> CampaignReport:
        lines = tuple(CampaignLine("hq-spring", "Spring in linen", s[0], s[1], 420, 420 - 30 * n, 20.0 * n, 10.0 * n,
                                   100 - 7.1 * n) for n, s in enumerate(_STORES[7:11]))
        total = replace(lines[0], store="", store_name="", planned_min=1680, kept_min=1500, overridden_min=120,
                        unknown_min=60, kept_pct=92.6)
        return CampaignReport(asked, _COVERAGE, (total,), lines)

    def quiet_hours(self, asked: ReportQuery) -> QuietReport:
        return QuietReport(asked, _COVERAGE, (
            QuietLine("hq-thursday-quiet", "Quiet Thursdays", "gotgatan", "Stockholm Götgatan", 4, 4, 100.0),
            QuietLine("hq-thursday-quiet", "Quiet Thursdays", "paris-marais", "Paris Marais", 4, 3, 96.5,
                      "On 9 April music was on for 4 minutes.")), 98.3)

    def csv(self, report: str, asked: ReportQuery) -> Iterator[str]:
        if report not in ("plays", "scents", "campaigns", "quiet-hours"):
            raise NotFound(f"There is no report {report}.")
        return iter(("Store,Zone,Title,Plays,Seconds\r\n", "Stockholm Götgatan,Café,Våren,3,540\r\n"))

    def record(self, asked: RecordQuery = NEWEST) -> RecordShown:
        newest = len(_RECORD)
        every = [RecordLine(number, NOW - timedelta(hours=9 * (newest - number)), by, kind, sentence, about, changes)
                 for number, by, kind, sentence, about, changes in reversed(_RECORD)]
        rows = [r for r in every if (asked.before is None or r.number < asked.before) and asked.by in ("", r.by)
                and asked.about in ("", r.about[1]) and asked.text.lower() in r.sentence.lower()
                and asked.kind in ("", r.kind.partition(".")[0]) and (asked.since is None or r.at >= asked.since)
                and (asked.until is None or r.at < asked.until)]
        page = tuple(rows[:asked.limit])
        people, kinds = {r.by for r in every}, {r.kind.partition(".")[0] for r in every}
        older = page[-1].number if len(rows) > len(page) else None
        return RecordShown(page, older, tuple(sorted(people)), tuple(sorted(kinds)))

    # ── within ──────────────────────────────────────────────────────────────────────

    def _need(self, actor: Actor, person: Person) -> None:
        if not actor.person.may(person):
            raise Forbidden(f"This takes {person.value}s or more, and you are here as {actor.person.value}.")

    def _keep(self, kind: Any, id_: str, name: str, state: str, by: Actor, content: Content, revision: int,
              before: tuple[str, ...] = ()) -> None:
        line = DraftLine(kind, id_, name, state, _STATE_WORDS[state], by.name, NOW, revision)
        kept = json.loads(json.dumps(dict(content)))
        self._drafts[kind, id_] = (line, kept, tuple(dict.fromkeys((*before, by.name))), "", "")
        self.touch()

    def _have(self, kind: str, id_: str, seen: int) -> tuple[DraftLine, Content, tuple[str, ...], str, str]:
        found = self._drafts.get((kind, id_))
        if found is None:
            raise NotFound(f"There is no draft of the {kind} {id_}.")
        if found[0].revision != seen:
            raise Conflict("Somebody else has changed this draft. Look at it again.")
        return found

    def _to(self, kind: str, id_: str, state: str, words: str, *, reviewer: str = "", note: str = "") -> None:
        line, content, authors, _, _ = self._drafts[kind, id_]
        line = replace(line, state=state, words=words, revision=line.revision + 1)
        self._drafts[kind, id_] = (line, content, authors, reviewer, note)
        self.touch()

    def _shown(self, kind: str, id_: str, actor: Actor) -> DraftShown:
        line, content, authors, reviewer, note = self._drafts[kind, id_]
        may = ["save", "discard"] if actor.person.may(Person.EDITOR) else []
        problems = self.check(kind, id_, content)
        if may and line.state != "review" and not problems:
            may.append("submit")
        why_not = ""
        if line.state == "review" and actor.person.may(Person.APPROVER):
            may.append("return")
            if actor.name in authors:
                why_not = "You have written in this draft; a second person has to approve it."
            else:
                may.append("approve")
        return DraftShown(line, content, problems, authors, reviewer, note, tuple(may), why_not)

    def _order(self, verb: str, actor: Actor, sentence: str) -> OrderShown:
        made = OrderShown(len(self.orders) + 1, verb, actor.name, NOW, "done", sentence, 3_000_005)
        self.orders.append(made)
        self.touch()
        return made

    def _document(self, kind: str, id_: str) -> DocumentLine:
        found = next((d for d in self.documents(gone=True) if (d.kind, d.id) == (kind, id_)), None)
        if found is None:
            raise NotFound(f"There is no {kind} {id_}.")
        return found

    def _content(self, kind: str, id_: str) -> Content:
        if kind == "campaign":
            return campaign_content(id_)
        name = self._document(kind, id_).name
        if kind == "profile":
            return {"body": {"id": id_, "name": name, "says": "light, airy", "scene": {
                "light": {"on": True, "roles": {"ambient": {"brightness_pct": 72, "kelvin": 3200}}},
                "music": {"on": True, "volume_pct": 40, "source": "hq-linen"},
                "scent": {"on": True, "fragrance": "hq-fig-leaf", "intensity_pct": 30}}}, "selector": {}, "note": ""}
        return {"body": {"id": id_, "name": name}, "selector": {}, "note": ""}

    def _rollout(self, id_: str, state: str, actor: Actor) -> RolloutShown:
        verbs = {"running": ("pause", "halt"), "asking": ("advance", "halt"), "stopped": ("resume", "halt"),
                 "done": ("halt",), "halted": ("revive",)}[state]
        stages = tuple(StageShown(n + 1, words, _stage_state(n, state), _stage_sentence(n, state), stores, reported,
                                  failed, stores - reported - failed, over, 0, NOW - DAY * (2 - n),
                                  NOW + timedelta(hours=n), NOW + DAY, n == 1, ("Lille Grand’Place",) if failed else ())
                       for n, (words, stores, reported, failed, over) in enumerate(_WAVES[state]))
        return RolloutShown(id_, 3_000_004, 4, state, _LEADS[state], stages,
                            ("more than 4 % of the stores failed or stayed silent",
                             "in more than 20 % staff chose something else", "more than 5 % had complaints"),
                            verbs if actor.person.may(Person.APPROVER) else (), 6, NOW)


_STAGES: list[dict[str, object]] = [
    {"wave": {"share": 0.05}, "soak_min": 60}, {"wave": {"share": 0.25}, "soak_min": 1440, "by_hand": True},
    {"wave": {"share": 1.0}, "soak_min": 60}]
_READING = "From 13 April to 2 May, Mondays to Saturdays, 11:00 to 18:00 in each store’s own time. Never on a holiday."
_STATE_WORDS = {"draft": "draft", "review": "waits for a review", "returned": "returned", "running": "on its way",
                "asking": "waits for a person", "stopped": "stopped by itself", "done": "everywhere",
                "halted": "halted"}
_LEADS = {"running": "Version 4, wave 2 of 3 is on its way: 5 of 8 stores run it, 2 are pending, 1 failed.",
          "asking": "Wave 2 of 3 has passed; a person lets the next wave begin.",
          "stopped": "It stopped by itself: 3 of 8 stores had staff choose something else: 37.5 %, and 20 % is the "
                     "most.",
          "done": "Every wave has passed: all 13 stores run it.",
          "halted": "It is withdrawn everywhere. Johan Ek halted it: wrong price in the window.",
          "draft": "A draft by Elsa.", "review": "It waits for a review by a second person."}
#: Words, stores, reported, failed, overrides of each wave.
_WAVES = {
    "running": (("5 % of the stores", 1, 1, 0, 0), ("50 % of the stores", 8, 5, 1, 1), ("every store", 13, 0, 0, 0)),
    "stopped": (("5 % of the stores", 1, 1, 0, 0), ("50 % of the stores", 8, 8, 0, 3), ("every store", 13, 0, 0, 0)),
    "asking": (("5 % of the stores", 1, 1, 0, 0), ("50 % of the stores", 8, 8, 0, 0), ("every store", 13, 0, 0, 0)),
    "done": (("5 % of the stores", 1, 1, 0, 0), ("50 % of the stores", 8, 8, 0, 0), ("every store", 13, 13, 0, 1)),
    "halted": (("5 % of the stores", 1, 1, 0, 0), ("50 % of the stores", 8, 7, 0, 0), ("every store", 13, 0, 0, 0)),
}
_COVERAGE = Coverage("Journals of 12 of 13 stores are complete to the end.", 13, ("Lille Grand’Place",))
_RECORD = (
    (1, "Anna", "store.enrolled", "Anna enrolled the store Stockholm Götgatan.", ("store", "gotgatan"), ()),
    (2, "Margaux Petit", "draft.saved", "Margaux Petit changed the draft of the campaign Spring in linen.",
     ("campaign", "hq-spring"), (("priority", "50", "40"), ("last day", "9 May", "2 May"))),
    (3, "Margaux Petit", "draft.submitted", "Margaux Petit asked for a review of the campaign Spring in linen.",
     ("campaign", "hq-spring"), ()),
    (4, "Johan Ek", "document.published", "Johan Ek approved version 4 of the campaign Spring in linen.",
     ("campaign", "hq-spring"), ()),
    (5, "sinne", "rollout.stopped", "Late fika stopped by itself: 3 of 8 stores had staff choose something else.",
     ("campaign", "hq-late-fika"), ()),
    (6, "Johan Ek", "campaign.halted", "Johan Ek halted the campaign Launch everywhere: wrong price in the window.",
     ("campaign", "hq-launch"), ()),
)


def campaign_content(id_: str) -> dict[str, object]:
    """A campaign as a draft has it."""
    _, name, first, last, when, _, priority, profile = next(
        (each for each in _CAMPAIGNS if each[0] == id_),
        (id_, id_, TODAY, TODAY + 7 * DAY, "opening..closing", "", 50, 0))
    return {"body": {"id": id_, "name": name, "when": when, "first": first.isoformat(), "last": last.isoformat(),
                     "priority": priority, "profile": _PROFILES[profile][0]},
            "selector": {"countries": ["SE", "FR"]}, "stages": _STAGES, "thresholds": {}, "note": "as agreed"}


def _store(n: int) -> FleetStore:
    id_, name, country, tags, stand, why = _STORES[n]
    heard = stand is not Stand.UNHEARD
    behind = stand in (Stand.WAITING, Stand.LAGGING, Stand.OFFLINE)
    lag_s = {Stand.WAITING: 40.0, Stand.LAGGING: 2400.0, Stand.OFFLINE: 5400.0}.get(stand, 0.0)
    devices = 0 if not heard else 38 + 7 * n
    return FleetStore(
        id_, name, country, _ZONES_OF[country], tags, stand, _WORDS[stand], (why,) if why else (),
        ("7be0114d" if behind else "a41f9c2e") * 8 if heard else "",
        ("7be0" if behind else "a41f") * 16 if heard else "",
        "a41f" * 16 if behind else "", ("3.16" if behind else "3.17") if heard else "", lag_s,
        f"{lag_s / 60:.0f} min" if lag_s else "", "0.4.0" if heard and n else "0.3.2" if heard else "",
        None if not heard else stand is not Stand.OFFLINE,
        None if not heard else NOW - timedelta(hours=31 if stand is Stand.OFFLINE else 0, seconds=20 + n),
        "" if not heard else "31 hours ago" if stand is Stand.OFFLINE else "just now", devices,
        devices - (1 if stand is Stand.ALARM else 0), 1 if stand is Stand.ALARM and devices else 0, 0,
        340 if stand is Stand.OFFLINE else 0)


def _line(kind: Any, id_: str, name: str, editions: int) -> DocumentLine:
    return DocumentLine(kind, id_, name, 3_000_000 + editions, editions, NOW - timedelta(days=6 - editions),
                        "Margaux Petit", "Johan Ek", "as agreed", False, "stores of France and Sweden", 11)


def _editions(line: DocumentLine) -> tuple[DocumentLine, ...]:
    return tuple(replace(line, version=3_000_000 + n, edition=n, at=NOW - timedelta(days=6 - n))
                 for n in range(line.edition, 0, -1))


def _date(text: Any) -> Any:
    return None if not text else date.fromisoformat(str(text))


def _stage_state(n: int, state: str) -> str:
    if state == "done" or n == 0:
        return "passed"
    return "to-come" if n == 2 else state


def _stage_sentence(n: int, state: str) -> str:
    return "It has passed." if _stage_state(n, state) == "passed" else "" if n == 2 else _LEADS[state]
