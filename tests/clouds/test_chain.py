"""The standard chain: the first source that serves, remembered; every other named with its reason."""

import pytest
from structlog.testing import capture_logs

from exporter.clouds.chain import Absent, Chain, Member
from exporter.clouds.credentials import Credentials
from exporter.clouds.errors import CredentialsError, NotSetUpError

KEY = Credentials("an-id", "a-secret")
UNAVAILABLE = {"reason": "unavailable", "outcome": "network"}
WAY_OUT = "set one up"


class Source:
    """A source that gives a key or raises; counts how often it was asked."""

    def __init__(self, outcome: Credentials | CredentialsError) -> None:
        self.outcome = outcome
        self.asked = 0
        self.renewed: list[Credentials] = []

    async def get(self) -> Credentials:
        self.asked += 1
        if isinstance(self.outcome, CredentialsError):
            raise self.outcome
        return self.outcome

    async def renew(self, used: Credentials) -> bool:
        self.renewed.append(used)
        return True


def chain_of(*sources, away=()) -> Chain:
    members = [Member(f"source {n}", source, may_be_away=source in away) for n, source in enumerate(sources)]
    return Chain(members, account="shop", way_out=WAY_OUT)


async def failure_of(chain: Chain) -> CredentialsError:
    with pytest.raises(CredentialsError) as caught:
        await chain.get()
    return caught.value


async def test_the_first_that_serves_is_asked_alone_from_then_on():
    absent, serving, later = Source(NotSetUpError("a: not set")), Source(KEY), Source(Credentials("other", "x"))
    chain = chain_of(absent, serving, later)

    assert [KEY] * 3 == [await chain.get() for _ in range(3)]
    assert (1, 3, 0) == (absent.asked, serving.asked, later.asked)


async def test_every_source_is_named_with_its_reason_and_the_way_out():
    chain = chain_of(Absent("a: A not set"), Source(CredentialsError("b: the file is not JSON")), Absent("c: disabled"))

    error = await failure_of(chain)

    told = "no source of credentials serves: a: A not set; b: the file is not JSON; c: disabled; set one up"
    assert (told, "auth") == (str(error), error.reason)


async def test_the_reason_is_that_of_the_first_source_that_is_set_up():
    refused = CredentialsError("b: NoPermission", reason="permission", outcome="permission", request_id="r-1")
    error = await failure_of(chain_of(Absent("a: A not set"), Source(refused), Source(CredentialsError("c: bad"))))

    assert ("permission", "permission", "r-1") == (error.reason, error.outcome, error.request_id)


async def test_a_source_that_only_gives_no_answer_ends_the_search():
    down, later = Source(CredentialsError("b: no answer", **UNAVAILABLE)), Source(KEY)
    chain = chain_of(Absent("a: A not set"), down, later)

    error = await failure_of(chain)

    assert ("b: no answer; tried before it: a: A not set", "unavailable") == (str(error), error.reason)
    assert 0 == later.asked


async def test_a_metadata_service_that_gives_no_answer_is_not_there():
    away, later = Source(CredentialsError("b: no answer", **UNAVAILABLE)), Source(KEY)

    assert KEY == await chain_of(Absent("a: A not set"), away, later, away=(away,)).get()


async def test_the_reason_of_a_service_that_is_not_there_is_not_that_of_the_chain():
    away = Source(CredentialsError("b: no answer", **UNAVAILABLE))

    assert "auth" == (await failure_of(chain_of(Absent("a: A not set"), away, away=(away,)))).reason


async def test_who_served_once_is_not_left_for_another_when_it_fails():
    serving, later = Source(KEY), Source(Credentials("other", "x"))
    chain = chain_of(serving, later)
    await chain.get()
    serving.outcome = CredentialsError("a: NoPermission", reason="permission")

    assert "a: NoPermission" == str(await failure_of(chain))
    assert 0 == later.asked


async def test_who_served_once_and_is_not_set_up_any_more_is_left():
    serving, later = Source(KEY), Source(Credentials("other", "x"))
    chain = chain_of(serving, later)
    await chain.get()
    serving.outcome = NotSetUpError("a: the file is gone")

    assert Credentials("other", "x") == await chain.get()


async def test_who_stands_in_for_one_that_is_gone_is_told_and_not_remembered():
    serving, later = Source(KEY), Source(Credentials("other", "x"))
    chain = chain_of(serving, later)
    await chain.get()
    serving.outcome = NotSetUpError("a: there is no such file")
    with capture_logs() as told:
        stood_in = [await chain.get() for _ in range(2)]
        renewed = await chain.renew(stood_in[0])
    serving.outcome = KEY

    assert ([Credentials("other", "x")] * 2, KEY) == (stood_in, await chain.get())
    assert (True, [stood_in[0]]) == (renewed, later.renewed)
    assert ["a: there is no such file"] == [line["message"] for line in told if line["log_level"] == "warning"]
    assert await chain.renew(KEY)
    assert [KEY] == serving.renewed


async def test_the_one_that_serves_is_the_one_that_renews():
    serving = Source(KEY)
    chain = chain_of(Absent("a: A not set"), serving)
    assert not await chain.renew(KEY)
    await chain.get()

    assert await chain.renew(KEY)
    assert [KEY] == serving.renewed


async def test_a_source_that_is_set_up_and_passed_over_is_told_once():
    with capture_logs() as told:
        chain = chain_of(Source(CredentialsError("a: NoPermission")), Source(KEY))
        await chain.get()
        await chain.get()

    assert [("a source of credentials was passed over", "source 1", "a: NoPermission")] == [
        (line["event"], line["source"], line["message"]) for line in told if line["log_level"] == "warning"
    ]


async def test_who_stands_in_for_a_refused_source_is_not_remembered():
    refused, later = Source(CredentialsError("a: NoPermission", reason="permission")), Source(KEY)
    chain = chain_of(refused, later)
    stood_in = await chain.get()
    renewed = await chain.renew(stood_in)
    refused.outcome = Credentials("the-right-id", "x")

    assert (KEY, True, [KEY]) == (stood_in, renewed, later.renewed)
    assert "the-right-id" == (await chain.get()).access_key_id
    assert (1, 0) == (later.asked, len(refused.renewed))
