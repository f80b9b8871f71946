"""What a login gave: renewed ahead, kept while it lives, one login at a time, never asked by every call."""

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from exporter.clouds.errors import (
    CredentialsError,
    NotOfferedError,
    PermissionDeniedError,
    RejectedError,
    ThrottledError,
    UnavailableError,
    UnknownHostError,
)
from exporter.clouds.login import Lease, Session
from exporter.clouds.run_time import current_run, run_until
from tests.doubles import FakeClock

HOUR = 3600.0


class Service:
    """A login service: numbers what it gives; fails while ``error`` is set, hangs while ``gate`` is closed."""

    def __init__(self, clock: FakeClock, lives: float | None = HOUR) -> None:
        self.clock = clock
        self.lives = lives
        self.asked = 0
        self.given = 0
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> Lease[str]:
        self.asked += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.given += 1
        return Lease(f"key-{self.given}", None if self.lives is None else self.clock.now() + self.lives)


class Bench:
    """A session with its service, clock and what it told."""

    def __init__(self, lives: float | None = HOUR) -> None:
        self.clock = FakeClock()
        self.service = Service(self.clock, lives)
        self.told: list[float | None] = []
        self.session = Session(self.service, name="the source", account="shop", clock=self.clock, told=self.told.append)

    async def get_after(self, seconds: float) -> str:
        """What is valid after some time; logins that began in the background have ended."""
        self.clock.advance(seconds)
        value = await self.session.get()
        await settled()
        return value


async def settled() -> None:
    """Let everything that can go on go on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def failure_of(session: Session[str]) -> CredentialsError:
    with pytest.raises(CredentialsError) as caught:
        await session.get()
    return caught.value


async def test_a_login_is_not_bound_to_the_time_of_the_run_that_begins_it():
    seen = []

    async def source() -> Lease[str]:
        seen.append(current_run())
        return Lease("key")

    session = Session(source, name="the source", account="shop", clock=FakeClock(), told=lambda _: None)
    with run_until(0):
        assert "key" == await session.get()

    assert [None] == seen


# Ahead of the end


async def test_the_first_call_logs_in_and_the_next_ones_use_what_it_gave():
    bench = Bench()
    assert ["key-1", "key-1", "key-1"] == [
        await bench.get_after(0),
        await bench.get_after(0),
        await bench.get_after(60),
    ]
    assert 1 == bench.service.asked
    assert [bench.clock.now() - 60 + HOUR] == bench.told


async def test_a_quarter_of_an_hour_before_the_end_it_is_renewed_while_calls_go_on():
    bench = Bench()
    await bench.get_after(0)
    assert ["key-1", "key-1", "key-2"] == [
        await bench.get_after(HOUR - 901),
        await bench.get_after(1),
        await bench.get_after(0),
    ]
    assert 2 == bench.service.asked


async def test_a_short_life_is_renewed_in_its_last_quarter():
    bench = Bench(lives=900)
    await bench.get_after(0)
    assert ["key-1", "key-1", "key-2"] == [
        await bench.get_after(674),
        await bench.get_after(1),
        await bench.get_after(0),
    ]


async def test_what_does_not_end_is_not_renewed():
    bench = Bench(lives=None)
    assert ["key-1", "key-1"] == [await bench.get_after(0), await bench.get_after(10 * 365 * 24 * HOUR)]
    assert [None] == bench.told


async def test_after_the_end_calls_wait_for_a_new_one():
    bench = Bench()
    await bench.get_after(0)
    assert "key-2" == await bench.get_after(HOUR)


async def test_what_has_ended_when_it_comes_is_no_login():
    bench = Bench(lives=0)
    assert "the source: what it gave has ended already; is this machine's clock off?" == str(
        await failure_of(bench.session)
    )
    assert [] == bench.told


@given(
    lives=st.floats(60, 24 * HOUR),
    steps=st.lists(st.floats(0, 2 * HOUR), max_size=30),
    outages=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_no_call_ever_gets_what_has_ended_and_none_fails_while_the_old_lives(lives, steps, outages):
    async def scenario() -> None:
        bench = Bench(lives)
        ends_at = -math.inf
        for step, is_down in zip(steps, outages, strict=False):
            bench.service.error = UnavailableError("down") if is_down else None
            bench.clock.advance(step)
            try:
                value = await bench.session.get()
            except CredentialsError:
                assert bench.clock.now() >= ends_at
            else:
                assert value == f"key-{bench.service.given}"
                ends_at = bench.told[-1]
                assert ends_at > bench.clock.now()
            await settled()
            ends_at = max(ends_at, bench.told[-1] if bench.told else ends_at)

    asyncio.run(scenario())


# Failures


async def test_the_old_one_is_used_while_it_lives_and_its_renewal_fails():
    bench = Bench()
    await bench.get_after(0)
    bench.service.error = UnavailableError("AssumeRole: sts.example gave no answer")
    assert ["key-1", "key-1"] == [await bench.get_after(HOUR - 600), await bench.get_after(599)]
    assert bench.service.asked > 2
    bench.clock.advance(1)
    error = await failure_of(bench.session)
    assert "the source: AssumeRole: sts.example gave no answer" == str(error)
    assert "unavailable" == error.reason


async def test_a_renewal_that_fails_is_told_once_and_that_it_works_again():
    with capture_logs() as told:
        bench = Bench()
        await bench.get_after(0)
        bench.service.error = UnavailableError("down", request_id="r-1")
        await bench.get_after(HOUR - 600)
        for _ in range(5):
            await bench.get_after(100)
        bench.service.error = None
        await bench.get_after(0)
        await bench.get_after(60)
    assert ["login failed, the old one goes on", "login works again"] == [line["event"] for line in told]
    facts = {"account": "shop", "source": "the source", "reason": "unavailable", "seconds_left": 600}
    assert facts | {"message": "the source: down", "request_id": "r-1"} == {
        name: value for name, value in told[0].items() if name not in {"event", "log_level"}
    }


async def test_a_dead_service_is_not_asked_by_every_call():
    bench = Bench()
    bench.service.error = UnavailableError("down")
    for _ in range(100):
        await failure_of(bench.session)
    assert 1 == bench.service.asked
    seconds = 0
    while seconds < 3600:
        bench.clock.advance(1)
        seconds += 1
        await failure_of(bench.session)
    assert 60 <= bench.service.asked <= 65


async def test_after_the_pause_it_is_asked_again():
    bench = Bench()
    bench.service.error = UnavailableError("down")
    await failure_of(bench.session)
    bench.service.error = None
    bench.clock.advance(4.9)
    await failure_of(bench.session)
    assert "key-1" == await bench.get_after(0.1)


@pytest.mark.parametrize(
    ("error", "reason", "outcome"),
    [
        (PermissionDeniedError("no"), "permission", "permission"),
        (UnavailableError("no"), "unavailable", "network"),
        (UnknownHostError("no"), "unavailable", "network"),
        (ThrottledError("no"), "throttled", "throttled"),
        # A login that is set up wrong must not look like a product that is not offered.
        (NotOfferedError("no"), "auth", "auth"),
        (RejectedError("no"), "auth", "auth"),
        (CredentialsError("no", reason="permission"), "permission", "auth"),
    ],
)
async def test_a_failure_keeps_the_reason_of_its_call(error, reason, outcome):
    bench = Bench()
    bench.service.error = error
    failure = await failure_of(bench.session)
    assert (reason, outcome) == (failure.reason, failure.outcome)


async def test_a_bug_of_a_source_is_raised_to_those_who_wait_and_ends_nothing():
    bench = Bench()
    bench.service.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await bench.session.get()
    bench.service.error = None
    assert "key-1" == await bench.get_after(0)


async def test_a_bug_met_in_a_renewal_is_told_and_not_met_by_every_call():
    bench = Bench()
    await bench.get_after(0)
    bench.service.error = ZeroDivisionError("a secret")
    with capture_logs() as told:
        assert ["key-1"] * 3 == [await bench.get_after(seconds) for seconds in (HOUR - 600, 1, 1)]
    assert 2 == bench.service.asked
    assert [("login broke off, which is a bug", "ZeroDivisionError")] == [(each["event"], each["bug"]) for each in told]
    assert "a secret" not in str(told)

    bench.service.error = None
    assert ["key-1", "key-2"] == [await bench.get_after(60), await bench.get_after(0)]


# One at a time


async def test_calls_at_the_same_time_share_one_login():
    bench = Bench()
    bench.service.gate.clear()
    calls = [asyncio.create_task(bench.session.get()) for _ in range(50)]
    await settled()
    bench.service.gate.set()
    assert ["key-1"] * 50 == await asyncio.gather(*calls)
    assert 1 == bench.service.asked


async def test_who_is_called_off_does_not_take_the_login_along():
    bench = Bench()
    bench.service.gate.clear()
    first, second = (asyncio.create_task(bench.session.get()) for _ in range(2))
    await settled()
    first.cancel()
    await settled()
    bench.service.gate.set()
    assert "key-1" == await second
    assert first.cancelled()
    assert 1 == bench.service.asked


async def test_a_login_goes_on_when_all_who_wait_are_called_off():
    bench = Bench()
    bench.service.gate.clear()
    call = asyncio.create_task(bench.session.get())
    await settled()
    call.cancel()
    await settled()
    bench.service.gate.set()
    await settled()
    assert ("key-1", 1) == (await bench.session.get(), bench.service.asked)


async def test_a_renewal_that_hangs_holds_no_call_up():
    bench = Bench()
    await bench.get_after(0)
    bench.service.gate.clear()
    assert ["key-1"] * 3 == [await bench.get_after(HOUR - 800), await bench.get_after(100), await bench.get_after(100)]
    assert 2 == bench.service.asked
    bench.session.close()
    await settled()


async def test_a_closed_session_calls_its_login_off_without_a_word():
    with capture_logs() as told:
        bench = Bench()
        await bench.get_after(0)
        bench.service.gate.clear()
        await bench.get_after(HOUR - 600)
        bench.session.close()
        await settled()
    assert [] == told
    assert "key-1" == await bench.session.get()


# Refused tokens


async def test_a_refused_token_is_renewed_once_for_all_who_were_refused():
    bench = Bench()
    used = await bench.session.get()
    bench.service.gate.clear()
    renewals = [asyncio.create_task(bench.session.renew(used)) for _ in range(20)]
    await settled()
    bench.service.gate.set()
    assert [True] * 20 == await asyncio.gather(*renewals)
    assert ("key-2", 2) == (await bench.session.get(), bench.service.asked)


async def test_who_was_refused_late_takes_what_is_there_by_now():
    bench = Bench()
    used = await bench.session.get()
    await bench.session.renew(used)
    assert await bench.session.renew(used)
    assert 2 == bench.service.asked


async def test_a_service_that_gives_the_same_again_has_nothing_else():
    bench = Bench()
    used = await bench.session.get()
    bench.service.given = 0
    assert not await bench.session.renew(used)


async def test_a_renewal_that_fails_says_why_and_the_old_one_stays():
    bench = Bench()
    used = await bench.session.get()
    bench.service.error = PermissionDeniedError("AssumeRole: NoPermission")
    with pytest.raises(CredentialsError, match="the source: AssumeRole: NoPermission") as caught:
        await bench.session.renew(used)
    assert "permission" == caught.value.reason
    assert "key-1" == await bench.session.get()


async def test_tokens_that_are_always_refused_do_not_cost_a_login_each():
    bench = Bench()
    answers = []
    for _ in range(60):
        bench.clock.advance(1)
        answers.append(await bench.session.renew(await bench.session.get()))
    assert [True] * 3 + [False] * 57 == answers
    assert 4 == bench.service.asked
    bench.clock.advance(90)
    assert await bench.session.renew(await bench.session.get())


async def test_nothing_printed_of_a_session_holds_what_it_keeps():
    bench = Bench()
    await bench.session.get()
    lease = Lease("key-1", 1.0)
    assert "key-1" not in f"{bench.session!r} {vars(bench.session)!r} {lease!r}"
