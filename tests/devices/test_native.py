"""The native dialect beyond its golden payloads: stamps, momentary commands, other kinds, and the stop document."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.device import Capability, Device, Kind
from devices.dialects.base import Contact, Described, Malformed, Order, Reported
from devices.dialects.native import Native, desired_filter, read_stamp
from devices.messages import Message
from devices.stop import SENSES, StopDocument, StopEntry, decode_stop, encode_stop

NATIVE = Native()
EIGHT = datetime(2026, 11, 21, 8, tzinfo=UTC)


def device(kind, capability=None, ident="thing"):
    return Device(ident, "malmo", kind, "native", ident, ("entrance",), capability=capability or Capability())


def heard(kind, leaf, document, retain=False):
    return NATIVE.decode(
        device(kind), Message(f"sinne/v1/malmo/dev/thing/{leaf}", json.dumps(document).encode(), retain=retain)
    )


def test_subscriptions_are_three_for_a_whole_store():
    everything = {
        pattern for n in range(200) for pattern in NATIVE.subscriptions(device(Kind.LIGHT, ident=f"lamp-{n}"))
    }
    assert everything == {f"sinne/v1/malmo/dev/+/{leaf}" for leaf in ("reported", "meta", "avail")}


@pytest.mark.parametrize("address", ["", "Lamp", "a/b", "+", "#", "$SYS", "-a", "a" * 64])
def test_an_address_that_could_leave_its_topic_is_refused(address):
    with pytest.raises(ValueError, match="is not an id"):
        NATIVE.check_address(address)


def test_a_player_reports_what_it_plays_as_hostile_text():
    events = heard(
        Kind.PLAYER,
        "reported",
        {
            "epoch": 1,
            "applied_rev": 2,
            "status": "applied",
            "state": {
                "on": True,
                "volume_pct": 35,
                "source": "calm-morning",
                "title": "<b>Sång\u202e</b>",
                "artist": "A" * 500,
                "isrc": "SEABC2600001",
                "elapsed_s": 12.5,
                "queue": ["x"],
                "Ünknown key": 1,
            },
        },
    )
    (report,) = events
    assert isinstance(report, Reported)
    assert report.state == {"on": True, "volume_pct": 35.0, "source": "calm-morning"}
    assert report.extra == {
        "title": "<b>Sång</b>",
        "artist": "A" * 119 + "…",
        "isrc": "SEABC2600001",
        "elapsed_s": 12.5,
    }


def test_extras_are_few():
    (report,) = heard(Kind.DIFFUSER, "reported", {"state": {f"k{n}": n for n in range(1000)}})
    assert isinstance(report, Reported)
    assert len(report.extra) == 16


def test_a_contact_says_whether_it_is_active():
    assert heard(Kind.CONTACT, "reported", {"state": {"active": True}}) == (Contact("thing", True, fresh=True),)
    assert heard(Kind.CONTACT, "reported", {"state": {"active": False}}, retain=True) == (
        Contact("thing", False, fresh=False),
    )
    for state in ({}, {"active": None}):
        with pytest.raises(Malformed, match="no active"):
            heard(Kind.CONTACT, "reported", {"state": state})


def test_a_contact_takes_no_orders():
    assert NATIVE.encode(device(Kind.CONTACT), Order(1, 1, {"on": True}, 0, ("entrance",), "", "")) == ()


def test_a_diffuser_describes_its_fragrances_and_levels():
    (described,) = heard(
        Kind.DIFFUSER,
        "meta",
        {
            "kind": "diffuser",
            "capabilities": ["on", "fragrance", "intensity"],
            "levels": {"intensity": 10},
            "limits": {"max_pct": 75},
            "fragrances": ["linen", "cedar"],
        },
    )
    assert isinstance(described, Described)
    assert described.capability.fragrances == ("linen", "cedar")
    scented = device(Kind.DIFFUSER, described.capability)
    assert NATIVE.quantise(scented, {"on": True, "fragrance": "linen", "intensity_pct": 99}) == {
        "on": True,
        "fragrance": "linen",
        "intensity_pct": 70.0,
    }


def test_a_player_describes_its_sources_and_volume_steps():
    (described,) = heard(
        Kind.PLAYER,
        "meta",
        {
            "kind": "player",
            "capabilities": ["on", "volume", "source", "fade"],
            "levels": {"volume": 30},
            "sources": ["calm"],
        },
    )
    assert isinstance(described, Described)
    assert described.capability.sources == ("calm",)
    player = device(Kind.PLAYER, described.capability)
    wanted = NATIVE.quantise(player, {"on": True, "volume_pct": 35, "source": "calm"})
    assert wanted["volume_pct"] == round(11 * 100 / 30, 4)
    assert NATIVE.agrees(player, wanted, {"on": True, "volume_pct": 36.7, "source": "calm"})
    assert not NATIVE.agrees(player, wanted, {"on": True, "volume_pct": 33.3, "source": "calm"})


def test_identify_is_momentary_and_says_when_it_ends_to_be_worth_anything():
    two_oclock = timezone(timedelta(hours=2))
    (message,) = NATIVE.identify(device(Kind.LIGHT), "c-17", EIGHT.astimezone(two_oclock))
    assert (message.topic, message.qos, message.retain, message.expiry_s) == (
        "sinne/v1/malmo/dev/thing/cmd",
        0,
        False,
        10,
    )
    assert json.loads(message.payload) == {
        "id": "c-17",
        "op": "identify",
        "issued": "2026-11-21T08:00:00.000Z",
        "ttl_s": 10,
    }
    with pytest.raises(ValueError, match="no time zone"):
        NATIVE.identify(device(Kind.LIGHT), "c-17", EIGHT.replace(tzinfo=None))


def test_an_order_sent_twice_is_the_same_bytes_so_that_duplicates_change_nothing():
    order = Order(3, 42, {"on": True, "brightness_pct": 60}, 4.0, ("entrance",), "press", "2026-11-21T08:00:00Z")
    assert NATIVE.encode(device(Kind.LIGHT), order) == NATIVE.encode(device(Kind.LIGHT), order)


# Stamps (semantics, 17)


def test_stamps_are_read_from_desired_reported_and_stop():
    lamp = device(Kind.LIGHT)
    (desired,) = NATIVE.encode(lamp, Order(7, 99, {"on": True}, 0, ("entrance",), "", ""))
    assert read_stamp(desired) == (7, 99)
    assert read_stamp(Message("sinne/v1/malmo/dev/thing/reported", b'{"epoch":8,"applied_rev":3,"rev":900}')) == (8, 3)
    assert read_stamp(encode_stop("malmo", 9, 1, ())) == (9, 1)
    assert desired_filter("malmo") == "sinne/v1/malmo/dev/+/desired"


@given(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [
                b"",
                b"{}",
                b'{"epoch":1}',
                b'{"epoch":true,"rev":1}',
                b'{"epoch":1.0,"rev":1}',
                b'{"epoch":-1,"rev":1}',
                b'{"epoch":1,"rev":18446744073709551616}',
                b'{"epoch":9007199254740992,"rev":1}',
                b"[" * 5000,
            ]
        ),
    )
)
def test_an_unreadable_stamp_is_none_and_never_an_error(payload):
    assert read_stamp(Message("sinne/v1/malmo/dev/thing/desired", payload)) is None


# The stop document (semantics, 18)

WHOLE_STORE = StopEntry("s-1", None, SENSES, "Anna", "alarm", "2026-11-21T08:00:00Z")
SCENT = StopEntry("s-2", ("entrance", "café"), ("scent",), "Anna", "complaint", "2026-11-21T08:01:00Z")


def test_a_stop_is_retained_and_reads_back_as_it_was():
    message = encode_stop("malmo", 3, 50, [WHOLE_STORE, SCENT])
    assert (message.topic, message.qos, message.retain) == ("sinne/v1/malmo/stop", 1, True)
    assert json.loads(message.payload) == {
        "epoch": 3,
        "rev": 50,
        "stops": [
            {
                "id": "s-1",
                "zones": None,
                "senses": ["light", "music", "scent"],
                "by": "Anna",
                "reason": "alarm",
                "since": "2026-11-21T08:00:00Z",
            },
            {
                "id": "s-2",
                "zones": ["entrance", "café"],
                "senses": ["scent"],
                "by": "Anna",
                "reason": "complaint",
                "since": "2026-11-21T08:01:00Z",
            },
        ],
    }
    assert decode_stop(message) == StopDocument(3, 50, (WHOLE_STORE, SCENT))


def test_an_empty_list_is_the_resume_and_an_empty_payload_is_not():
    resume = encode_stop("malmo", 3, 51, [])
    assert resume.payload
    assert decode_stop(resume).stops == ()
    with pytest.raises(Malformed):
        decode_stop(Message("sinne/v1/malmo/stop", b"", retain=True))


def test_a_stop_without_a_name_or_senses_still_stops_everything():
    document = decode_stop(Message("sinne/v1/malmo/stop", b'{"epoch":1,"rev":1,"stops":[{"id":"s-1"}]}'))
    assert document.stops == (StopEntry("s-1", None, SENSES, "", "", ""),)


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"{}", "no epoch or no rev"),
        (b'{"epoch":1,"rev":1}', "stops is null"),
        (b'{"epoch":1,"rev":1,"stops":{}}', "stops is an object"),
        (b'{"epoch":1,"rev":1,"stops":[1]}', "a stop is 1"),
        (b'{"epoch":1,"rev":1,"stops":[{}]}', "no id"),
        (b'{"epoch":1,"rev":1,"stops":[{"id":"a","zones":"entrance"}]}', "zones is the text"),
        (b'{"epoch":1,"rev":"1","stops":[]}', "rev is the text"),
        (b"[" * 5000, "not JSON"),
    ],
)
def test_a_broken_stop_document_is_refused_with_a_sentence(payload, says):
    with pytest.raises(Malformed, match=says):
        decode_stop(Message("sinne/v1/malmo/stop", payload))


@given(st.binary(max_size=60))
def test_no_bytes_on_the_stop_topic_do_more_than_be_refused(payload):
    with pytest.raises(Malformed):
        decode_stop(Message("sinne/v1/malmo/stop", payload))


@pytest.mark.parametrize("target", [
    {"on": 1, "brightness_pct": 60}, {"on": True, "brightness_pct": True}, {"on": True, "brightness_pct": [60]}])
def test_a_target_that_is_equal_but_not_the_same_is_refused_like_any_other(target):
    with pytest.raises(Malformed):
        heard(Kind.LIGHT, "reported", {"epoch": 1, "applied_rev": 2, "status": "applied",
                                       "state": {"on": True, "brightness_pct": 1 if target["brightness_pct"] is True
                                                 else 60}, "target": target})


def test_a_target_nested_a_thousand_deep_is_refused_and_not_compared():
    deep = b'{"on":' + b"[" * 900 + b"]" * 900 + b"}"
    payload = b'{"epoch":1,"applied_rev":2,"state":{"on":true},"target":' + deep + b"}"
    with pytest.raises(Malformed):
        NATIVE.decode(device(Kind.LIGHT), Message("sinne/v1/malmo/dev/thing/reported", payload))


@given(st.fixed_dictionaries({}, optional={
    "on": st.booleans(), "brightness_pct": st.integers(0, 100) | st.floats(0, 100), "kelvin": st.integers(2000, 6500)}),
    st.booleans())
def test_the_target_of_a_device_that_has_arrived_reads_as_its_state(state, again):
    target = dict(state) if again else {**state, "brightness_pct": 3}
    (event,) = heard(Kind.LIGHT, "reported", {"epoch": 1, "applied_rev": 2, "status": "applying", "state": state,
                                              "target": target})
    alone, = heard(Kind.LIGHT, "reported", {"epoch": 1, "applied_rev": 2, "state": target})
    assert event.target == alone.state
    assert not event.settled


@pytest.mark.parametrize("word", [["applied"], {"applied": 1}, 7])
def test_an_answer_that_is_no_word_is_refused(word):
    with pytest.raises(Malformed):
        heard(Kind.LIGHT, "reported", {"epoch": 1, "applied_rev": 2, "state": {"on": True}, "status": word})
