"""The store's own certificate, so that the panel speaks HTTPS from the first start without anybody's help.

A small authority of the store is made once and signs the server's certificate. A tablet trusts the authority once
(`sinne cert` shows it); the server's certificate is then renewed under it without anyone noticing. The authority is
bound by name constraints to this machine's names and to private addresses, so its key is of no use elsewhere. A
certificate from outside, put in by `install_certificate`, goes before it.

825 days is the longest that Apple's systems accept under an authority that a user added
(https://support.apple.com/en-us/103214).
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from controller.errors import Refused

VALID = timedelta(days=800)
RENEW_BEFORE = timedelta(days=60)
AUTHORITY_VALID = timedelta(days=3650)

#: A certificate is valid from the day before it was made: the clocks of tablets differ.
SLACK = timedelta(days=1)

_PRIVATE = tuple(map(ipaddress.ip_network, (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
    "::1/128", "fc00::/7", "fe80::/10",
)))


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where the server's certificate and its key are. `authority`: what a tablet trusts; None for one from outside."""

    chain: Path
    key: Path
    authority: Path | None = None

    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as browsers show it: `A1:B2:…`."""
        return x509.load_pem_x509_certificate(self.chain.read_bytes()).fingerprint(hashes.SHA256()).hex(":").upper()


def certificate_in(folder: Path, now: datetime, names: Sequence[str] | None = None) -> Certificate:
    """The certificate to serve with: the installed one, else the store's own, which is made or renewed as needed.

    `names`: host names and addresses that it is for; those of this machine unless given. Raises OSError where the
    folder cannot be written.
    """
    installed = Certificate(folder / "installed.crt", folder / "installed.key")
    if installed.chain.exists() and installed.key.exists():
        return installed
    own = Certificate(folder / "own.crt", folder / "own.key", folder / "authority.crt")
    wanted = list(names) if names is not None else names_of_machine()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not _still_good(own, now, wanted):
        _make(own, folder / "authority.key", now, wanted)
    return own


def install_certificate(folder: Path, chain: Path, key: Path, now: datetime | None = None) -> Certificate:
    """Serve with a certificate from outside (PEM: its own first, then those that signed it).

    `now`: refuse one that is not valid then. Raises Refused with what is wrong, OSError where `folder` is not written.
    """
    chain_pem, key_pem = _read(chain), _read(key)
    try:
        found = x509.load_pem_x509_certificate(chain_pem)
    except ValueError as error:
        raise Refused(f"{chain} must be PEM and begin with a certificate: the certificate is named first, "
                      "then its key.") from error
    try:
        secret = serialization.load_pem_private_key(key_pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Refused(f"{key} must be PEM and hold the certificate's private key, without a password.") from error
    if now is not None and not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        raise Refused(f"{chain} is valid from {found.not_valid_before_utc:%Y-%m-%d} to "
                      f"{found.not_valid_after_utc:%Y-%m-%d}, and not now.")
    try:
        # The library that will use the two is asked whether they belong together.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key)
    except OSError as error:  # ssl.SSLError is one
        raise Refused(f"The certificate {chain} and the key {key} cannot be used together: "
                      f"{getattr(error, 'reason', None) or error}.") from error
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / "installed.key", _pem_of(secret))
    _write(folder / "installed.crt", chain_pem)
    return Certificate(folder / "installed.crt", folder / "installed.key")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from error


def names_of_machine() -> list[str]:
    """What this machine may be called: its host names, localhost, and its addresses."""
    host = socket.gethostname().lower() or "localhost"
    names = [host, host if "." in host else f"{host}.local", "localhost", "127.0.0.1", "::1"]
    with contextlib.suppress(OSError):
        names += [str(found[4][0]).partition("%")[0] for found in socket.getaddrinfo(host, None)]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Nothing is sent: the system only says from which address it would.
        probe.connect(("192.0.2.1", 9))
        names.append(probe.getsockname()[0])
    return list(dict.fromkeys(names))


def _still_good(own: Certificate, now: datetime, wanted: Sequence[str]) -> bool:
    """Readable, not about to expire, of the key beside it, and for the host names of today.

    A changed address alone renews nothing: the next renewal takes it in.
    """
    try:
        found = x509.load_pem_x509_certificate(own.chain.read_bytes())
        key = serialization.load_pem_private_key(own.key.read_bytes(), password=None)
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    covered = set(names.get_values_for_type(x509.DNSName))
    hosts = {name for name in wanted if _address(name) is None}
    return (found.not_valid_before_utc <= now <= found.not_valid_after_utc - RENEW_BEFORE
            and key.public_key() == found.public_key() and hosts <= covered)


def _make(own: Certificate, authority_key: Path, now: datetime, names: Sequence[str]) -> None:
    assert own.authority is not None  # noqa: S101 - only the store's own is made here
    authority, secret = _authority(own.authority, authority_key, now, names)
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.SubjectAlternativeName([_general(name) for name in names if _allowed(authority, name)])
    made = (
        _builder(names[0], authority.subject, key.public_key(), now, min(now + VALID, authority.not_valid_after_utc))
        .add_extension(named, False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(secret.public_key()), False)
        .sign(secret, hashes.SHA256())
    )
    # The key first: a torn pair does not match and is made again at the next look.
    _write(own.key, _pem_of(key))
    pem = serialization.Encoding.PEM
    _write(own.chain, made.public_bytes(pem) + authority.public_bytes(pem))


def _authority(
    path: Path, key_path: Path, now: datetime, names: Sequence[str]
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The store's authority: the one on disk if it can still sign for `names`, else a new one."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        found = x509.load_pem_x509_certificate(path.read_bytes())
        secret = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        hosts = [name for name in names if _address(name) is None]
        lasts = found.not_valid_before_utc <= now <= found.not_valid_after_utc - VALID
        if lasts and all(_allowed(found, host) for host in hosts) and isinstance(secret, ec.EllipticCurvePrivateKey) \
                and secret.public_key() == found.public_key():
            return found, secret
    secret = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"sinne on {names[0]}"[:64])])
    made = (
        _builder(f"sinne on {names[0]}", subject, secret.public_key(), now, now + AUTHORITY_VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .add_extension(_only_here(names), True)
        .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
        .sign(secret, hashes.SHA256())
    )
    _write(key_path, _pem_of(secret))
    _write(path, made.public_bytes(serialization.Encoding.PEM))
    return made, secret


def _builder(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])]))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - SLACK)
        .not_valid_after(end.astimezone(UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
    )


def _only_here(names: Sequence[str]) -> x509.NameConstraints:
    """What the authority may sign for: this machine's names, private addresses, and the addresses it has now."""
    addresses = [found for found in map(_address, names) if found is not None]
    networks = [*_PRIVATE, *(ipaddress.ip_network(f"{found}/{found.max_prefixlen}") for found in addresses)]
    hosts = [x509.DNSName(name) for name in names if _address(name) is None]
    return x509.NameConstraints([*hosts, *(x509.IPAddress(network) for network in dict.fromkeys(networks))], None)


def _allowed(authority: x509.Certificate, name: str) -> bool:
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    address = _address(name)
    if address is None:
        return x509.DNSName(name) in limits
    return any(isinstance(limit, x509.IPAddress) and address in limit.value  # type: ignore[operator]
               for limit in limits if isinstance(limit, x509.IPAddress) and limit.value.version == address.version)


def _general(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(address)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _pem_of(key: object) -> bytes:
    return key.private_bytes(  # type: ignore[attr-defined, no-any-return]
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """Replace a file at once and whole, readable only by the store's own user from its first byte."""
    beside = path.with_suffix(path.suffix + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
