"""Reloads while runs, logins and other reloads are under way, and before the start and after the end."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from exporter.settings.model import Names, Settings
from tests.reloadable import Reloadable

POOLS = "modelarts_pools"


@pytest.fixture
async def running() -> AsyncIterator[Reloadable]:
    running = Reloadable()
    await running.start()
    yield running
    running.gate.open()
    await running.stop()


async def begin_and_hold(running: Reloadable, name: str, target: str) -> object:
    """Begin a run whose calls are held."""
    running.gate.hold(target)
    collection = running.collection(name)
    running.exporter.schedule.launch(collection)
    await asyncio.wait_for(running.gate.reached.wait(), 5)
    return collection


async def test_the_run_of_a_removed_account_is_called_off_and_is_no_failure(running):
    collection = await begin_and_hold(running, POOLS, "/pools")
    del running.document["accounts"][1]
    with capture_logs() as logs:
        assert (await running.reload()).succeeded
    assert (1, False) == (running.gate.called_off, collection.running)
    assert {"settings reloaded"} == {line["event"] for line in logs if line["log_level"] != "warning"}
    assert 'account="ml"' not in await running.page()  # nor is the call that was called off counted


async def test_the_run_of_an_unchanged_account_goes_on_to_its_end(running):
    collection = await begin_and_hold(running, POOLS, "/pools")
    running.shop["collectors"] = {"retailcloud_nodes": {"interval": "10m"}}
    running.clock.advance(5)
    await running.reload()
    assert (0, True) == (running.gate.called_off, collection.running)
    running.gate.open()
    await running.settled()
    assert running.clock.now() == collection.record.status.last_run


async def test_a_run_under_other_settings_is_begun_anew(running):
    await begin_and_hold(running, POOLS, "/pools")
    failures = running.value(
        "cluster_exporter_collector_failures_total",
        collector=POOLS,
        account="ml",
        region_id="cn-north-4",
        reason="timeout",
    )
    running.clock.advance(5)
    running.gate.held = ""
    running.ml["collectors"] = {POOLS: {"interval": "90s"}}
    await running.reload()
    collection = running.collection(POOLS)
    await running.settled()
    assert 1 == running.gate.called_off
    assert ("success", running.clock.now()) == (collection.record.status.result, collection.record.status.last_run)
    assert failures == running.value(
        "cluster_exporter_collector_failures_total",
        collector=POOLS,
        account="ml",
        region_id="cn-north-4",
        reason="timeout",
    )


async def test_two_reloads_come_one_after_the_other(running):
    turns: list[str] = []
    reading, go_on = threading.Event(), threading.Event()

    def read() -> None:
        turns.append("begin")
        if len(turns) == 1:
            reading.set()
            assert go_on.wait(5)
        turns.append("end")

    running.before_read = read
    reloads = [asyncio.create_task(running.reloading.reload(name)) for name in ("one", "two")]
    await asyncio.to_thread(reading.wait, 5)
    go_on.set()
    assert [True, True] == [each.succeeded for each in await asyncio.gather(*reloads)]
    assert ["begin", "end"] * 2 == turns


async def test_a_reload_goes_on_when_nobody_waits_for_its_end(running):
    running.document["accounts"].append({**running.ml, "name": "second"})
    asking = asyncio.create_task(running.reloading.reload("request"))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert ("reloaded, nothing changed",) == (await running.reload()).lines[:1]
    assert {"shop", "ml", "second"} == running.exporter.tallies.keys()


async def test_a_reload_before_the_start_is_started_with():
    running = Reloadable(only=("ecs_hpc_clusters", "modelarts_pools"))
    del running.document["accounts"][1]
    assert (await running.reloading.reload("test")).succeeded
    assert 0 == running.transport.requests
    await running.start()
    assert {"ecs_hpc_clusters/shop/cn-zhangjiakou"} == running.exporter.schedule.due_times().keys()
    await running.stop()


async def test_after_the_stop_nothing_is_read_any_more():
    running = Reloadable(only=("modelarts_pools",))
    await running.start()
    await running.stop()
    outcome = await running.reloading.reload("test")
    assert (False, ("the exporter is stopping",), 0) == (outcome.succeeded, outcome.lines, running.reads)


async def test_the_stop_waits_for_the_reload_under_way():
    running = Reloadable(only=("modelarts_pools",))
    await running.start()
    running.document["accounts"].append({**running.ml, "name": "second"})
    reload = running.reloading.begin("test")
    await asyncio.sleep(0)
    await running.stop()
    assert reload.done()
    assert reload.result().succeeded


async def test_the_stop_does_not_wait_for_files_that_hang():
    running = Reloadable(only=("modelarts_pools",))
    await running.start()
    go_on = threading.Event()
    running.before_read = lambda: go_on.wait(10)
    reload = running.reloading.begin("test")
    await asyncio.sleep(0)
    await asyncio.wait_for(running.reloading.stop(grace=0.01), 5)
    assert reload.cancelled()
    go_on.set()
    await running.stop()


async def test_an_error_while_accounts_are_assembled_changes_nothing(running):
    before, page = running.exporter.collections, await running.page_of("retailcloud_nodes")
    requests = running.transport.requests

    def without_sense(settings: Settings) -> Settings:
        """The first account changed, the third is new and can be assembled, the last cannot be."""
        second = replace(settings.accounts[1], name="second")
        third = replace(second, name="third", include=Names(cluster=("(a secret",)))
        return replace(settings, accounts=(*settings.accounts, second, third))

    running.shop["collectors"] = {"retailcloud_nodes": {"interval": "10m"}}
    running.altered = without_sense
    with capture_logs() as logs:
        outcome = await running.reload()
    assert (False, ("a bug of the exporter: error",)) == (outcome.succeeded, outcome.lines)
    assert "secret" not in str(logs)
    assert ["error"] == [line["log_level"] for line in logs]
    assert (before, requests) == (running.exporter.collections, running.transport.requests)
    assert page == await running.page_of("retailcloud_nodes")
    assert 'account="second"' not in await running.page()
    assert 0 == running.value("cluster_exporter_config_last_reload_successful")
    running.altered = lambda settings: settings
    assert ("reloaded", "changed: shop") == (await running.reload()).lines[:2]
