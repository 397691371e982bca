"""What `up/plan` says is read back as it was, and nothing hostile gets further than a sentence."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.errors import Refused
from controller.hq import reporting
from controller.hq.reporting import plan_of, plan_payload
from profiles.plan import Live, Override, Stop
from profiles.planfile import plan_from_document
from profiles.scene import Scene
from tests.controller.shop import DOCUMENT, NOW

PLAN = plan_from_document(DOCUMENT)
LIVE = Live(
    overrides=(Override(id="o-1", press="p-1", zone="sales", name="Åre · evening", scene=Scene(), start=NOW,
                        end=NOW + timedelta(hours=1), by="Elin"),),
    stops=(Stop(id="s-1", by="Elin", reason="drill", since=NOW),))


def parts(**changed):
    return json.dumps({**json.loads(plan_payload(PLAN, LIVE, NOW)), **changed}).encode()


def packed(raw):
    return base64.b64encode(zlib.compress(raw)).decode()


def test_what_a_store_reports_is_read_as_it_was():
    plan, live, at = plan_of(plan_payload(PLAN, LIVE, NOW))
    assert (plan.digest, live, at) == (PLAN.digest, LIVE, NOW)


def test_the_digest_that_is_sent_is_the_plans():
    assert json.loads(plan_payload(PLAN, Live(), NOW))["digest"] == PLAN.digest


def test_what_a_newer_store_says_beyond_is_left_aside():
    document = PLAN.model_dump(mode="json") | {"aura": 7}
    raw = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(raw).hexdigest()
    plan, _, _ = plan_of(parts(plan=packed(raw), digest=digest, mood="good"))
    assert plan.digest == PLAN.digest


def test_a_bomb_is_refused_before_it_unfolds():
    bomb = packed(b" " * (reporting.MOST_PLAN_BYTES + 1))
    assert len(bomb) < 100_000
    with pytest.raises(Refused, match="would have more than 33,554,432 bytes"):
        plan_of(parts(plan=bomb))
    with pytest.raises(Refused, match="would have more than 8,388,608 bytes"):
        plan_of(parts(live=packed(b" " * (reporting.MOST_LIVE_BYTES + 1))))


def test_a_plan_that_is_not_the_one_of_its_digest_is_refused():
    with pytest.raises(Refused, match="its digest is another"):
        plan_of(parts(digest="0" * 64))


@pytest.mark.parametrize(("changed", "words"), [
    ({"plan": "?"}, "base64 of zlib"), ({"plan": base64.b64encode(b"plain").decode()}, "base64 of zlib"),
    ({"live": base64.b64encode(zlib.compress(b"{}" * 90)[:-6]).decode()}, "choices is cut off"),
    ({"live": packed(b'{"overrides": 7}')}, "choices cannot be read at overrides"),
    ({"at": "yesterday"}, "cannot be read at at"), ({"digest": 7}, "cannot be read at digest"),
])
def test_what_is_damaged_is_refused_with_its_place(changed, words):
    with pytest.raises(Refused, match=words):
        plan_of(parts(**changed))


@given(st.binary(max_size=80) | st.sampled_from([b"[]", b"7", b"{}", b"null", b"[" * 5000, b"x" * (1 << 20) + b"x"]))
def test_whatever_comes_is_one_sentence(payload):
    with pytest.raises(Refused) as refusal:
        plan_of(payload)
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


def test_a_plan_that_does_not_fit_into_a_packet_says_so():
    noise = tuple(Stop(id=f"s-{number}", by=_noise(number), reason=_noise(-number), since=NOW)
                  for number in range(9_000))
    with pytest.raises(Refused, match="HQ cannot be shown it"):
        plan_payload(PLAN, Live(stops=noise), NOW)


def _noise(number):
    return base64.b64encode(hashlib.sha512(str(number).encode()).digest()).decode()[:80]
