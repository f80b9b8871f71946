"""What becomes of rows and memories when the settings of their collection change."""

import re
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from tests.reloadable import Reloadable

NAMES = re.compile(r'(cluster|app|env)_name="([^"]*)"')


@pytest.fixture
async def running() -> AsyncIterator[Reloadable]:
    running = Reloadable()
    await running.start()
    yield running
    running.gate.open()
    await running.stop()


async def names(running: Reloadable, kind: str) -> set[str]:
    page = (await running.exporter.store.page()).plain.decode()
    return {name for found, name in NAMES.findall(page) if found == kind}


@pytest.mark.parametrize("kind", ["cluster", "app", "env"])
async def test_what_is_left_out_goes_with_the_next_run_which_comes_at_once(kind):
    running = Reloadable()
    await running.start()
    known = sorted(await names(running, kind))
    assert len(known) > 1
    gone = known[0]
    running.shop["exclude"] = {{"env": "environment"}.get(kind, kind): re.escape(gone)}
    await running.reload()
    await running.settled()
    page = await running.page()
    shown = [line for line in page.splitlines() if f'{kind}_name="{gone}"' in line and 'account="shop"' in line]
    assert [] == [line for line in shown if not line.startswith("aliyun_retailcloud_environment_cluster_info")]
    assert set(known) - {gone} == await names(running, kind) - {gone}
    del running.shop["exclude"]
    await running.reload()
    await running.settled()
    assert set(known) == await names(running, kind)
    await running.stop()


async def test_with_other_limits_the_memory_is_kept_and_history_not_searched_again(running):
    deploys = running.collection("retailcloud_deploys")
    memory = deploys.record.memory
    running.shop["collectors"] = {"retailcloud_deploys": {"interval": "2m", "max_series": 100}}
    await running.reload()
    after = running.collection("retailcloud_deploys")
    assert after is not deploys
    assert memory is after.record.memory
    assert after.record.block.series <= 100
    calls = running.exporter.tallies["shop"].so_far()
    running.clock.advance(60)
    await after.run()
    made = {
        call.operation: spent.calls - (calls[call].calls if call in calls else 0)
        for call, spent in running.exporter.tallies["shop"].so_far().items()
        if call.lane.startswith("retailcloud_deploys")
    }
    assert 2 == made["ListDeployOrders"]  # one an app, as with any run


async def test_with_another_window_the_past_is_looked_up_again(running):
    deploys = running.collection("retailcloud_deploys")
    running.shop["collectors"] = {"retailcloud_deploys": {"window": "12h"}}
    running.gate.hold("127.0.0")
    await running.reloading.reload("test")
    after = running.collection("retailcloud_deploys")
    assert None is after.record.memory
    assert deploys.key == after.key
    assert after.record.block.series > 0  # the rows stay until they are read anew
    running.gate.open()
    await running.settled()
    assert None is not after.record.memory


async def test_a_failure_that_goes_on_over_a_reload_is_not_logged_again(running):
    running.ml["credentials"] = {"access_key_id": "simulated-id", "access_key_secret": "not-the-secret"}
    with capture_logs() as logs:
        await running.reload()
        await running.settled()
    assert 2 == len([line for line in logs if line["event"] == "run failed"])
    running.clock.advance(90)
    running.ml["collectors"] = {"modelarts_pools": {"max_staleness": "30m"}}
    with capture_logs() as logs:
        await running.reload()
        await running.collection("modelarts_pools").run()
    assert {"debug"} == {line["log_level"] for line in logs if line["event"] == "run failed"}
    status = running.collection("modelarts_pools").record.status
    assert (1800, "auth", running.clock.now()) == (status.max_staleness, status.result, status.last_run)


async def test_a_shorter_staleness_takes_old_rows_at_once(running):
    running.clock.advance(400)
    running.ml["collectors"] = {"modelarts_pools": {"interval": "100s", "timeout": "50s", "max_staleness": "5m"}}
    running.gate.hold("/pools")
    await running.reloading.reload("test")
    assert "huaweicloud_modelarts_pool_info{" not in await running.page()


async def test_another_budget_touches_no_collection_and_holds_for_the_next_call(running):
    before, requests = running.exporter.collections, running.transport.requests
    budget = running.exporter._assemblies["shop"].parts.budgets.of("retailcloud")
    running.shop["budget"] = {"retailcloud": {"rate": "1/m", "burst": 1}}
    outcome = await running.reload()
    assert ("reloaded", "changed: shop") == outcome.lines[:2]
    assert (before, requests) == (running.exporter.collections, running.transport.requests)
    assert budget is running.exporter._assemblies["shop"].parts.budgets.of("retailcloud")
    running.clock.advance(3600)
    assert 0 == await budget.spend()
    assert 60 == round(budget._wait(running.clock.monotonic()))


async def test_another_timeout_of_calls_is_in_force_without_a_call(running):
    requests, due = running.transport.requests, running.exporter.schedule.due_times()
    running.document["http"] = {"timeout": "7s", "connect_timeout": "3s"}
    outcome = await running.reload()
    assert "way out: changed" in outcome.lines
    assert requests == running.transport.requests
    assert due.keys() == running.exporter.schedule.due_times().keys()
    client = running.exporter._network.client
    assert (3, 7) == (client.timeout.connect, client.timeout.read)
    [channel] = [running.collection("modelarts_pools").product._channel]
    assert 7 == channel._outlet.timeout
