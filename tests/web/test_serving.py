"""The server as a browser meets it: streams beside pages, silent clients, TLS, ports, certificates, the end."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import stat
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from controller.errors import Refused, Unavailable
from profiles.limits import Person
from tests.patience import PATIENCE_S, eventually
from tests.web.fakes import FakeAccounts, FakeStore, app_of, services_of
from web.certificate import Certificate, certificate_in, install_certificate, names_of_machine
from web.serving import WORKERS, Server, is_loopback
from web.streams import Pace

QUICK = Pace(heartbeat_s=0.2, gap_s=0.01, recheck_s=0.05, most=60, wait_s=0.1)
NOW = datetime.now(UTC)


class Shop:
    """A served store with its accounts, and clients for it."""

    def __init__(self, certificate: Certificate | None = None, pace: Pace = QUICK) -> None:
        self.store, self.accounts = FakeStore(), FakeAccounts(stina=Person.STAFF)
        self.token = self.accounts.give_token(Person.VIEWER)
        secure = certificate is not None
        self.server = Server(
            app_of(self.store, self.accounts, secure=secure), services_of(self.store, self.accounts, secure=secure),
            "127.0.0.1", 0, certificate=certificate, pace=pace)
        self.context = None
        if certificate is not None:
            self.context = ssl.create_default_context(cafile=str(certificate.authority))
        self.server.start()

    def connect(self) -> socket.socket:
        """A connection, with TLS if the shop has it."""
        sock = socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE_S)
        return sock if self.context is None else self.context.wrap_socket(sock, server_hostname="localhost")

    def ask(self, address: str, token: str | None = None) -> tuple[int, bytes]:
        """One request on a connection of its own."""
        answer = self.open(address, token)
        return answer.status, answer.read()

    def open(self, address: str, token: str | None = None) -> http.client.HTTPResponse:
        """The answer, as far as its head."""
        sock = self.connect()
        sock.sendall(request(address, token or self.token))
        answer = http.client.HTTPResponse(sock)
        answer.begin()
        return answer


class Listener:
    """An event stream that is read by hand."""

    def __init__(self, shop: Shop, headers: str = "", address: str = "/api/v1/events") -> None:
        self.sock = shop.connect()
        self.sock.sendall(request(address, shop.token, headers))
        self.heard = b""

    def hear(self, words: bytes) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while words not in self.heard:
            assert time.monotonic() < deadline, self.heard
            more = self.sock.recv(4096)
            assert more, self.heard
            self.heard += more

    def hear_end(self) -> None:
        self.sock.settimeout(PATIENCE_S)
        with contextlib.suppress(ConnectionResetError, ssl.SSLError):
            while self.sock.recv(4096):
                pass


def request(address: str, token: str, headers: str = "") -> bytes:
    return (f"GET {address} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{headers}\r\n").encode()


@pytest.fixture(params=["plain", "tls"])
def shop(request, tmp_path) -> Iterator[Shop]:
    made = Shop(certificate_in(tmp_path / "tls", NOW) if request.param == "tls" else None)
    yield made
    made.server.stop()


@pytest.fixture
def plain_shop() -> Iterator[Shop]:
    made = Shop()
    yield made
    made.server.stop()


pytestmark = pytest.mark.real


class TestStreams:
    def test_stream_tells_a_change_and_is_of_the_right_kind(self, shop):
        listener = Listener(shop)
        listener.hear(b"retry: 2000\n\n")
        head = listener.heard.partition(b"\r\n\r\n")[0].lower()
        assert head.startswith(b"http/1.1 200 ok")
        assert b"content-type: text/event-stream" in head
        assert b"cache-control: no-store" in head
        assert b"content-security-policy:" in head
        assert b"transfer-encoding" not in head
        assert b"content-length" not in head
        coming = shop.store.touch()
        listener.hear(b"event: change\nid: %d\n" % coming)
        listener.hear(b": still here\n\n")

    def test_pages_answer_while_more_streams_are_open_than_there_are_workers(self, shop):
        listeners = [Listener(shop) for _ in range(50)]
        for listener in listeners:
            listener.hear(b"retry")
        assert shop.server.stream_count == 50 > WORKERS
        for _ in range(3):
            assert shop.ask("/api/v1/zones")[0] == 200
        coming = shop.store.touch()
        for listener in listeners:
            listener.hear(b"id: %d\n" % coming)

    def test_stream_needs_sign_in(self, shop):
        assert shop.ask("/api/v1/events", "made-up")[0] == 401
        assert shop.server.stream_count == 0

    def test_stream_ends_with_its_token(self, shop):
        listener = Listener(shop)
        listener.hear(b"retry")
        shop.accounts.revoke(shop.token)
        listener.hear_end()
        eventually(lambda: shop.server.stream_count == 0)

    def test_browser_that_comes_back_hears_only_what_it_missed(self, shop):
        seen = shop.store.touch()
        up_to_date = Listener(shop, f"Last-Event-ID: {seen}\r\n")
        up_to_date.hear(b"retry: 2000\n\n")
        behind = Listener(shop, f"Last-Event-ID: {seen - 1}\r\n", "/api/v1/events?after=99")
        behind.hear(b"id: %d\n" % seen)
        coming = shop.store.touch()
        up_to_date.hear(b"id: %d\n" % coming)
        assert b"id: %d\n" % seen not in up_to_date.heard

    def test_one_stream_more_than_there_is_room_is_told_so(self, plain_shop):
        listeners = [Listener(plain_shop) for _ in range(QUICK.most)]
        for listener in listeners:
            listener.hear(b"retry")
        answer = plain_shop.open("/api/v1/events")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        listeners[0].sock.close()
        eventually(lambda: plain_shop.server.stream_count < QUICK.most)
        Listener(plain_shop).hear(b"retry")

    def test_head_of_a_stream_opens_none(self, plain_shop):
        sock = plain_shop.connect()
        sock.sendall(request("/api/v1/events", plain_shop.token).replace(b"GET", b"HEAD"))
        assert sock.recv(4096).startswith(b"HTTP/1.1 200")
        assert plain_shop.server.stream_count == 0

    def test_closed_browser_gives_its_place_back(self, shop):
        listener = Listener(shop)
        listener.hear(b"retry")
        listener.sock.close()
        eventually(lambda: shop.server.stream_count == 0)

    def test_stop_ends_streams(self, shop):
        listeners = [Listener(shop) for _ in range(5)]
        for listener in listeners:
            listener.hear(b"retry")
        shop.server.stop()
        for listener in listeners:
            listener.hear_end()


class TestClients:
    def test_connections_that_say_nothing_hold_no_worker(self, shop):
        silent = [socket.create_connection(("127.0.0.1", shop.server.port)) for _ in range(3 * WORKERS)]
        assert shop.ask("/health")[0] == 200
        for sock in silent:
            sock.close()

    def test_browser_that_shakes_hands_ahead_holds_no_worker(self, shop):
        ahead = [shop.connect() for _ in range(2 * WORKERS)]
        assert shop.ask("/health")[0] == 200
        ahead[0].sendall(request("/health", shop.token))
        assert ahead[0].recv(4096).startswith(b"HTTP/1.1 200")

    def test_connection_is_kept_for_the_next_request(self, shop):
        sock = shop.connect()
        for _ in range(3):
            sock.sendall(request("/health", shop.token))
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            assert (answer.status, answer.read()[:5]) == (200, b'{"ok"')

    def test_busy_workers_hold_no_stream(self, plain_shop):
        listener = Listener(plain_shop)
        listener.hear(b"retry")
        plain_shop.store.hold_looks()
        waiting = [threading.Thread(target=plain_shop.ask, args=("/api/v1/zones",)) for _ in range(WORKERS)]
        for thread in waiting:
            thread.start()
        coming = plain_shop.store.touch()
        listener.hear(b"id: %d\n" % coming)
        plain_shop.store.mend()
        for thread in waiting:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()

    @pytest.mark.parametrize("words", [
        b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"get / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"POST /api/v1/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"POST /api/v1/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
    ])
    def test_garbage_is_refused_and_the_server_lives(self, plain_shop, words):
        sock = plain_shop.connect()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            sock.sendall(words)
            first = sock.recv(4096)
            assert first == b"" or first[9:10] in b"45"
        assert plain_shop.ask("/health")[0] == 200

    def test_plain_http_on_the_tls_port_is_told_so(self, tmp_path):
        shop = Shop(certificate_in(tmp_path, NOW))
        with socket.create_connection(("127.0.0.1", shop.server.port), timeout=PATIENCE_S) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"put https:// before" in sock.recv(4096)
        assert shop.ask("/health")[0] == 200
        shop.server.stop()

    def test_handshake_that_fails_hurts_nobody(self, tmp_path):
        shop = Shop(certificate_in(tmp_path, NOW))
        stranger = ssl.create_default_context()
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", shop.server.port), timeout=PATIENCE_S) as sock, \
                    pytest.raises(ssl.SSLCertVerificationError):
                stranger.wrap_socket(sock, server_hostname="localhost")
        assert shop.ask("/health")[0] == 200
        shop.server.stop()

    @pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
    def test_tls_below_1_2_is_refused(self, tmp_path):
        shop = Shop(certificate_in(tmp_path, NOW))
        old = ssl.create_default_context(cafile=str(tmp_path / "authority.crt"))
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("DEFAULT@SECLEVEL=0")
        with socket.create_connection(("127.0.0.1", shop.server.port), timeout=PATIENCE_S) as sock, \
                pytest.raises(ssl.SSLError, match=r"(?i)alert.protocol.version"):
            old.wrap_socket(sock, server_hostname="localhost")
        shop.server.stop()


class TestServer:
    def test_port_0_is_a_free_one_and_is_in_the_address(self, shop):
        assert shop.server.port > 0
        scheme = "https" if shop.context else "http"
        assert shop.server.url == f"{scheme}://127.0.0.1:{shop.server.port}"

    def test_taken_port_is_one_clear_sentence(self, plain_shop):
        services = services_of(plain_shop.store, plain_shop.accounts)
        other = Server(app_of(plain_shop.store, plain_shop.accounts), services, "127.0.0.1", plain_shop.server.port)
        with pytest.raises(Unavailable, match=rf"Port {plain_shop.server.port} on 127\.0\.0\.1 is taken by another"):
            other.start()
        other.stop()
        assert plain_shop.ask("/health")[0] == 200

    @pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.7", "::", "store-1.example"])
    def test_plain_http_is_refused_beyond_this_machine(self, host):
        store, accounts = FakeStore(), FakeAccounts()
        with pytest.raises(Refused, match="Plain HTTP is for localhost only"):
            Server(app_of(store, accounts), services_of(store, accounts), host, 0)

    def test_services_must_agree_about_tls(self):
        store, accounts = FakeStore(), FakeAccounts()
        with pytest.raises(Refused, match="TLS"):
            Server(app_of(store, accounts), services_of(store, accounts, secure=True), "127.0.0.1", 0)

    def test_hosts_of_this_machine(self):
        assert all(is_loopback(host) for host in ("127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"))
        assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.7", "localhost.example", ""))

    def test_request_under_way_is_finished_at_the_stop(self, plain_shop):
        plain_shop.store.hold_looks()
        found: list[int] = []
        asking = threading.Thread(target=lambda: found.append(plain_shop.ask("/api/v1/zones")[0]))
        asking.start()
        eventually(lambda: plain_shop.server._cheroot.requests.idle < WORKERS)
        stopping = threading.Thread(target=plain_shop.server.stop)
        stopping.start()
        plain_shop.store.mend()
        asking.join(PATIENCE_S)
        stopping.join(PATIENCE_S)
        assert found == [200]
        assert not stopping.is_alive()

    def test_stop_leaves_no_thread_and_frees_the_port(self):
        before = set(threading.enumerate())
        shop = Shop()
        Listener(shop).hear(b"retry")
        shop.server.stop()
        eventually(lambda: set(threading.enumerate()) <= before)
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("127.0.0.1", shop.server.port))
        shop.server.stop()


class TestCertificate:
    def test_first_start_makes_one_that_a_client_can_trust(self, tmp_path):
        shop = Shop(certificate_in(tmp_path, NOW))
        for name in ("localhost", socket.gethostname().lower()):
            with socket.create_connection(("127.0.0.1", shop.server.port), timeout=PATIENCE_S) as sock, \
                    shop.context.wrap_socket(sock, server_hostname=name) as tls:
                assert tls.version() in ("TLSv1.2", "TLSv1.3")
        with socket.create_connection(("127.0.0.1", shop.server.port), timeout=PATIENCE_S) as sock, \
                shop.context.wrap_socket(sock, server_hostname="127.0.0.1") as tls:
            assert ("IP Address", "127.0.0.1") in tls.getpeercert()["subjectAltName"]
        shop.server.stop()

    def test_keys_are_for_the_stores_own_user_only(self, tmp_path):
        certificate_in(tmp_path / "tls", NOW)
        assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "tls").iterdir()} == {0o600}
        assert {path.name for path in (tmp_path / "tls").iterdir()} == {
            "own.crt", "own.key", "authority.crt", "authority.key"}

    def test_it_lasts_825_days_at_most_and_is_elliptic(self, tmp_path):
        found = read(certificate_in(tmp_path, NOW).chain)
        assert found.not_valid_after_utc - found.not_valid_before_utc <= timedelta(days=825)
        assert isinstance(found.public_key(), ec.EllipticCurvePublicKey)
        assert found.not_valid_before_utc < NOW < found.not_valid_after_utc

    def test_second_start_keeps_it(self, tmp_path):
        first = certificate_in(tmp_path, NOW).chain.read_bytes()
        assert certificate_in(tmp_path, NOW + timedelta(days=300)).chain.read_bytes() == first

    @pytest.mark.parametrize("days", [760, 2000, -400])
    def test_it_is_renewed_under_the_same_authority_before_it_expires(self, tmp_path, days):
        made = certificate_in(tmp_path, NOW)
        first, authority = made.chain.read_bytes(), made.authority.read_bytes()
        then = NOW + timedelta(days=days)
        renewed = read(certificate_in(tmp_path, then).chain)
        assert made.chain.read_bytes() != first
        assert renewed.not_valid_before_utc < then < renewed.not_valid_after_utc
        assert (made.authority.read_bytes() == authority) is (days > 0)

    def test_new_host_name_is_taken_in(self, tmp_path):
        certificate_in(tmp_path, NOW, ["store-1", "localhost", "127.0.0.1"])
        found = read(certificate_in(tmp_path, NOW, ["store-2", "localhost", "10.0.0.7"]).chain)
        assert names_in(found) == {"store-2", "localhost", "10.0.0.7"}

    def test_new_address_alone_renews_nothing(self, tmp_path):
        first = certificate_in(tmp_path, NOW, ["store-1", "10.0.0.7"]).chain.read_bytes()
        assert certificate_in(tmp_path, NOW, ["store-1", "10.0.0.8"]).chain.read_bytes() == first

    def test_authority_is_bound_to_this_machine(self, tmp_path):
        made = certificate_in(tmp_path, NOW, ["store-1", "localhost", "127.0.0.1", "203.0.113.9"])
        limits = read(made.authority).extensions.get_extension_for_class(x509.NameConstraints)
        named = {limit.value for limit in limits.value.permitted_subtrees if isinstance(limit, x509.DNSName)}
        networks = {str(limit.value) for limit in limits.value.permitted_subtrees if isinstance(limit, x509.IPAddress)}
        assert limits.critical
        assert named == {"store-1", "localhost"}
        assert "203.0.113.9/32" in networks
        assert "0.0.0.0/0" not in networks

    @pytest.mark.parametrize("name", ["own.crt", "own.key", "authority.crt", "authority.key"])
    @pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\ntorn"])
    def test_damaged_file_is_made_anew(self, tmp_path, name, content):
        made = certificate_in(tmp_path, NOW)
        (tmp_path / name).unlink()
        if content is not None:
            (tmp_path / name).write_bytes(content)
        again = certificate_in(tmp_path, NOW + timedelta(days=760))
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(again.chain, again.key)
        assert read(again.chain).issuer == read(made.authority).subject

    def test_installed_certificate_goes_before_the_own(self, tmp_path):
        other = certificate_in(tmp_path / "other", NOW, ["shop.example"])
        own = certificate_in(tmp_path / "tls", NOW)
        installed = install_certificate(tmp_path / "tls", other.chain, other.key)
        assert certificate_in(tmp_path / "tls", NOW) == installed != own
        assert installed.fingerprint() == other.fingerprint()
        assert stat.S_IMODE(installed.key.stat().st_mode) == 0o600

    @pytest.mark.parametrize("pair", [
        ("own.crt", "authority.key"), ("own.key", "own.key"), ("own.crt", "own.crt"), ("none.crt", "own.key"),
    ])
    def test_wrong_pair_is_refused_and_nothing_is_installed(self, tmp_path, pair):
        certificate_in(tmp_path, NOW)
        with pytest.raises(Refused, match=pair[0]):
            install_certificate(tmp_path / "tls", tmp_path / pair[0], tmp_path / pair[1])
        assert not (tmp_path / "tls").exists()

    def test_renewed_certificate_serves_the_next_connection(self, tmp_path):
        shop = Shop(certificate_in(tmp_path, NOW))
        before = seen_by_client(shop)
        for name in ("own.crt", "own.key"):
            (tmp_path / name).unlink()
        certificate_in(tmp_path, NOW)
        assert seen_by_client(shop) != before
        shop.server.stop()

    def test_names_of_this_machine_have_localhost_and_no_doubles(self):
        names = names_of_machine()
        assert {"localhost", "127.0.0.1", "::1"} <= set(names)
        assert len(names) == len(set(names))


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def names_in(found: x509.Certificate) -> set[str]:
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in names}


def seen_by_client(shop: Shop) -> bytes:
    with socket.create_connection(("127.0.0.1", shop.server.port), timeout=PATIENCE_S) as sock, \
            shop.context.wrap_socket(sock, server_hostname="localhost") as tls:
        return tls.getpeercert(binary_form=True)
