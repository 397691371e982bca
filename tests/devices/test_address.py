"""Broker addresses: what is accepted, what is said of the rest, and that a password shows nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.address import BrokerAddress, Credentials


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mqtt://broker", BrokerAddress("broker", 1883)),
        (" mqtt://broker/ ", BrokerAddress("broker", 1883)),
        ("mqtts://broker", BrokerAddress("broker", 8883, tls=True)),
        ("mqtt://10.0.0.7:1884", BrokerAddress("10.0.0.7", 1884)),
        ("mqtt://[fe80::1]:1884", BrokerAddress("fe80::1", 1884)),
        ("mqtt://u@h", BrokerAddress("h", credentials=Credentials("u", ""))),
        ("mqtt://u:p%40ss%2F@h:1", BrokerAddress("h", 1, credentials=Credentials("u", "p@ss/"))),
    ],
)
def test_address_is_read(text: str, expected: BrokerAddress) -> None:
    assert BrokerAddress.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "starts with mqtt://"),
        ("broker:1883", "starts with mqtt://"),
        ("http://broker", "starts with mqtt://"),
        ("mqtt://", "names no host"),
        ("mqtt://u:secret@", "names no host"),
        ("mqtt://u:secret@h:port", "port is not a number"),
        ("mqtt://u:secret@h:99999", "port is not a number"),
        ("mqtt://u:secret@h:0", "port 0"),
        ("mqtt://u:secret@[h", "host is malformed"),
        ("mqtt://:secret@h", "password but no user"),
        ("mqtt://u:secret@h/topic", "something after the port"),
        ("mqtt://u:secret@h?x=1", "something after the port"),
        ("mqtt://u:sec/ret@h", "port is not a number"),
    ],
)
def test_what_is_wrong_is_one_sentence_without_the_password(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"^(The|A) broker address") as caught:
        BrokerAddress.parse(text)
    sentence = str(caught.value)
    assert said in sentence
    assert "secret" not in sentence
    assert caught.value.__cause__ is None
    assert "\n" not in sentence


def test_ca_file_without_tls_is_refused() -> None:
    with pytest.raises(ValueError, match="only with TLS"):
        BrokerAddress.parse("mqtt://h", ca_file=Path("ca.pem"))
    assert BrokerAddress.parse("mqtts://h", ca_file=Path("ca.pem")).ca_file == Path("ca.pem")


def test_password_shows_neither_in_str_nor_in_repr() -> None:
    address = BrokerAddress.parse("mqtt://name:geheim@h")
    for shown in (str(address), repr(address), f"{address}", str(address.credentials), repr(address.credentials)):
        assert "geheim" not in shown
    assert str(address) == "mqtt://name@h:1883"


@given(
    st.from_regex(r"[a-z][a-z0-9.-]{0,20}|(\d{1,3}\.){3}\d{1,3}|::1", fullmatch=True),
    st.integers(1, 65535),
    st.booleans(),
    st.none() | st.tuples(st.text(min_size=1, max_size=20), st.text(max_size=20)),
)
def test_url_reads_back_as_the_same_address(host: str, port: int, tls: bool, account: tuple[str, str] | None) -> None:
    address = BrokerAddress(host, port, tls, Credentials(*account) if account else None)
    assert BrokerAddress.parse(address.url()) == address


@given(st.text(max_size=60) | st.text(max_size=40).map(lambda text: f"mqtt://{text}"))
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    try:
        address = BrokerAddress.parse(text)
    except ValueError:
        return
    assert address.host
    assert 1 <= address.port <= 65535
