"""`sinne bench conflicts`: what one campaign meets in very many stores, beside looking at each store by itself.

Semantics, rule 28. Ours: `controller.hq.conflicts` on the facts of all stores, of which those that are alike are looked
at once. Beside it the same question, asked of a part of the same stores one at a time, so that nothing is shared: what
it costs a store is compared with what it costs a store of ours. Both answers are the same, which is checked. Seconds
are of the processor: it only computes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime

from controller.cli.benches.figures import Figure, medians
from controller.crowd.kinds import kind_plan, store_of
from controller.errors import Unavailable
from controller.hq.conflicts import Conflicts, StoreFacts, conflicts, facts_of
from controller.hq.documents import Document, Selector
from profiles.overlay import Campaign
from profiles.profile import Profile
from profiles.scene import Scene

SINCE = datetime(2026, 11, 2, tzinfo=UTC)
#: Campaigns in force beside the one that is asked about, in three countries or everywhere.
_OTHERS = 12
_LONG_AGO, _FAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC)
_COUNTRIES = (("SE", "NO", "DK"), ("DE", "FR", "ES"), ("GB", "US", "JP"), ())


def measure_conflicts(n: int, kinds: int, alone: int, runs: int) -> list[Figure]:
    """The figures of `n` stores of so many kinds, beside `alone` of them one at a time. Raises Unavailable."""
    facts = all_facts(n, kinds)
    some = facts[:: max(1, n // alone)][:alone]
    documents, campaign = in_force(), asked()
    whole: list[float] = []
    each: list[float] = []
    singly: list[float] = []
    for _ in range(runs):
        began = time.process_time()
        found = conflicts(campaign, Selector(), facts, documents, SINCE)
        whole.append(time.process_time() - began)
        each.append(1000 * whole[-1] / n)
        began = time.process_time()
        one_by_one = [conflicts(campaign, Selector(), (store,), documents, SINCE) for store in some]
        singly.append(1000 * (time.process_time() - began) / len(some))
        _agree(found, some, one_by_one)
    name = f"{len(some)} of them one at a time"
    return [
        medians("conflicts: a store", n, "ms", each, (name, singly)),
        medians("conflicts", n, "s", whole, (f"{name}, in all", [len(some) * ms / 1000 for ms in singly])),
    ]


def all_facts(n: int, kinds: int) -> list[StoreFacts]:
    """What has to be known of each store. Every fifth has a campaign of its own."""
    found = []
    for number in range(n):
        place, kind = store_of(number, kinds, "bench")
        local = kind_plan(kind).changed(store=place)
        if kind % 5 == 0:
            local = local.changed(campaigns=(Campaign(
                id="own", name="Own", when="Th 16:00-closing", profile="calm", priority=40),))
        found.append(facts_of(local))
    return found


def asked() -> Campaign:
    """The campaign that is asked about: eight weeks before Christmas."""
    return Campaign(id="hq-asked", name="Asked", when="Mo-Su 12:00-18:00", profile="hq-mood", priority=60,
                    first=date(2026, 11, 2), last=date(2026, 12, 27))


def in_force() -> tuple[Document, ...]:
    """The others: every weekday and part of the day, above, below and equal in priority, and their profile."""
    mood = Profile(id="hq-mood", name="Mood", scene=Scene.model_validate({"light": {"brightness_pct": 40}}))
    days = ("Mo", "Tu", "We", "Th", "Fr", "Sa")
    made = [_document("profile", "hq-mood", mood, Selector())]
    for number in range(_OTHERS):
        campaign = Campaign(
            id=f"hq-other-{number}", name=f"Other {number}", profile="hq-mood", priority=(50, 60, 70)[number % 3],
            when=f"{days[number % 6]} {10 + number % 7}:00-{12 + number % 7}:00", first=date(2026, 10, 1 + number),
            last=date(2026, 12, 1 + number))
        made.append(_document("campaign", campaign.id, campaign, Selector(countries=_COUNTRIES[number % 4])))
    return tuple(made)


def _document(kind: str, name: str, body: object, selector: Selector) -> Document:
    return Document.model_validate({"organisation": "bench", "kind": kind, "id": name, "version": 1,
                                    "selector": selector, "not_before": _LONG_AGO, "expires": _FAR, "body": body})


def _agree(whole: Conflicts, some: Sequence[StoreFacts], one_by_one: Sequence[Conflicts]) -> None:
    """Whether each store was told of the same meetings both ways."""
    for facts, alone in zip(some, one_by_one, strict=True):
        here = {(met.campaign, met.relation, met.senses) for met in whole.meetings if facts.store.id in met.stores}
        if here != {(met.campaign, met.relation, met.senses) for met in alone.meetings}:
            raise Unavailable(f"{facts.store.id} meets other campaigns alone than among all: this is no measurement.")
