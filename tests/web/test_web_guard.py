"""Who is let in, how large and how often requests may be, and what every answer is headed with."""

import asyncio
import base64
from collections.abc import Mapping
from concurrent.futures import Future

import bcrypt
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from exporter.access import Access, Passwords, RateLimit
from exporter.access.passwords import TooManyError
from exporter.web import Guard
from tests.doubles import FakeClock

# The cheapest there is: a comparison takes a millisecond.
SESAME = bcrypt.hashpw(b"open sesame", bcrypt.gensalt(4))
USERS = {b"prometheus": SESAME, "müller".encode(): bcrypt.hashpw("ä:ö".encode(), bcrypt.gensalt(4))}


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Door:
    """A guarded application that says who was let in."""

    def __init__(self, access: Access | None = None, passwords: Passwords | None = None, **state: object) -> None:
        async def page(request: Request) -> Response:
            await request.body()
            return PlainTextResponse(f"authenticated: {request.scope['authenticated']}")

        async def framed(_: Request) -> Response:
            return Response("<p>", headers={"Content-Security-Policy": "default-src 'none'; style-src 'self'"})

        async def broken(_: Request) -> Response:
            raise RuntimeError("canary")

        self.access = access or Access()
        self.clock = FakeClock()
        self.passwords = passwords or Passwords()
        routes = [
            Route("/", page, methods=["GET"]),
            Route("/act", page, methods=["GET", "POST"]),
            Route("/framed", framed),
            Route("/broken", broken),
        ]
        self.refused: list[int] = []
        app, monotonic = Starlette(routes=routes), self.clock.monotonic
        self._app = Guard(app, lambda: self.access, self.passwords, monotonic, self.refused.append)
        self._state = state

    async def __call__(self, scope, receive, send) -> None:
        await self._app({**scope, "state": self._state}, receive, send)

    async def ask(self, path: str = "/", method: str = "GET", **request: object) -> httpx.Response:
        transport = httpx.ASGITransport(app=self, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://exporter") as client:
            return await client.request(method, path, **request)


async def test_without_rules_everybody_reads_and_nobody_is_known():
    answer = await Door().ask()
    assert (200, "authenticated: False") == (answer.status_code, answer.text)


@pytest.mark.parametrize(("user", "password"), [("prometheus", "open sesame"), ("müller", "ä:ö")])
async def test_the_right_password_lets_in(user, password):
    answer = await Door(Access(users=USERS)).ask(headers=basic(user, password))
    assert (200, "authenticated: True") == (answer.status_code, answer.text)


@pytest.mark.parametrize("prefix", [b"$2y$", b"$2a$", b"$2b$"])
async def test_hashes_of_every_kind_are_understood(prefix):
    users = {b"a": prefix + SESAME[4:]}
    assert 200 == (await Door(Access(users=users)).ask(headers=basic("a", "open sesame"))).status_code


async def test_of_a_long_password_the_first_72_bytes_count_as_with_every_bcrypt():
    users = {b"a": bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4))}
    door = Door(Access(users=users))
    assert 200 == (await door.ask(headers=basic("a", "x" * 80))).status_code
    assert 401 == (await door.ask(headers=basic("a", "x" * 71))).status_code


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("prometheus", "open sesam"),
        basic("prometheus", ""),
        basic("prometheus", "open\0sesame"),
        basic("stranger", "open sesame"),
        basic("Prometheus", "open sesame"),
        {"authorization": "Basic"},
        {"authorization": "Basic !!!"},
        {"authorization": "Basic cHJvbWV0aGV1cw=="},  # no colon
        {"authorization": "Basic cHJvbWV0aGV1"},
        {"authorization": "Basic cHJvbWV0aGV1c"},  # no whole number of bytes
        {"authorization": "Bearer " + basic("prometheus", "open sesame")["authorization"][6:]},
        {"authorization": b"Basic \xff\xfe"},
        {"authorization": b"\xff" * 300},
    ],
    ids=range(14),
)
@pytest.mark.parametrize("path", ["/", "/-/healthy", "/nothing"])
async def test_nobody_else_gets_anything(headers, path):
    answer = await Door(Access(users=USERS)).ask(path, headers=headers)
    assert (401, "unauthorized: a user and password are needed\n") == (answer.status_code, answer.text)
    assert answer.headers["www-authenticate"].startswith("Basic ")


async def test_who_is_refused_is_counted_and_who_is_let_in_is_not():
    door = Door(Access(users=USERS))
    await door.ask()
    await door.ask(headers=basic("prometheus", "open sesame"))
    await door.ask("/?" + "x" * 5000)
    assert [401, 414] == door.refused


async def test_a_verified_certificate_is_known():
    assert "authenticated: True" == (await Door(verified_client=True).ask()).text


async def test_a_certificate_does_not_take_the_place_of_a_password():
    door = Door(Access(users=USERS), verified_client=True)
    assert 401 == (await door.ask()).status_code
    assert "authenticated: True" == (await door.ask(headers=basic("prometheus", "open sesame"))).text


@given(st.binary(max_size=40) | st.binary(max_size=40).map(lambda raw: b"Basic " + base64.b64encode(raw)))
async def test_no_authorization_whatever_is_a_failure(authorization):
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"authorization", authorization)],
    }
    sent = []

    async def send(message):
        sent.append(message)

    await Guard(Starlette(), lambda: Access(users=USERS), Passwords(compare=Comparisons()), lambda: 0.0)(
        scope, None, send
    )
    assert 401 == sent[0]["status"]


class Comparisons:
    """Counts bcrypt's work, and does none."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, bytes]] = []

    def __call__(self, password: bytes, hashed: bytes) -> bool:
        self.asked.append((password, hashed))
        return password == b"open sesame"


async def test_an_answer_is_remembered_and_a_new_hash_is_asked_again():
    compare = Comparisons()
    door = Door(Access(users=USERS), Passwords(compare=compare))
    for password in ("open sesame", "wrong", "open sesame", "wrong"):
        await door.ask(headers=basic("prometheus", password))
    assert 2 == len(compare.asked)
    door.access = Access(users={b"prometheus": USERS["müller".encode()]})
    await door.ask(headers=basic("prometheus", "open sesame"))
    assert 3 == len(compare.asked)


async def test_a_user_that_there_is_not_costs_as_much_as_one_that_there_is():
    compare = Comparisons()
    users = {b"dear": b"$2y$12$" + b"x" * 53}
    assert not await Passwords(compare=compare).fits(users, b"stranger", b"open sesame", "10.0.0.1")
    [(password, hashed)] = compare.asked
    assert (b"open sesame", b"$2y$12$", 60) == (password, hashed[:7], len(hashed))
    assert not bcrypt.checkpw(b"open sesame", hashed[:4] + b"04" + hashed[6:])  # bcrypt does the work, too


async def test_a_flood_of_wrong_passwords_drives_out_no_right_one():
    compare = Comparisons()
    passwords = Passwords(compare=compare)
    await passwords.fits(USERS, b"prometheus", b"open sesame", "10.0.0.1")
    for number in range(600):
        await passwords.fits(USERS, b"prometheus", b"%d" % number, "10.0.0.2")
    before = len(compare.asked)
    assert await passwords.fits(USERS, b"prometheus", b"open sesame", "10.0.0.1")
    assert before == len(compare.asked)
    assert "Passwords(1 right, 256 wrong)" == repr(passwords)


class Stuck:
    """An executor whose work does not end before it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple] = []

    def submit(self, function, *arguments):
        future = Future()
        self.waiting.append((future, function, arguments))
        return future

    def go_on(self) -> None:
        for future, function, arguments in self.waiting:
            future.set_result(function(*arguments))
        self.waiting.clear()


async def test_only_so_many_passwords_wait_for_their_turn():
    stuck = Stuck()
    passwords = Passwords(stuck, Comparisons())
    loop = asyncio.get_running_loop()
    asked = [
        loop.create_task(passwords.fits(USERS, b"prometheus", b"%d" % number, f"10.0.0.{number // 3}"))
        for number in range(30)
    ]
    await asyncio.sleep(0)
    assert 16 == len(stuck.waiting)
    # A third of one address, and all beyond 16.
    with pytest.raises(TooManyError):
        await asked[2]
    with pytest.raises(TooManyError):
        await asked[29]
    stuck.go_on()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert (16, 14) == (answers.count(False), sum(isinstance(answer, TooManyError) for answer in answers))
    right = loop.create_task(passwords.fits(USERS, b"prometheus", b"open sesame", "10.0.0.9"))
    await asyncio.sleep(0)
    stuck.go_on()
    assert await right


async def test_a_client_that_goes_away_leaves_the_work_in_the_queue():
    stuck = Stuck()
    passwords = Passwords(stuck, Comparisons())
    loop = asyncio.get_running_loop()
    for number in range(3):
        asked = loop.create_task(passwords.fits(USERS, b"prometheus", b"%d" % number, "10.0.0.1"))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait([asked])
    assert 2 == len(stuck.waiting)
    stuck.go_on()
    await asyncio.sleep(0)


async def test_too_many_passwords_at_once_are_told_to_come_again():
    stuck = Stuck()
    door = Door(Access(users=USERS), Passwords(stuck, Comparisons()))
    first = [asyncio.create_task(door.ask(headers=basic("prometheus", str(number)))) for number in range(2)]
    for _ in range(100):
        await asyncio.sleep(0)
    assert 2 == len(stuck.waiting)
    answer = await door.ask(headers=basic("prometheus", "3"))
    assert (429, "1") == (answer.status_code, answer.headers["retry-after"])
    stuck.go_on()
    assert [401, 401] == [(await each).status_code for each in first]


async def test_nothing_of_a_password_is_kept_or_shown():
    passwords = Passwords()
    await passwords.fits(USERS, b"prometheus", b"canary-password", "10.0.0.1")
    held = repr([vars(passwords), passwords, Access(users=USERS)])
    assert "canary-password" not in held
    assert SESAME.decode() not in held


async def test_requests_beyond_the_rate_are_refused():
    door = Door(Access(rate_limit=RateLimit(interval=0.5, burst=2)))
    assert [200, 200, 429] == [(await door.ask()).status_code for _ in range(3)]
    door.clock.advance(0.5)
    assert [200, 429] == [(await door.ask()).status_code for _ in range(2)]
    door.access = Access()
    assert 200 == (await door.ask()).status_code


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"path": "/?" + "a" * 4096}, 200),
        ({"path": "/?" + "a" * 4097}, 414),
        ({"path": "/?" + "&".join(["collect[]=retailcloud_deploys"] * 300)}, 414),
        ({"headers": {"cookie": "a" * 15_000}}, 200),
        ({"headers": {"cookie": "a" * 17_000}}, 431),
        ({"path": "/" + "a" * 17_000}, 431),
        ({"content": b"x" * 4096}, 200),
        ({"content": b"x" * 4097}, 413),
        ({"headers": {"content-length": "1" * 400}}, 413),
        ({"headers": {"content-length": "-1"}}, 413),
        ({"headers": {"transfer-encoding": "chunked"}}, 413),
    ],
)
async def test_requests_that_are_too_large_are_refused(request_, status):
    answer = await Door().ask(**request_)
    assert status == answer.status_code
    assert (status != 200) == (answer.headers.get("connection") == "close")


async def test_other_methods_are_told_what_there_is():
    answer = await Door().ask(method="DELETE")
    assert (405, {"GET", "HEAD"}) == (answer.status_code, set(answer.headers["allow"].split(", ")))


@pytest.mark.parametrize(
    ("method", "origin", "status"),
    [
        ("POST", None, 200),
        ("POST", "http://exporter", 200),
        ("POST", "https://exporter", 200),
        ("POST", "http://exporter.evil.example", 403),
        ("POST", "http://evil.example", 403),
        ("POST", "null", 403),
        ("DELETE", "http://evil.example", 403),
        ("GET", "http://evil.example", 200),
    ],
)
async def test_the_page_of_another_site_changes_nothing_here(method, origin, status):
    headers = basic("prometheus", "open sesame") | ({"origin": origin} if origin else {})
    answer = await Door(Access(users=USERS)).ask("/act", method, headers=headers)
    assert status == answer.status_code


SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}


def security(answer: httpx.Response, names: Mapping[str, str] = SECURITY) -> dict[str, str]:
    return {name: ", ".join(answer.headers.get_list(name)) for name in names}


@pytest.mark.parametrize(
    ("path", "method", "access", "status"),
    [
        ("/", "GET", Access(), 200),
        ("/", "PUT", Access(), 405),
        ("/nothing", "GET", Access(), 404),
        ("/broken", "GET", Access(), 500),
        ("/", "GET", Access(users=USERS), 401),
        ("/", "GET", Access(rate_limit=RateLimit(1, 0)), 429),
        ("/?" + "a" * 5000, "GET", Access(), 414),
    ],
)
async def test_every_answer_has_the_security_headers(path, method, access, status):
    answer = await Door(access).ask(path, method)
    assert (status, SECURITY) == (answer.status_code, security(answer))
    assert "strict-transport-security" not in answer.headers
    assert "server" not in answer.headers
    assert "canary" not in answer.text


async def test_a_page_keeps_its_own_policy():
    answer = await Door().ask("/framed")
    policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
    assert SECURITY | {"content-security-policy": policy} == security(answer)


async def test_the_operators_headers_go_before_all_others():
    wanted = {"X-Frame-Options": "sameorigin", "Strict-Transport-Security": "max-age=1", "X-XSS-Protection": "0"}
    answer = await Door(Access(headers=wanted)).ask("/framed")
    assert wanted == {name: answer.headers[name] for name in wanted}
    assert "default-src 'none'; style-src 'self'; frame-ancestors 'self'" == answer.headers["content-security-policy"]
    answer = await Door(Access(headers={"Content-Security-Policy": "default-src 'self'"})).ask("/framed")
    assert ["default-src 'self'"] == answer.headers.get_list("content-security-policy")
