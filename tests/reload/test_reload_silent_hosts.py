"""Hosts that give no answer, and that a reload takes out of the settings."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.reloadable import Reloadable


class Dead(httpx.AsyncBaseTransport):
    """A network without one host."""

    def __init__(self, transport: httpx.AsyncBaseTransport, host: str) -> None:
        self._transport = transport
        self._host = host

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == self._host:
            raise httpx.ConnectError("no way there")
        return await self._transport.handle_async_request(request)


@pytest.fixture
async def running() -> AsyncIterator[Reloadable]:
    running = Reloadable(only=("modelarts_pools", "modelarts_clusters", "ecs_hpc_clusters"))
    running.gate._transport = Dead(running.gate._transport, "127.0.0.9")
    await running.start()
    running.document["accounts"].append(
        {**running.ml, "name": "far", "endpoints": {"modelarts": "http://127.0.0.9:10991"}}
    )
    assert (await running.reload()).succeeded
    assert 1 == silent(running)
    yield running
    await running.stop()


def silent(running: Reloadable) -> float | None:
    return running.value(
        "cluster_exporter_api_silent_hosts", provider="huaweicloud", account="far", product="modelarts"
    )


async def test_a_host_of_another_address_is_silent_no_longer(running):
    running.document["accounts"][2]["endpoints"] = running.ml["endpoints"]
    assert (await running.reload()).succeeded
    assert 0 == silent(running)


async def test_hosts_of_a_removed_account_are_not_counted(running):
    running.document["accounts"].pop()
    assert (await running.reload()).succeeded
    assert None is silent(running)


async def test_a_host_of_a_removed_region_is_silent_no_longer_and_that_of_another_is(running):
    far = running.document["accounts"][2]
    far["regions"] = ["cn-north-4", "cn-north-9"]
    await running.reload()
    assert 2 == silent(running)
    far["regions"] = ["cn-north-9"]
    await running.reload()
    assert 1 == silent(running)


async def test_what_did_not_change_leaves_a_host_as_silent_as_it_is(running):
    running.document["accounts"][2]["collectors"] = {"modelarts_pools": {"interval": "9m"}}
    await running.reload()
    assert 1 == silent(running)
