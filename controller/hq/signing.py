"""HQ's Ed25519 keys: one file of the publisher's data folder, for its owner's eyes; never logged, never in a database.

The file `hq-key.pem` holds the key that signs, and behind it the next one while keys are being changed
(`controller.hq.rotation`). It is made at the first start. Whoever has it can command every store: back it up apart.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from controller.errors import Refused, Unavailable
from controller.hq.enrolling import keys_in_text
from controller.hq.sealed import Keyring, name_of, seal
from devices.machine import write_private

FILE_NAME = "hq-key.pem"
_ONE = re.compile(rb"-----BEGIN PRIVATE KEY-----.+?-----END PRIVATE KEY-----", re.S)


@dataclass(frozen=True, slots=True)
class Keys:
    """The key that signs, and the next one while keys are being changed. Neither shows in any text of this."""

    signing: Ed25519PrivateKey = field(repr=False)
    coming: Ed25519PrivateKey | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The name of the key that signs."""
        return name_of(self.signing.public_key())

    @property
    def coming_name(self) -> str | None:
        """The name of the next key."""
        return None if self.coming is None else name_of(self.coming.public_key())

    def ring(self) -> Keyring:
        """Both public keys, by name: what HQ itself may have signed."""
        return {name_of(each.public_key()): each.public_key() for each in self._all()}

    def in_text(self) -> dict[str, str]:
        """Both public keys, as a bundle and a re-key request have them."""
        return keys_in_text(*(each.public_key() for each in self._all()))

    def seal(self, topic: str, said: Mapping[str, object]) -> bytes:
        """The signed payload for `topic`. Raises Refused where it is too large."""
        return seal(topic, said, self.signing)

    def _all(self) -> list[Ed25519PrivateKey]:
        return [self.signing] if self.coming is None else [self.signing, self.coming]


class KeyFile:
    """`hq-key.pem` in a folder. What it says is read again at every `read`, so that two programs agree."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the publisher's data folder, which is there."""
        self.path = folder / FILE_NAME

    def read_or_make(self) -> Keys:
        """The keys, made if there are none yet. Raises Refused for a file that holds none, Unavailable."""
        if not self.path.exists():
            self._write(Keys(Ed25519PrivateKey.generate()))
        return self.read()

    def read(self) -> Keys:
        """The keys. Raises Refused with one sentence, which never holds a part of the file; Unavailable."""
        try:
            content, mode = self.path.read_bytes(), self.path.stat().st_mode
        except OSError as error:
            raise Unavailable(f"HQ's key {self.path} cannot be read: {error.strerror}.") from error
        if mode & 0o077 and os.name == "posix":
            raise Refused(f"HQ's key {self.path} can be read by others than its owner. Make it private: "
                          f"chmod 600 {self.path}")
        try:
            found = [load_pem_private_key(each, None) for each in _ONE.findall(content)]
        except (ValueError, TypeError):
            found = []
        keys = [each for each in found if isinstance(each, Ed25519PrivateKey)]
        if not 1 <= len(keys) == len(found) <= 2:
            raise Refused(f"{self.path} is not HQ's key. Put the file back from a copy; without it every store has to "
                          "be enrolled again.")
        return Keys(*keys)

    def prepare_next(self) -> Keys:
        """Make the next key, unless there is one. Raises Unavailable."""
        keys = self.read()
        if keys.coming is None:
            keys = Keys(keys.signing, Ed25519PrivateKey.generate())
            self._write(keys)
        return keys

    def use_next(self) -> Keys:
        """Sign with the next key from now on, and forget the one before. Raises Refused where there is none."""
        keys = self.read()
        if keys.coming is None:
            raise Refused("No change of keys has begun. Begin one with: sinne hq rekey --all")
        self._write(Keys(keys.coming))
        return self.read()

    def _write(self, keys: Keys) -> None:
        text = b"".join(each.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
                        for each in (keys.signing, keys.coming) if each is not None)
        try:
            write_private(self.path, text)
        except OSError as error:
            raise Unavailable(f"HQ's key {self.path} cannot be written: {error.strerror}.") from error
