"""The enrolment bundle: all that a store needs to belong to HQ, in one small file (`issue 4`, *Enrolment*).

HQ makes it (`sinne hq enrol STORE`), somebody carries it to the store, the store reads it (`sinne store enrol
BUNDLE`). It is the store's account at HQ's broker, so it is for its owner's eyes, and drawing a new one ends the old.
"""

from __future__ import annotations

import base64
import binascii
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field as Bounds
from pydantic import ValidationError, field_validator, model_validator

from controller.errors import Refused, Unavailable
from controller.hq.sealed import Keyring, name_of
from devices.address import BrokerAddress, Credentials
from profiles.base import Id, Value
from profiles.text import t

FORM: Literal["enrolment/1"] = "enrolment/1"
#: A bundle has some 2 KB, with a chain of certificates 10.
_MOST_BYTES = 256 * 1024
_KEY_BYTES = 32


class Bundle(Value):
    """Who the store is, where HQ's broker is and as whom it is entered, and whose signature is believed.

    `broker`: `mqtts://host:8883`, without an account. `ca`: PEM of who signed its certificate; None: whom the machine
    trusts. `keys`: HQ's public keys, name to base64 of the raw Ed25519 key. `once`: this bundle's own id.
    """

    sinne: Literal["enrolment/1"] = FORM
    organisation: Id
    store: Id
    broker: Annotated[str, Bounds(max_length=300)]
    username: Annotated[str, Bounds(min_length=1, max_length=120)]
    password: Annotated[str, Bounds(min_length=1, max_length=200, repr=False)]
    ca: Annotated[str | None, Bounds(max_length=200_000, repr=False)] = None
    keys: Annotated[Mapping[str, str], Bounds(min_length=1, max_length=20)]
    once: Annotated[str, Bounds(pattern=r"^[0-9A-Za-z-]{8,64}$")]

    @field_validator("broker")
    @classmethod
    def _reachable(cls, text: str) -> str:
        if BrokerAddress.parse(text).credentials is not None:
            raise ValueError("the address of the broker has an account in it; that belongs into username and password")
        return text

    @field_validator("keys")
    @classmethod
    def _known(cls, keys: Mapping[str, str]) -> Mapping[str, str]:
        keyring_of(keys)
        return keys

    @model_validator(mode="after")
    def _vouched(self) -> Bundle:
        if self.ca is not None:
            if not self.broker.startswith("mqtts://"):
                raise ValueError("a certificate (ca) is of use only with a broker at mqtts://")
            check_authority(self.ca)
        return self

    @property
    def address(self) -> BrokerAddress:
        """HQ's broker, with the store's account."""
        return BrokerAddress.parse(self.broker).with_credentials(Credentials(self.username, self.password))

    def keyring(self) -> Keyring:
        """HQ's keys."""
        return keyring_of(self.keys)


def keyring_of(keys: Mapping[str, str]) -> Keyring:
    """Public keys by name, from base64 of the 32 raw bytes each. Raises ValueError, also for a wrong name."""
    ring = {}
    for name, text in keys.items():
        try:
            raw = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"the key {name[:40]} is not base64") from None
        if len(raw) != _KEY_BYTES:
            raise ValueError(f"the key {name[:40]} has {len(raw)} bytes; an Ed25519 key has {_KEY_BYTES}")
        key = Ed25519PublicKey.from_public_bytes(raw)
        if name_of(key) != name:
            raise ValueError(f"the key {name[:40]} is not the one of this name, which would be {name_of(key)}")
        ring[name] = key
    return ring


def keys_in_text(*keys: Ed25519PublicKey) -> dict[str, str]:
    """Public keys as a bundle has them."""
    return {name_of(key): base64.b64encode(key.public_bytes_raw()).decode() for key in keys}


def check_authority(pem: str) -> None:
    """See that a text holds certificates that TLS can trust. Raises ValueError."""
    try:
        ssl.create_default_context(cadata=pem)
    except (ssl.SSLError, ValueError):
        raise ValueError("the certificate (ca) cannot be read; it is a text that begins with "
                         "-----BEGIN CERTIFICATE-----") from None


def bundle_text(bundle: Bundle) -> bytes:
    """The bundle as a file, to be read by people as well."""
    return orjson.dumps(bundle.model_dump(mode="json"), option=orjson.OPT_INDENT_2) + b"\n"


def write_bundle(bundle: Bundle, path: Path) -> None:
    """Write a bundle, its owner's alone (0600). Raises Refused where there is a file already, Unavailable."""
    try:
        # O_EXCL: neither a link that somebody laid there nor an older bundle is written over.
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "wb") as file:
            file.write(bundle_text(bundle))
    except FileExistsError:
        raise Refused(t("{path} is there already. Name another file, or take it away first.",
                        path=str(path))) from None
    except OSError as error:
        raise Unavailable(t("{path} cannot be written: {why}.", path=str(path), why=error.strerror or "")) from error


def read_bundle(path: Path) -> Bundle:
    """The bundle in a file. Raises Refused with one sentence, NotFound or Unavailable where it cannot be opened."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise Refused(t("There is no file {path}. A bundle is made at HQ: sinne hq enrol STORE.",
                        path=str(path))) from None
    except OSError as error:
        raise Unavailable(t("{path} cannot be read: {why}.", path=str(path), why=error.strerror or "")) from error
    try:
        return bundle_of(content)
    except Refused as wrong:
        raise Refused(f"{path}: {wrong}") from None


def bundle_of(content: bytes) -> Bundle:
    """The bundle that a file's content is. Raises Refused with one sentence, which never has the password in it."""
    if len(content) > _MOST_BYTES:
        raise Refused(t("This is no enrolment bundle: it is larger than any."))
    try:
        said = orjson.loads(content)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict) or "sinne" not in said:
        raise Refused(t("This is no enrolment bundle. HQ makes one with: sinne hq enrol STORE."))
    if said["sinne"] != FORM:
        raise Refused(t("This bundle was made for another version of sinne ({form}); here {ours} is understood. "
                        "Bring this store up to date.", form=str(said["sinne"])[:40], ours=FORM))
    try:
        return Bundle.model_validate(said, extra="ignore")
    except ValidationError as broken:
        first = broken.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        why = first["msg"].removeprefix("Value error, ").rstrip(".")
        raise Refused(t("The bundle is damaged{where}: {why}. Have HQ make a new one: sinne hq enrol STORE.",
                        where=f" at {where}" if where else "", why=why)) from None
