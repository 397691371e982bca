"""`HqCampaigns`: planning campaigns, and their way to the stores. The door `doors.Campaigns`, opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from controller.choosing import needs
from controller.errors import NotFound, Refused
from controller.hq import checking
from controller.hq.audience import audience_of
from controller.hq.bars import Barred, bar_of, campaign_body, profiles_in, quiet_bar, read_words, touches
from controller.hq.documents import Kind, Selector
from controller.hq.drafting import Read, checked_content, checked_id, checked_kind, checked_note, kept_of, name_of, read
from controller.hq.library import HqLibrary, editions
from controller.hq.meetings import conflicts_shown
from controller.hq.occurring import occurrences_shown
from controller.hq.previewing import Previewing
from controller.hq.rolled import Sight, at_once, rollout_shown
from controller.hq.rolling import KINDS, audience, reached, seen
from controller.hq.rolling_state import rollout_of
from controller.hq.rollout import Stage
from controller.hq.room import Look, list_names, must_have, order_shown, published, selected
from controller.hq.shapes import (
    Audience,
    Choices,
    ConflictsShown,
    DraftShown,
    OccurrencesShown,
    OrderShown,
    PlaceShown,
    PreviewShown,
    TagShown,
)
from controller.hq.shapes_campaigns import CalendarShown, CampaignShown, RolloutShown
from controller.hq.usual import store_in, usual_store
from controller.ports import Actor
from profiles.limits import Person
from profiles.overlay import Campaign
from profiles.text import t

_MOST_SPAN = timedelta(days=2 * 366)
_VERBS = ("advance", "pause", "resume", "halt", "revive")
#: A journal's clock may be a little ahead.
_AHEAD = timedelta(days=2)


class HqCampaigns(HqLibrary):
    """Campaigns in HQ's memory."""

    def calendar(self, first: date, last: date, actor: Actor) -> CalendarShown:
        """The campaigns that touch these dates. Raises Refused."""
        if not first <= last <= first + _MOST_SPAN:
            raise Refused(t("The calendar goes from an earlier day to a later one, over two years at most."))
        look = self.room.look()
        usual = usual_store(look.rows, self.facts)
        profiles = profiles_in([each.document for each in look.force.newest.values()])
        may = actor.person.may(Person.EDITOR)
        bars = [bar_of(each, profiles, usual) for each in self._barred(look, may) if touches(each.body, first, last)]
        quiet = [quiet_bar(each, usual, (first, last), self._count(each.selector, look))
                 for each in look.force.documents]
        return CalendarShown(first, last, self.room.now().astimezone(usual.place.tz).date(),
                             tuple(sorted(bars, key=lambda bar: (bar.first or date.min, bar.name.casefold(), bar.id))),
                             tuple(each for each in quiet if each is not None))

    def campaign(self, id_: str, actor: Actor) -> CampaignShown:
        """One with all there is of it. Raises NotFound."""
        draft = self.shown_draft("campaign", id_, actor)
        look = self.room.fresh()
        versions = self.room.papers.versions("campaign", id_)
        live = published(look.force, "campaign", id_)
        if draft is None and not versions:
            raise NotFound(t("There is no campaign {id}.", id=id_[:63]))
        content = self.content("campaign", id_) if live is not None else {} if draft is None else draft.content
        lines = self.version_lines(versions, look)
        rollout = None if live is None else self._rollout(id_, look, actor)
        found, _ = read("campaign", id_, content) if content else (None, ())
        name = lines[0].name if lines else name_of(id_, content)
        usual = usual_store(look.rows, self.facts)
        body = dict(_body(content))
        profile = profiles_in(look.force.documents).get(str(body.get("profile", "")))
        selector, stages = (Selector(), ()) if found is None else (found.said.selector, found.said.stages)
        return CampaignShown(
            id_, name, _lead(draft, rollout), lines[0] if lines else None, lines, content, draft, rollout,
            self._audience(selector, id_, stages, look), read_words(str(body.get("when", "")), usual),
            str(body.get("profile", "")) if profile is None else profile.name, self._waiting(id_))

    def move(self, id_: str, first: date | None, last: date | None, seen: int, actor: Actor) -> DraftShown:
        """Other dates, kept as a draft. Raises Forbidden, NotFound, Refused, Conflict."""
        needs(actor, Person.EDITOR)
        if first is not None and last is not None and first > last:
            raise Refused(t("The first day is after the last."))
        draft = self.shown_draft("campaign", id_, actor)
        content = dict(self.draft("campaign", id_, actor).content if draft is None else draft.content)
        body = {**_body(content), "first": None if first is None else first.isoformat(),
                "last": None if last is None else last.isoformat()}
        return self.save("campaign", id_, {**content, "body": body}, seen, actor)

    def choices(self) -> Choices:
        """What selectors and campaigns can name."""
        look = self.room.look()
        places = [row.standing.place for row in look.rows if row.standing is not None and row.standing.place]
        countries = Counter(place.country for place in places if place.country)
        tags = Counter(tag for place in places for tag in place.tags)
        lists = [TagShown(id_, name, len(look.force.lists[id_])) for id_, name in list_names(look.force).items()]
        profiles = [(each.id, each.name, each.says) for each in profiles_in(look.force.documents).values()]
        return Choices(
            tuple(TagShown(each, each, count) for each, count in sorted(countries.items())),
            tuple(TagShown(each, each, count) for each, count in sorted(tags.items())),
            tuple(sorted(lists, key=lambda each: each.name.casefold())),
            tuple(sorted(profiles, key=lambda each: each[1].casefold())),
            tuple(sorted({place.time_zone for place in places})))

    def audience(
        self, selector: Mapping[str, object], campaign: str = "", stages: Sequence[Mapping[str, object]] = (),
    ) -> Audience:
        """Who is in, and how far each wave goes. Raises Refused."""
        found, problems = read("store-list", "hq-nobody", {
            "body": {"name": "-", "stores": []}, "selector": dict(selector)})
        said, more = read("campaign", "hq-nobody", {"body": {"name": "-", "when": "00:00-24:00", "profile": "x"},
                                                    "stages": [dict(each) for each in stages]})
        if found is None or said is None:
            raise Refused("\n".join(f"{each.field}: {each.sentence}" for each in (*problems, *more)))
        return self._audience(found.said.selector, campaign, said.said.stages, self.room.fresh())

    def occurrences(
        self, when: str, first: date | None = None, last: date | None = None, *, store: str = "",
        time_zone: str = "", count: int = 10,
    ) -> OccurrencesShown:
        """A time expression in words with its next times. Raises NotFound, Refused."""
        look = self.room.look()
        if store:
            facts = self.facts.of([row for row in look.rows if row.store == store])
            if store not in facts:
                raise NotFound(t("HQ has seen no plan of a store {store}.", store=store[:63]))
            place, where = facts[store].store, t("in {store}", store=facts[store].store.name)
        elif time_zone:
            place, where = store_in(time_zone, look.rows), t("in {zone}", zone=time_zone)
        else:
            place = usual_store(look.rows, self.facts)
            where = t("where most stores are ({zone})", zone=place.timezone)
        return occurrences_shown(when, place, where, self.room.now(), first=first, last=last, count=count)

    def conflicts(self, id_: str, content: Mapping[str, object]) -> ConflictsShown:
        """What a campaign of this content would meet. Raises Refused."""
        found = self._readable("campaign", id_, content)
        look = self.room.fresh()
        rows = [row for row in look.rows if row.standing is not None
                and selected(found.said.selector, row, look.force.lists)]
        if not isinstance(found.body, Campaign):
            raise Refused(t("Only campaigns meet each other."))
        return conflicts_shown(found.body, checking.met(found, look, self.facts, self.room), rows,
                               usual_store(look.rows, self.facts), self.room.now())

    def places(self) -> list[PlaceShown]:
        """Where something can be previewed."""
        return Previewing(self.room, self.facts).places()

    def preview(
        self, kind: Kind, id_: str, content: Mapping[str, object], place: str, day: date, *, full: bool = False,
    ) -> PreviewShown:
        """A day of a store before and after. Raises NotFound, Refused."""
        found = self._readable(checked_kind(kind), id_, content)
        return Previewing(self.room, self.facts).preview(found, place, day, full=full)

    def steer(self, id_: str, verb: str, reason: str, actor: Actor) -> OrderShown:
        """What a person decides about a rollout. Raises Forbidden, NotFound, Refused."""
        needs(actor, Person.APPROVER)
        if verb not in _VERBS:
            raise NotFound(t("A campaign cannot be told to {verb}; there are {verbs}.", verb=repr(verb[:40]),
                             verbs=", ".join(_VERBS)))
        reason = checked_note(reason)
        if verb == "halt" and not reason:
            raise Refused(t("Say why it is halted: stores, and whoever is called, will ask."))
        must_have(self.room.fresh().force, "campaign", id_)
        return self.room.order(verb, {"campaign": id_, "reason": reason}, actor, {
            "kind": "campaign", "id": id_, "reason": reason})

    def order(self, number: int) -> OrderShown:
        """What became of an order. Raises NotFound."""
        found = self.room.papers.order(number) if 0 < number < 2**53 else None
        if found is None:
            raise NotFound(t("There is no order {number}.", number=number))
        return order_shown(found)

    # ── within ──────────────────────────────────────────────────────────────────────

    def _readable(self, kind: Kind, id_: str, content: Mapping[str, object]) -> Read:
        found, problems = read(kind, checked_id(id_), checked_content(content))
        if found is None:
            raise Refused("\n".join(f"{each.field}: {each.sentence}" for each in problems))
        return found

    def _barred(self, look: Look, may: bool) -> list[Barred]:
        """Campaigns that are published, and drafts; a draft of one that is published stands in its place."""
        states = {row.campaign: row.state for row in self.room.papers.rollouts()}
        found = {}
        for (kind, id_), each in look.force.newest.items():
            if kind == "campaign" and isinstance(each.document.body, Campaign):
                state = "halted" if look.force.is_halted(id_) else states.get(id_, "published")
                found[id_] = Barred(id_, each.document.body.name, campaign_body(each.document.body), state,
                                    self._count(each.document.selector, look), may, None)
        for draft in self.room.papers.drafts("campaign"):
            if not self._is_out(draft):
                content = kept_of(draft).content
                said, _ = read("campaign", draft.id, content)
                count = 0 if said is None else self._count(said.said.selector, look)
                found[draft.id] = Barred(draft.id, name_of(draft.id, content), _body(content), draft.state, count, may,
                                         draft.revision)
        return list(found.values())

    def _count(self, selector: Selector, look: Look) -> int:
        return sum(row.standing is not None and selected(selector, row, look.force.lists) for row in look.rows)

    def _audience(self, selector: Selector, id_: str, stages: Sequence[Stage], look: Look) -> Audience:
        facts = self.facts.of(look.rows)
        return audience_of(selector, look.rows, look.force.lists, list_names(look.force), campaign=id_, stages=stages,
                           zones=lambda store: len(facts[store].zones) if store in facts else 0)

    def _rollout(self, id_: str, look: Look, actor: Actor) -> RolloutShown:
        """How far it is, from what stores have said by now."""
        each = look.force.newest["campaign", id_]
        edition = editions(self.room.papers.versions("campaign", id_)).get(each.document.version, 1)
        may = actor.person.may(Person.APPROVER)
        row = self.room.papers.rollout(id_)
        if row is None:
            return at_once(each.document, edition, look.rows, look.force, may=may)
        rollout = rollout_of(row)
        chosen = reached(id_, rollout.wave, audience(each.document.selector, look.rows, look.force.lists),
                         look.force.lists)
        lines = [] if self.room.proof is None else self.room.proof.lines(
            rollout.since, self.room.now() + _AHEAD, stores=[one.store for one in chosen], kinds=KINDS)
        said = seen(each.document, rollout, look.rows, look.force, lines)
        return rollout_shown(row, edition, Sight(each.document, look.rows, look.force, said), may=may)

    def _waiting(self, id_: str) -> tuple[OrderShown, ...]:
        return tuple(order_shown(each) for each in self.room.papers.open_orders()
                     if id_ in (each.body.get("campaign"), each.body.get("id")))


def _body(content: Mapping[str, object]) -> Mapping[str, object]:
    body = content.get("body")
    return body if isinstance(body, Mapping) else {}


def _lead(draft: DraftShown | None, rollout: RolloutShown | None) -> str:
    """The sentence over the page."""
    if rollout is None:
        return t("It was deleted.") if draft is None else t("A draft by {author}: {words}.", author=draft.line.author,
                                                            words=draft.line.words)
    return rollout.sentence if draft is None else t("{sentence} There is a draft of it: {words}.",
                                                    sentence=rollout.sentence, words=draft.line.words)
