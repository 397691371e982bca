"""The contract that every dialect of the table keeps, and the golden payloads of each."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import Capability, Device, Kind
from devices.dialects.base import Announced, Availability, Contact, Described, Fault, Malformed, Order, Reported
from devices.dialects.table import DIALECTS, dialect_named
from devices.messages import MAX_PAYLOAD, Message

GOLDEN = {path.stem: json.loads(path.read_text()) for path in (Path(__file__).parent / "golden").glob("*.json")}
EVENTS = (Reported, Availability, Described, Fault, Contact)
ADDRESSES = {"native": "lamp-1", "zigbee2mqtt": "zigbee2mqtt/Lamp 3"}


def golden_device(name: str) -> Device:
    raw = dict(GOLDEN[name]["device"])
    capability = dict(raw.pop("capability"))
    capability["kelvin"] = tuple(capability["kelvin"])
    return Device(
        **{**raw, "kind": Kind(raw["kind"]), "zones": tuple(raw["zones"])}, capability=Capability(**capability)
    )


def golden_bytes(payload: Any) -> bytes:
    return payload.encode() if isinstance(payload, str) else orjson.dumps(payload)


def cases(part: str) -> list[Any]:
    return [
        pytest.param(name, case, id=f"{name}: {case['name']}") for name, book in GOLDEN.items() for case in book[part]
    ]


def plain(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value))


def test_every_dialect_has_golden_payloads_of_each_sort():
    assert set(GOLDEN) == set(DIALECTS)
    for book in GOLDEN.values():
        assert all(len(book[part]) >= 2 for part in ("encode", "decode", "malformed"))
        assert book["announce"]


@pytest.mark.parametrize(("name", "case"), cases("encode"))
def test_an_order_becomes_the_golden_messages(name: str, case: dict[str, Any]):
    raw = case["order"]
    state = {key: tuple(value) if isinstance(value, list) else value for key, value in raw["state"].items()}
    order = Order(**{**raw, "state": state, "zones": tuple(raw["zones"])})
    messages = DIALECTS[name].encode(golden_device(name), order)
    assert [{**dataclasses.asdict(m), "payload": json.loads(m.payload)} for m in messages] == case["messages"]


@pytest.mark.parametrize(("name", "case"), cases("announce"))
def test_an_announcement_becomes_the_golden_messages(name: str, case: dict[str, Any]):
    device = dataclasses.replace(golden_device(name), kind=Kind(case["kind"]))
    issued = datetime.fromisoformat(case["issued"])
    messages = DIALECTS[name].announce(device, Announced(**case["announced"]), issued)
    assert [{**dataclasses.asdict(m), "payload": json.loads(m.payload)} for m in messages] == case["messages"]


@pytest.mark.parametrize(("name", "case"), cases("decode"))
def test_a_golden_payload_becomes_its_events(name: str, case: dict[str, Any]):
    message = Message(case["topic"], golden_bytes(case["payload"]), retain=case["retain"])
    events = DIALECTS[name].decode(golden_device(name), message)
    assert [[type(event).__name__, plain(event)] for event in events] == case["events"]


@pytest.mark.parametrize(("name", "case"), cases("malformed"))
def test_a_broken_payload_is_refused_with_a_sentence(name: str, case: dict[str, Any]):
    with pytest.raises(Malformed, match=case["says"]):
        DIALECTS[name].decode(golden_device(name), Message(case["leaf"], golden_bytes(case["payload"])))


# The contract

capabilities = st.builds(
    Capability,
    brightness_levels=st.sampled_from([1, 3, 10, 100, 254, 255]),
    kelvin=st.sampled_from([None, (2000, 6500), (2203, 4000), (2700, 2700)]),
    colour=st.booleans(),
    fade=st.booleans(),
    max_pct=st.sampled_from([100.0, 80.0, 33.3]),
    intensity_levels=st.sampled_from([0, 2, 3, 10, 100]),
    volume_levels=st.sampled_from([0, 30, 100]),
    announces=st.booleans(),
)
percents = st.one_of(st.floats(0, 100), st.integers(0, 100))
texts = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=20)
chromaticities = st.tuples(st.floats(0, 1), st.floats(0, 1))
states = st.fixed_dictionaries(
    {},
    optional={
        "on": st.booleans(),
        "brightness_pct": percents,
        "kelvin": st.integers(1000, 12000),
        "xy": chromaticities,
        "volume_pct": percents,
        "source": texts,
        "fragrance": texts,
        "intensity_pct": percents,
    },
)


@st.composite
def speakers(draw: st.DrawFn) -> tuple[Any, Device]:
    """A dialect and a device of a kind that it can speak to."""
    dialect = DIALECTS[draw(st.sampled_from(sorted(DIALECTS)))]
    kind = draw(st.sampled_from(sorted(dialect.kinds)))
    return dialect, Device(
        "thing", "malmo", kind, dialect.name, ADDRESSES[dialect.name], ("entrance",), capability=draw(capabilities)
    )


@settings(max_examples=300)
@given(speakers(), states)
def test_quantising_twice_is_quantising_once(speaker, state):
    dialect, device = speaker
    once = dialect.quantise(device, state)
    assert dialect.quantise(device, once) == once


@settings(max_examples=300)
@given(speakers(), states)
def test_what_was_quantised_agrees_with_itself(speaker, state):
    dialect, device = speaker
    wanted = dialect.quantise(device, state)
    assert dialect.agrees(device, wanted, wanted)


@settings(max_examples=200)
@given(speakers(), states, st.sampled_from([0.0, 0.05, 2.0, 45.0, 1e6]))
def test_orders_are_small_json_and_retained_only_where_versioned(speaker, state, fade_s):
    dialect, device = speaker
    order = Order(3, 7, state, fade_s, device.zones, "because" * 200, "2026-11-21T08:00:00Z")
    for message in dialect.encode(device, order) + dialect.refresh(device):
        assert not message.retain or (dialect.retained and dialect.versioned)
        assert len(message.payload) < MAX_PAYLOAD / 8
        assert isinstance(json.loads(message.payload), dict)
        assert message.topic not in dialect.topics(device)


@given(speakers())
def test_topics_are_covered_by_subscriptions_and_are_exact(speaker):
    dialect, device = speaker
    filters = [pattern.split("/") for pattern in dialect.subscriptions(device)]
    for topic in dialect.topics(device):
        levels = topic.split("/")
        assert "+" not in topic
        assert "#" not in topic
        assert any(
            len(f) == len(levels) and all(a in ("+", b) for a, b in zip(f, levels, strict=True)) for f in filters
        )


@given(speakers(), st.sampled_from([0.0, 4.0, 45.0]))
def test_settling_takes_the_fade_and_a_margin(speaker, fade_s):
    dialect, device = speaker
    assert dialect.settle_s(device, fade_s) == (fade_s if device.capability.fade else 0) + 2


@given(speakers())
def test_identify_is_momentary(speaker):
    dialect, device = speaker
    for message in dialect.identify(device, "c-1", datetime(2026, 11, 21, 8, tzinfo=UTC)):
        assert not message.retain
        assert message.expiry_s


@given(speakers(), st.text(max_size=500))
def test_announcing_is_momentary_and_small(speaker, text):
    dialect, device = speaker
    said = Announced("a-1", "closing", text, "duck", None, 20)
    messages = dialect.announce(device, said, datetime(2026, 11, 21, 8, tzinfo=UTC))
    assert bool(messages) is (device.kind is Kind.PLAYER and device.capability.announces)
    for message in messages:
        assert (message.retain, message.qos, message.expiry_s) == (False, 0, 10)
        assert len(message.payload) < MAX_PAYLOAD / 8


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_the_table_and_the_dialect_call_it_the_same(name: str):
    assert dialect_named(name).name == name
    DIALECTS[name].check_address(ADDRESSES[name])


def test_an_unknown_dialect_is_named_with_those_that_exist():
    with pytest.raises(ValueError, match="'hue'; there are native, zigbee2mqtt"):
        dialect_named("hue")


# Poison (`reliability.md`, failure mode 15)

WORDS = [
    "state",
    "brightness",
    "color_temp",
    "color",
    "color_mode",
    "x",
    "y",
    "level",
    "message",
    "on",
    "brightness_pct",
    "kelvin",
    "xy",
    "epoch",
    "applied_rev",
    "status",
    "target",
    "error",
    "kind",
    "capabilities",
    "levels",
    "limits",
    "max_pct",
    "heartbeat_s",
    "active",
    "volume_pct",
    "source",
    "fragrances",
    "sources",
    "intensity",
    "extra",
]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["ON", "OFF", "online", "light", "xy", "error", "'Lamp 3'", "applying"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=6)),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from(WORDS), values, max_size=8)

DEEP = b"[" * 1000 + b"]" * 1000
POISON = [
    b"NaN",
    b"Infinity",
    b'{"state": NaN}',
    b'{"state": {"brightness_pct": 1e999}}',
    b"[" * 10_000,
    DEEP,
    b'{"state":' * 1000 + b"1" + b"}" * 1000,
    b'{"state":' + DEEP + b"}",
    b"\xff\xfe",
    b"\x00",
    b'"\\ud800"',
    b'{"state": "ON", "brightness": ' + b"9" * 4000 + b"}",
    b'{"epoch": 18446744073709551616, "state": {}}',
    b"{" + b" " * (10 * 2**20) + b"}",
    b'{"level":"error","message":null}',
    b'{"level":"error","message":' + DEEP + b"}",
    b'{"kind":' + DEEP + b"}",
    b"null",
    b"true",
    b"-0",
    b'""',
    b"online\x00",
    b"\xef\xbb\xbf{}",
]


def outcome(dialect, device, message):
    """The events, or the sentence of the refusal. Any other exception is the failure that is looked for."""
    try:
        return dialect.decode(device, message)
    except Malformed as refusal:
        return str(refusal)


def survives(dialect, device, topic, payload):
    for retain in (False, True):
        said = outcome(dialect, device, Message(topic, payload, retain=retain))
        if isinstance(said, str):
            assert 0 < len(said) < 400
            assert said.isprintable()
        else:
            assert all(isinstance(event, EVENTS) and event.device == device.id for event in said)
            orjson.dumps(said)


@settings(max_examples=500)
@given(speakers(), st.one_of(st.binary(max_size=64), objects.map(orjson.dumps), values.map(orjson.dumps)), st.data())
def test_no_payload_can_do_more_than_be_refused(speaker, payload, data):
    dialect, device = speaker
    survives(dialect, device, data.draw(st.sampled_from(dialect.topics(device))), payload)


@pytest.mark.parametrize("payload", POISON, ids=lambda payload: repr(payload[:24]))
@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_known_poison_is_survived_on_every_topic(name: str, payload: bytes):
    for kind in DIALECTS[name].kinds:
        device = Device("thing", "malmo", kind, name, ADDRESSES[name], ("entrance",))
        for topic in DIALECTS[name].topics(device):
            survives(DIALECTS[name], device, topic, payload)


@given(speakers(), st.text(max_size=60))
def test_a_topic_of_somebody_else_says_nothing(speaker, topic):
    dialect, device = speaker
    if topic not in dialect.topics(device):
        assert dialect.decode(device, Message(topic, b'{"state": {"on": true}}')) == ()


def test_the_documentation_names_every_dialect():
    page = (Path(__file__).parents[2] / "docs" / "dialects.md").read_text()
    assert all(f"| `{name}` " in page for name in DIALECTS)
