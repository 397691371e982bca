"""An enrolment bundle: what HQ writes the store reads, its secrets show nowhere, and what is wrong is one sentence."""

from __future__ import annotations

import base64
import json
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from controller.errors import Refused, Unavailable
from controller.hq.enrolling import Bundle, bundle_of, bundle_text, keys_in_text, read_bundle, write_bundle

HQ_KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32).public_key()
SECRET = "s3cret-Ünd-long"


def bundle(**changed):
    return Bundle(**{"organisation": "acme", "store": "shop", "broker": "mqtts://hq.example:8883", "username": "shop",
                     "password": SECRET, "keys": keys_in_text(HQ_KEY), "once": "0123456789abcdef", **changed})


def damaged(**changed):
    return json.dumps({**bundle().model_dump(mode="json"), **changed}).encode()


def test_what_hq_writes_is_what_a_store_reads(tmp_path):
    path = tmp_path / "shop.bundle"
    write_bundle(bundle(), path)
    assert read_bundle(path) == bundle()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_bundle(path).keyring() == {next(iter(bundle().keys)): HQ_KEY}


def test_a_bundle_that_is_there_is_not_written_over(tmp_path):
    path = tmp_path / "shop.bundle"
    path.write_text("mine")
    with pytest.raises(Refused, match="is there already"):
        write_bundle(bundle(), path)
    assert path.read_text() == "mine"


def test_the_password_shows_nowhere():
    made = bundle()
    assert SECRET not in f"{made!r} {made} {made.address} {made.address!r}"
    assert made.address.credentials.password == SECRET


@pytest.mark.parametrize(("changed", "words"), [
    ({"broker": "http://hq"}, "starts with mqtt:// or mqtts://"),
    ({"broker": "mqtts://a:b@hq"}, "belongs into username and password"),
    ({"keys": {}}, "damaged at keys"),
    ({"keys": {"0" * 16: base64.b64encode(b"k" * 32).decode()}}, "not the one of this name"),
    ({"keys": {"a": "?"}}, "is not base64"), ({"keys": {"a": "QQ=="}}, "has 1 bytes"),
    ({"ca": "no certificate"}, "the certificate .ca. cannot be read"),
    ({"ca": "x", "broker": "mqtt://hq"}, "of use only with a broker at mqtts"),
    ({"store": "The Shop"}, "damaged at store"), ({"password": ""}, "damaged at password"),
    ({"once": "x"}, "damaged at once"), ({"sinne": "enrolment/9"}, "another version of sinne"),
])
def test_what_is_wrong_with_a_bundle_is_said_in_one_sentence_without_its_password(changed, words):
    with pytest.raises(Refused, match=words) as refusal:
        bundle_of(damaged(**changed))
    assert SECRET not in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_what_a_newer_hq_writes_beside_is_left_aside():
    assert bundle_of(damaged(region="north")) == bundle()


@given(st.binary(max_size=80) | st.sampled_from([b"[]", b"{}", b"null", b"[" * 5000, b"x" * 300_000]))
def test_whatever_the_file_is_it_is_one_sentence(content):
    with pytest.raises(Refused, match=r"no enrolment bundle"):
        bundle_of(content)


def test_a_file_that_is_not_there_or_cannot_be_read_is_a_sentence(tmp_path):
    with pytest.raises(Refused, match="There is no file"):
        read_bundle(tmp_path / "none")
    with pytest.raises(Unavailable, match="cannot be read"):
        read_bundle(tmp_path)


def test_the_text_is_for_people_too():
    assert bundle_text(bundle()).startswith(b'{\n  "sinne": "enrolment/1",')
