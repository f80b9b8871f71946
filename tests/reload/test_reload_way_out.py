"""Another proxy, CA or listening address, and secrets that cannot be read: what a reload does with each."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from exporter.network import ExchangeableWay, Network
from exporter.settings.mistake import SettingsError
from exporter.settings.model import Http, Listen
from tests.reloadable import Reloadable

CA = Path(__file__).parent.parent / "fixtures" / "tls" / "ca.pem"
DIRECT = Http(None, (), None, 5, 20)


class Body(httpx.AsyncByteStream):
    """An answer that comes when it is let go."""

    def __init__(self, let_go: asyncio.Event) -> None:
        self._let_go = let_go

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await self._let_go.wait()
        yield b"done"


class Way(httpx.AsyncBaseTransport):
    """Counts what goes this way, and remembers its end."""

    def __init__(self) -> None:
        self.asked = 0
        self.closed = 0
        self.fails = False
        self.let_go = asyncio.Event()
        self.second = asyncio.Event()

    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.asked == 2:
            self.second.set()
        if self.fails:
            raise httpx.ConnectError("no way")
        return httpx.Response(200, stream=Body(self.let_go))

    async def aclose(self) -> None:
        self.closed += 1


async def test_a_way_without_calls_is_closed_as_soon_as_it_is_left():
    old, new = Way(), Way()
    way = ExchangeableWay(old)
    async with httpx.AsyncClient(transport=way) as client:
        await way.exchange(new)
        assert (1, 0) == (old.closed, new.closed)
        new.let_go.set()
        await client.get("http://cloud/")
        assert (0, 1) == (old.asked, new.asked)
    assert (1, 1) == (old.closed, new.closed)


async def test_a_call_ends_on_the_way_that_it_began_on_which_is_closed_after_the_last():
    old, new = Way(), Way()
    way = ExchangeableWay(old)
    async with httpx.AsyncClient(transport=way) as client:
        calls = [asyncio.create_task(client.get("http://cloud/")) for _ in range(2)]
        await asyncio.wait_for(old.second.wait(), 5)
        calls[1].cancel()
        await asyncio.wait(calls[1:])
        await way.exchange(new)
        assert 0 == old.closed
        old.let_go.set()
        assert "done" == (await calls[0]).text
        assert 1 == old.closed


async def test_a_call_that_fails_ends_as_well():
    old, new = Way(), Way()
    old.fails = True
    way = ExchangeableWay(old)
    async with httpx.AsyncClient(transport=way) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("http://cloud/")
        await way.exchange(new)
        assert 1 == old.closed


async def test_the_way_is_made_anew_for_another_proxy_or_ca_and_not_for_other_timeouts(tmp_path):
    file = tmp_path / "ca.pem"
    file.write_bytes(CA.read_bytes())
    network = Network(replace(DIRECT, ca_file=file), None, "test")
    assert None is network.prepared(replace(DIRECT, ca_file=file, timeout=7)).way
    assert None is not network.prepared(DIRECT).way
    new = network.prepared(replace(DIRECT, ca_file=file, proxy=SecretStr("http://proxy:3128")))
    await network.take(new)
    assert None is network.prepared(new.http).way
    file.write_bytes(CA.read_bytes() + b"\n")  # the same path, another content
    assert None is not network.prepared(new.http).way
    await network.close()


@pytest.mark.parametrize("content", [None, b"no certificate"])
async def test_a_ca_file_that_cannot_be_used_is_named(tmp_path, content):
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    network = Network(DIRECT, None, "test")
    with pytest.raises(SettingsError, match=r"http\.ca_file: cannot be used: "):
        network.prepared(replace(DIRECT, ca_file=file))
    await network.close()


@pytest.fixture
async def running() -> AsyncIterator[Reloadable]:
    running = Reloadable(only=("modelarts_pools", "ecs_hpc_clusters"))
    await running.start()
    yield running
    await running.stop()


async def test_another_address_to_listen_on_is_said_to_need_a_restart_and_the_rest_is_in_force(running):
    running.altered = lambda settings: replace(settings, listen=Listen("127.0.0.1", 1234))
    running.document["accounts"].append({**running.ml, "name": "second"})
    outcome = await running.reload()
    assert outcome.succeeded
    assert "added: second" in outcome.lines
    assert "warning: listen: the new value needs a restart, the old one stays until then" in outcome.lines
    assert "listen: 0.0.0.0:10990\n" in (await running.get("/config")).text


async def test_a_secret_file_that_cannot_be_read_refuses_the_settings_that_bring_it(running, tmp_path):
    missing, empty = tmp_path / "canary-path", tmp_path / "empty"
    empty.write_text("")
    running.ml["credentials"] = {"access_key_id_file": str(missing), "access_key_secret_file": str(empty)}
    outcome = await running.reload()
    assert not outcome.succeeded
    assert (
        "accounts.ml.credentials.access_key_id_file: the file cannot be read: No such file or directory; "
        "check its path and permissions",
        "the file of accounts.ml.credentials.access_key_secret_file is empty; put the value there, and nothing else",
    ) == outcome.lines
    assert "simulated-id" not in (await running.get("/config")).text
    assert "success" == running.collection("modelarts_pools").record.status.result


async def test_a_secret_file_of_an_account_that_stays_as_it_is_keeps_nothing_from_the_others(running, tmp_path):
    for name in ("id", "secret"):
        (tmp_path / name).write_text(f"simulated-{name}")
    running.ml["credentials"] = {
        "access_key_id_file": str(tmp_path / "id"),
        "access_key_secret_file": str(tmp_path / "secret"),
    }
    assert (await running.reload()).succeeded
    (tmp_path / "id").unlink()
    running.shop["budget"] = {"ecs": {"rate": "1/s"}}
    assert ("reloaded", "changed: shop") == (await running.reload()).lines[:2]


async def test_the_end_of_a_token_goes_with_its_login(running):
    running.exporter.metrics.token_ends("ml", "", 1e10)
    assert 1e10 == running.value("cluster_exporter_credentials_expiry_timestamp_seconds", account="ml")
    running.ml["credentials"] = {"access_key_id": "simulated-id", "access_key_secret": "another"}
    await running.reload()
    assert None is running.value("cluster_exporter_credentials_expiry_timestamp_seconds", account="ml")
