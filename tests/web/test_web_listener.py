"""The listening server on loopback: TLS, certificates that change, and clients that take their time."""

import asyncio
import contextlib
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from exporter.access import Access, AccessSource, UnusableAccessError
from exporter.listener import CannotListenError, bound, served
from exporter.listener.crowd import Crowd, Limits
from exporter.settings.mistake import SettingsError
from exporter.settings.web_file import read_access
from tests.doubles import FakeClock

FILES = Path(__file__).parents[1] / "fixtures" / "access"
TLS = "cert_file: server.pem, key_file: server-key.pem"
CLIENTS = f"{TLS}, client_ca_file: client-ca.pem, client_auth_type"
GET = b"GET /%b HTTP/1.1\r\nHost: exporter\r\n\r\n"
MEGABYTES = 16 << 20  # more than the kernel holds for a reader that does not read


async def app(scope, receive, send) -> None:
    """Says whether there was a certificate; gives a large page where one is asked for."""
    request = Request(scope)
    large = request.url.path == "/large"
    answer = PlainTextResponse(b"x" * MEGABYTES if large else str(scope["state"].get("verified_client")))
    await answer(scope, receive, send)


class Site:
    """A listener whose access stands in a file."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(FILES, folder, dirs_exist_ok=True)
        self.folder = folder
        self.clock = FakeClock()
        self.told: list[bool] = []
        self.source = AccessSource(Access())
        self.crowd: Crowd
        self.port = 0
        self.visitors: list[Visitor] = []

    def rules(self, text: str) -> None:
        """Write the file, at once in force."""
        (self.folder / "web.yml").write_text(text)
        self.source = AccessSource(self._read(), self._read, self.told.append)

    def _read(self) -> Access:
        try:
            return read_access(self.folder / "web.yml")
        except SettingsError as error:
            raise UnusableAccessError(str(error)) from None

    def put(self, source: str, target: str) -> None:
        """Replace a file, as tools that renew certificates do."""
        shutil.copy(self.folder / source, self.folder / "new")
        (self.folder / "new").rename(self.folder / target)

    def look(self) -> None:
        """Two looks, as within two seconds."""
        self.source.look()
        self.source.look()

    @contextlib.asynccontextmanager
    async def open(self, limits: Limits | None = None) -> AsyncIterator["Site"]:
        with bound("127.0.0.1", 0) as listener:
            self.port = listener.getsockname()[1]
            awake = self.clock.monotonic
            async with served(app, listener, grace=1, access=self.source, limits=limits, monotonic=awake) as crowd:
                self.crowd = crowd
                try:
                    yield self
                finally:
                    for visitor in self.visitors:
                        visitor.writer.transport.abort()
                    await asyncio.sleep(0.01)

    async def connect(self, client: str = "", **asked: object) -> "Visitor":
        """A client with TLS, with a certificate where one is named."""
        context = ssl.create_default_context(cafile=self.folder / "server-ca.pem")
        if client:
            context.load_cert_chain(self.folder / f"{client}.pem", self.folder / f"{client}-key.pem")
        for name, value in asked.items():
            setattr(context, name, value)
        return await self._visit(ssl=context)

    async def plain(self) -> "Visitor":
        return await self._visit()

    async def _visit(self, **how: object) -> "Visitor":
        self.visitors.append(Visitor(*await asyncio.open_connection("127.0.0.1", self.port, **how)))
        return self.visitors[-1]


class Visitor:
    """One connection of a client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, path: bytes = b"") -> tuple[int, str]:
        """Status and text of an answer; raises OSError or EOFError where there is none."""
        self.writer.write(GET % path)
        return await self.answer()

    async def answer(self) -> tuple[int, str]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next(
            (int(line.split(":")[1]) for line in head.splitlines() if line.startswith("content-length")), None
        )
        body = await (self.reader.read() if length is None else self.reader.readexactly(length))
        self.head = head
        return int(head.split()[1]), body.decode()

    @property
    def subject(self) -> str:
        return dict(pair for [pair] in self.writer.get_extra_info("peercert")["subject"])["commonName"]

    async def is_over(self) -> bool:
        """Whether the other side has ended it."""
        try:
            return not await asyncio.wait_for(self.reader.read(), 5)
        except OSError:
            return True
        finally:
            self.close()

    def close(self) -> None:
        self.writer.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def refused(connected: Callable[[], Awaitable[Visitor]]) -> bool:
    """Whether a client is refused; with TLS 1.3 it hears of it only after its own side of the handshake."""
    try:
        visitor = await connected()
        await visitor.ask()
    except (OSError, EOFError):
        return True
    visitor.close()
    return False


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 -- what is awaited happens in the kernel
            await asyncio.sleep(0.01)


async def test_tls_is_spoken_and_no_client_is_known(site):
    site.rules(f"tls_server_config: {{{TLS}}}")
    async with site.open():
        visitor = await site.connect()
        assert ("first", (200, "False")) == (visitor.subject, await visitor.ask())
        assert (200, "False") == await visitor.ask()
        visitor.close()
        assert await refused(site.plain)


async def test_an_old_version_of_tls_is_refused(site):
    site.rules(f"tls_server_config: {{{TLS}, min_version: TLS13}}")
    async with site.open():
        assert await refused(lambda: site.connect(maximum_version=ssl.TLSVersion.TLSv1_2))
        assert not await refused(site.connect)


async def test_a_required_certificate_is_verified(site, capsys):
    site.rules(f"tls_server_config: {{{CLIENTS}: RequireAndVerifyClientCert}}")
    async with site.open():
        visitor = await site.connect("prometheus")
        assert (200, "True") == await visitor.ask()
        visitor.close()
        assert await refused(site.connect)
        assert await refused(lambda: site.connect("stranger"))
        await eventually(lambda: not len(site.crowd))
    told = capsys.readouterr().out
    assert 2 == told.count("no TLS with a client")
    assert "PEER_DID_NOT_RETURN_A_CERTIFICATE" in told
    assert "CERTIFICATE_VERIFY_FAILED" in told


async def test_a_certificate_that_is_given_is_verified(site):
    site.rules(f"tls_server_config: {{{CLIENTS}: VerifyClientCertIfGiven}}")
    async with site.open():
        for client, known in (("prometheus", "True"), ("", "False")):
            visitor = await site.connect(client)
            assert (200, known) == await visitor.ask()
            visitor.close()
        assert await refused(lambda: site.connect("stranger"))


async def test_only_the_allowed_names_of_certificates_are_let_in(site):
    names = {
        "prometheus.example": True,
        "2001:db8::1": True,
        "spiffe://example/prometheus": True,
        "prometheus@example.com": True,
        "prometheus": False,  # the subject's common name counts no longer
        "example": False,
        "*.example": False,
    }
    admitted = {}
    site.rules("")
    async with site.open():
        for name in names:
            rules = f"tls_server_config: {{{CLIENTS}: RequireAndVerifyClientCert, client_allowed_sans: ['{name}']}}"
            (site.folder / "web.yml").write_text(rules)
            site.look()
            admitted[name] = not await refused(lambda: site.connect("prometheus"))
    assert names == admitted


async def test_a_renewed_certificate_is_shown_to_new_connections(site):
    site.rules(f"tls_server_config: {{{TLS}}}")
    async with site.open():
        before = await site.connect()
        await before.ask()
        site.put("renewed.pem", "server.pem")
        site.look()
        assert [True, False] == site.told  # without its key it is of no use
        same = await site.connect()
        assert "first" == same.subject
        site.put("renewed-key.pem", "server-key.pem")
        site.look()
        after = await site.connect()
        assert ("renewed", [True, False, True]) == (after.subject, site.told)
        for visitor in (before, same, after):
            visitor.close()


async def test_a_client_of_a_ca_that_was_taken_back_is_out_at_once(site):
    site.rules(f"tls_server_config: {{{CLIENTS}: RequireAndVerifyClientCert}}")
    async with site.open():
        visitor = await site.connect("prometheus")
        silent = await site.connect("prometheus")
        assert (200, "True") == await visitor.ask()
        site.put("other-ca.pem", "client-ca.pem")
        site.look()
        with pytest.raises((OSError, EOFError)):  # no session and no open connection outlives the rules
            await visitor.ask()
        with pytest.raises((OSError, EOFError)):
            await silent.ask()
        assert await refused(lambda: site.connect("prometheus"))
        assert not await refused(lambda: site.connect("stranger"))


async def test_a_connection_between_two_requests_is_closed_when_the_rules_change(site):
    site.rules(f"tls_server_config: {{{TLS}}}")
    async with site.open():
        visitor = await site.connect()
        await visitor.ask()
        site.crowd.sweep()
        assert 1 == len(site.crowd)
        site.put("renewed.pem", "server.pem")
        site.put("renewed-key.pem", "server-key.pem")
        site.look()
        site.crowd.sweep()
        assert await visitor.is_over()


async def test_tls_comes_and_goes_with_the_file(site):
    site.rules("")
    async with site.open():
        plain = await site.plain()
        assert (200, "None") == await plain.ask()
        (site.folder / "web.yml").write_text(f"tls_server_config: {{{TLS}}}")
        site.look()
        with pytest.raises((OSError, EOFError)):
            await plain.ask()
        assert not await refused(site.connect)


def test_a_file_that_is_still_being_written_is_not_read(site):
    site.rules(f"tls_server_config: {{{TLS}}}")
    (site.folder / "web.yml").write_text("")
    site.source.look()
    (site.folder / "web.yml").write_text(f"tls_server_config: {{{TLS}}}\n# the end\n")
    site.look()
    assert site.source().tls is not None
    assert [True, True] == site.told


def test_a_file_that_changes_while_it_is_read_is_read_again(site):
    """An editor that comes back a moment after its file had settled must not leave the door open."""
    site.rules(f"tls_server_config: {{{TLS}}}")
    web, good = site.folder / "web.yml", (site.folder / "web.yml").read_text()

    def read() -> Access:
        text = web.read_text()
        web.write_text("" if text != good else good)
        access = read_access(web)
        web.write_text(good + "#")
        return access

    site.source = AccessSource(read_access(web), read, site.told.append)
    web.write_text(good + "# changed\n")
    site.look()
    assert site.source().tls is not None


def test_what_changed_before_it_was_followed_is_read(site):
    site.rules("")
    access = read_access(site.folder / "web.yml")
    (site.folder / "web.yml").write_text(f"tls_server_config: {{{TLS}}}")
    site.source = AccessSource(access, lambda: read_access(site.folder / "web.yml"))
    site.look()
    assert site.source().tls is not None


def test_a_file_that_names_another_one_is_used_once_that_is_there(site):
    site.rules("")
    (site.folder / "web.yml").write_text("tls_server_config: {cert_file: later.pem, key_file: later-key.pem}")
    site.look()
    assert (None, False) == (site.source().tls, site.told[-1])
    for name in ("", "-key"):
        shutil.copy(site.folder / f"server{name}.pem", site.folder / f"later{name}.pem")
    site.look()
    assert site.source().tls is not None
    assert site.told[-1]


def test_a_broken_file_leaves_the_old_rules_in_force_and_is_told_once(site, capsys):
    site.rules(f"tls_server_config: {{{TLS}}}")
    in_force = site.source()
    (site.folder / "web.yml").write_text("basic_auth_users: {a: canary-secret}")
    for _ in range(3):
        site.look()
    (site.folder / "web.yml").unlink()
    for _ in range(3):
        site.look()
    assert (in_force, {False}) == (site.source(), set(site.told[1:]))
    out = capsys.readouterr().out
    assert 1 == out.count("basic_auth_users.a: is not a bcrypt hash")
    assert 1 == out.count("cannot be read: No such file or directory")
    assert "canary" not in out


async def test_no_request_is_waited_for_longer_than_its_time(site):
    async with site.open(Limits(request=10, idle=60)) as site_:
        silent, slow, idle = [await site_.plain() for _ in range(3)]
        slow.writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
        assert 200 == (await idle.ask())[0]
        await eventually(lambda: 3 == len(site_.crowd))
        site.clock.advance(6)
        slow.writer.write(b"a")  # a byte now and then does not help
        await asyncio.sleep(0.05)
        site.clock.advance(5)
        site_.crowd.sweep()
        assert await silent.is_over()
        assert await slow.is_over()
        assert 200 == (await idle.ask())[0]  # a connection between two requests may stay
        idle.writer.write(b"GET / HT")
        await eventually(lambda: next(iter(site_.crowd)).phase.name == "opening")
        site.clock.advance(11)
        site_.crowd.sweep()
        assert await idle.is_over()


async def test_a_handshake_that_does_not_end_is_ended(site):
    site.rules(f"tls_server_config: {{{TLS}}}")
    async with site.open(Limits(handshake=0.2)):
        silent = await site.plain()
        assert await silent.is_over()
        await eventually(lambda: not len(site.crowd))


@pytest.mark.parametrize("secured", [False, True])
async def test_a_reader_that_does_not_read_is_let_go(site, secured):
    if secured:
        site.rules(f"tls_server_config: {{{TLS}}}")
    async with site.open(Limits(answer=60)):
        stalled = await (site.connect() if secured else site.plain())
        stalled.writer.transport.pause_reading()
        stalled.writer.write(GET % b"large")
        await eventually(lambda: [guest.phase.name for guest in site.crowd] == ["sending"])
        assert sum(guest._raw.get_write_buffer_size() for guest in site.crowd) < 1 << 20  # of sixteen times as much
        site.clock.advance(59)
        site.crowd.sweep()
        assert 1 == len(site.crowd)
        site.clock.advance(2)
        site.crowd.sweep()
        assert 0 == len(site.crowd)
        stalled.close()


async def test_a_large_page_arrives_whole(site):
    site.rules(f"tls_server_config: {{{TLS}}}")
    async with site.open():
        visitor = await site.connect()
        status, page = await visitor.ask(b"large")
        assert (200, MEGABYTES, {"x"}) == (status, len(page), set(page))
        assert (200, "False") == await visitor.ask()


async def test_those_who_do_nothing_make_room_for_those_who_come(site):
    async with site.open(Limits(connections=3)):
        idle = await site.plain()
        await idle.ask()
        site.clock.advance(1)
        silent = []
        for _ in range(5):
            silent.append(await site.plain())
            site.clock.advance(0.1)
        scrape = await site.plain()
        assert 200 == (await scrape.ask())[0]
        assert [True] * 4 == [await each.is_over() for each in silent[:4]]
        assert 200 == (await idle.ask())[0]
        for visitor in (idle, scrape, silent[4]):
            visitor.close()


async def test_where_all_are_busy_a_new_one_is_told_so(site):
    async with site.open(Limits(connections=2, spare=1, stalled=10)):
        stalled = [await site.plain() for _ in range(2)]
        for each in stalled:
            each.writer.transport.pause_reading()
            each.writer.write(GET % b"large")
        await eventually(lambda: [guest.phase.name for guest in site.crowd] == ["sending"] * 2)
        late = await site.plain()
        assert (503, "too many connections at this time\n") == await late.ask()
        assert "x-content-type-options: nosniff" in late.head
        assert "content-security-policy: default-src 'none'" in late.head
        waiting = await site.plain()
        await eventually(lambda: 3 == len(site.crowd))
        beyond = await site.plain()
        assert await waiting.is_over()  # it had asked for nothing yet
        site.clock.advance(11)
        fresh = await site.plain()
        assert 200 == (await fresh.ask())[0]  # in place of one that has not read for long
        for each in (*stalled, late, beyond, fresh):
            each.close()


async def test_what_is_no_request_is_answered_like_everything_else(site):
    sent = {
        b"nonsense\r\n\r\n": 400,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n": 400,
        b"GET / HTTP/1.1\r\n\r\n": 400,  # no Host
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n": 400,
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000: 431,
        b"GET /" + b"a" * 20_000: 431,
    }
    async with site.open():
        for request, status in sent.items():
            visitor = await site.plain()
            visitor.writer.write(request)
            assert status == (await visitor.answer())[0]
            for header in ("x-content-type-options: nosniff", "x-frame-options: deny", "cache-control: no-store"):
                assert header in visitor.head
            assert "server:" not in visitor.head
            assert await visitor.is_over()


async def test_an_upgrade_is_passed_over(site):
    async with site.open():
        visitor = await site.plain()
        visitor.writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert 200 == (await visitor.answer())[0]
        visitor.close()


def test_an_address_in_use_is_told_with_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = f"cannot listen on 127.0.0.1:{port}: .*; choose another port"
        with pytest.raises(CannotListenError, match=told), bound("127.0.0.1", port):
            pass
