"""A reload: what changed is in force, what did not is not touched, and a mistake changes nothing."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from exporter.reloading import Reloading
from exporter.web import Reloaded
from tests.reloadable import Reloadable

SUCCESSFUL = "cluster_exporter_config_last_reload_successful"
SUCCESS_TIME = "cluster_exporter_config_last_reload_success_timestamp_seconds"


@pytest.fixture
async def running() -> AsyncIterator[Reloadable]:
    running = Reloadable()
    await running.start()
    yield running
    await running.stop()


def objects_of(running: Reloadable, account: str) -> set[int]:
    return {id(each) for each in running.exporter.collections if each.key.account == account}


async def test_the_metrics_of_a_reload_are_there_from_the_start(running):
    assert 1 == running.value(SUCCESSFUL)
    assert running.clock.now() == running.value(SUCCESS_TIME)


async def test_a_reload_with_nothing_changed_touches_nothing_and_calls_nobody(running):
    before = (running.transport.requests, running.exporter.collections, running.exporter.schedule.due_times())
    page = (await running.exporter.store.page()).plain
    running.clock.advance(30)
    assert ("reloaded, nothing changed",) == (await running.reload()).lines[:1]
    after = (running.transport.requests, running.exporter.collections, running.exporter.schedule.due_times())
    assert before == after
    assert page == (await running.exporter.store.page()).plain
    assert running.clock.now() == running.value(SUCCESS_TIME)


async def test_a_mistake_keeps_the_data_the_schedule_and_the_settings(running):
    before = (running.transport.requests, running.exporter.collections, running.exporter.schedule.due_times())
    page = (await running.exporter.store.page()).plain
    started = running.value(SUCCESS_TIME)
    running.clock.advance(10)
    running.mistake = "is missing"
    outcome = await running.reload()
    assert (False, ("config.yml:3: accounts[0].name: is missing",)) == (outcome.succeeded, outcome.lines)
    assert (0, started) == (running.value(SUCCESSFUL), running.value(SUCCESS_TIME))
    assert before == (
        running.transport.requests,
        running.exporter.collections,
        running.exporter.schedule.due_times(),
    )
    assert page == (await running.exporter.store.page()).plain
    running.mistake = ""
    assert (await running.reload()).succeeded
    assert (1, running.clock.now()) == (running.value(SUCCESSFUL), running.value(SUCCESS_TIME))


async def test_a_removed_account_is_gone_from_page_status_and_counters_and_the_other_goes_on(running):
    assert 'account="ml"' in await running.page()
    assert running.value(
        "cluster_exporter_api_requests_total",
        provider="huaweicloud",
        account="ml",
        product="modelarts",
        operation="ListPools",
        outcome="ok",
    )
    kept, requests = objects_of(running, "shop"), running.transport.requests
    del running.document["accounts"][1]
    outcome = await running.reload()
    assert ("reloaded", "removed: ml", "collections removed: 2") == outcome.lines[:3]
    page = await running.page()
    assert 'account="ml"' not in page
    assert 'account="shop"' in page
    assert "huaweicloud_modelarts" not in re.sub("(?m)^cluster_exporter_api_request_duration.*", "", page)
    assert "<td>ml</td>" not in (await running.get("/")).text
    assert not [each for each in running.exporter.schedule.due_times() if "/ml/" in each]
    assert (kept, requests) == (objects_of(running, "shop"), running.transport.requests)
    assert "ml" not in running.exporter.tallies
    assert (200, 200) == ((await running.get("/-/ready")).status_code, (await running.get("/-/healthy")).status_code)


async def test_an_added_account_runs_at_once_and_the_others_keep_their_times(running):
    due = running.exporter.schedule.due_times()
    kept, requests = objects_of(running, "shop"), running.transport.requests
    before = running.exporter.tallies["shop"].so_far()
    running.clock.advance(20)
    running.document["accounts"].append({**running.ml, "name": "second"})
    outcome = await running.reload()
    assert ("reloaded", "added: second", "collections added: 2") == outcome.lines[:3]
    page = await running.page()
    assert re.search('huaweicloud_modelarts_pool_info{account="second"', page)
    assert before == running.exporter.tallies["shop"].so_far()
    assert kept == objects_of(running, "shop")
    assert due.items() <= running.exporter.schedule.due_times().items()
    made = running.exporter.tallies["second"].so_far()
    assert running.transport.requests - requests == sum(spent.calls for spent in made.values())


async def test_a_renamed_account_leaves_nothing_under_its_old_name(running):
    running.ml["name"] = "learning"
    outcome = await running.reload()
    assert ("reloaded", "added: learning", "removed: ml") == outcome.lines[:3]
    page = await running.page()
    assert 'account="ml"' not in page
    assert 'huaweicloud_modelarts_pool_info{account="learning"' in page


async def test_an_account_at_another_vendor_is_another_account(running):
    running.document["accounts"] = [{**running.ml, "name": "shop"}, {**running.shop, "name": "ml"}]
    assert (await running.reload()).succeeded
    page = await running.page()
    assert 'huaweicloud_modelarts_pool_info{account="shop"' in page
    assert 'aliyun_retailcloud_node_info{account="ml"' in page
    assert not re.search('^(aliyun.*account="shop"|huaweicloud.*account="ml")', page, re.MULTILINE)
    assert not re.search('^[^#].*account="shop".*provider="aliyun"', page, re.MULTILINE)
    assert 'cluster_exporter_api_requests_total{account="shop",operation="ListPools",outcome="ok"' in page


async def test_a_changed_interval_sets_that_job_anew_and_no_other(running):
    due, requests = running.exporter.schedule.due_times(), running.transport.requests
    before, rows = running.exporter.collections, await running.page_of("retailcloud_nodes")
    running.clock.advance(60)
    running.shop["collectors"] = {"retailcloud_nodes": {"interval": "10m"}}
    outcome = await running.reload()
    assert ("reloaded", "changed: shop", "collections changed: 1") == outcome.lines[:3]
    name = "retailcloud_nodes/shop/global"
    after = running.exporter.schedule.due_times()
    assert {name} == {each for each in after if after[each] != due[each]}
    assert 200 < (after[name] - due[name]).total_seconds() < 600
    assert {name} == {str(each.key) for each in set(running.exporter.collections) - set(before)}
    assert requests == running.transport.requests
    now = await running.page_of("retailcloud_nodes")
    assert 'configured_interval_seconds{collector="retailcloud_nodes",account="shop",region_id="global"} 600' in now
    nodes = [line for line in rows.splitlines() if line.startswith("aliyun_")]
    assert nodes
    assert nodes == [line for line in now.splitlines() if line.startswith("aliyun_")]


async def test_a_shorter_interval_that_is_over_already_runs_at_once(running):
    running.clock.advance(240)
    begun = running.starts()
    running.document["collectors"] |= {"retailcloud_nodes": {"interval": "2m"}}
    await running.reload()
    await asyncio.sleep(0)
    name = "retailcloud_nodes/shop/global"
    assert {name} == {each for each, at in running.starts().items() if at != begun[each]}


async def test_a_disabled_collector_takes_its_rows_and_counters_along(running):
    running.document["collectors"] |= {"ecs_hpc_clusters": {"enabled": False}}
    assert "aliyun_ecs_hpc_clusters{" in await running.page()
    await running.reload()
    page = await running.page()
    assert "aliyun_ecs_hpc_clusters{" not in page
    assert not re.search('^[^#]*collector="ecs_hpc_clusters"', page, re.MULTILINE)
    running.document["collectors"] |= {"ecs_hpc_clusters": {"enabled": True}}
    await running.reload()
    assert "aliyun_ecs_hpc_clusters{" in await running.page()


async def test_a_region_more_runs_there_alone(running):
    due, before = running.exporter.schedule.due_times(), set(running.exporter.collections)
    counted = running.exporter.tallies["ml"].so_far()
    running.clock.advance(20)
    running.shop["regions"] = ["cn-zhangjiakou", "cn-hangzhou"]
    running.ml["regions"] = ["cn-north-4", "cn-north-9"]
    await running.reload()
    now = running.exporter.schedule.due_times()
    shops = {each.key for each in set(running.exporter.collections) - before if each.key.account == "shop"}
    assert {"cn-hangzhou", "global"} == {key.region_id for key in shops}
    assert {"rds_backups"} == {key.collector for key in shops if key.region_id == "global"}  # it looks in all regions
    assert {"cn-north-9"} == {
        call.region for call, _ in running.exporter.tallies["ml"].so_far().items() - counted.items()
    }
    assert "rds_backups/shop/global" in {name for name in due if due[name] != now[name]}
    # The project of another region was added: how the old one logs in was made anew, and its times stay.
    assert all(abs(now[name] - due[name]) < timedelta(seconds=60) for name in due if "cn-north-4" in name)


async def test_new_credentials_are_tried_at_once_and_the_rows_stay(running):
    rows = await running.page_of("modelarts_pools")
    before = running.exporter.tallies["shop"].so_far()
    running.ml["credentials"] = {"access_key_id": "simulated-id", "access_key_secret": "not-the-secret"}
    assert (await running.reload()).succeeded
    await running.settled()
    assert "auth" == running.collection("modelarts_pools").record.status.result
    after = await running.page_of("modelarts_pools")
    pools = [line for line in rows.splitlines() if line.startswith("huaweicloud_modelarts_pool_info")]
    assert pools
    assert pools == [line for line in after.splitlines() if line.startswith("huaweicloud_modelarts_pool_info")]
    assert before == running.exporter.tallies["shop"].so_far()
    assert "not-the-secret" not in await running.page()


async def test_the_rows_of_another_cloud_go_at_once(running):
    running.ml["endpoints"] = {"modelarts": "http://127.0.0.2:10991"}
    assert "huaweicloud_modelarts_pool_info{" in await running.page()
    running.gate.hold("127.0.0")
    await running.reloading.reload("test")
    [key] = [each for each in running.exporter.store.records if each.collector == "modelarts_pools"]
    assert 0 == running.exporter.store.records[key].block.series
    assert "huaweicloud_modelarts_pool_info{" not in await running.page()
    running.gate.open()
    await running.exporter.schedule.all_tried()
    assert "huaweicloud_modelarts_pool_info{" in await running.page()


async def test_files_that_hang_are_told_of_and_the_next_reload_waits_for_them(running):
    gate = threading.Event()
    running.before_read = lambda: gate.wait(10)
    running.reloading = Reloading(running.exporter, running._read, {}, patience=0.05)
    said = "the files of the settings gave no answer within 0.05 s"
    for _ in range(3):
        assert Reloaded(False, (said,)) == await running.reloading.reload("test")
    assert (1, 0) == (running.reads, running.value(SUCCESSFUL))
    gate.set()
    running.reloading._patience = 10
    assert (await running.reloading.reload("test")).succeeded
    assert (2, 1) == (running.reads, running.value(SUCCESSFUL))


async def test_what_repeats_by_itself_tells_the_same_mistake_once(running):
    with capture_logs() as logs:
        for mistake in ("is odd", "is odd", "is odder", "", "is odder"):
            running.mistake = mistake
            await running.reloading.reload("change of the file", repeats=True)
        await running.reloading.reload("SIGHUP")
    levels = [line["log_level"] for line in logs if line["event"].startswith("settings not reloaded")]
    assert ["error", "debug", "error", "error", "error"] == levels


@pytest.mark.parametrize(
    ("changed", "stay"),
    [("acs:ram::1234567890123456:role/another", True), ("acs:ram::9999999999999999:role/exporter", False)],
)
async def test_the_rows_of_a_role_in_another_account_of_the_vendor_go_at_once(running, changed, stay):
    keys = running.shop["credentials"]
    running.shop["endpoints"] |= {"sts": running.shop["endpoints"]["ecs"]}
    running.shop["credentials"] = keys | {"role_arn": "acs:ram::1234567890123456:role/exporter"}
    await running.reload()
    await running.settled()
    assert "aliyun_retailcloud_cluster_info{" in await running.page()
    memory = running.collection("retailcloud_apps").record.memory
    assert memory is not None
    running.shop["credentials"] = keys | {"role_arn": changed}
    running.gate.hold("127.0.0")
    await running.reloading.reload("test")
    assert stay is ("aliyun_retailcloud_cluster_info{" in await running.page())
    assert (memory if stay else None) is running.collection("retailcloud_apps").record.memory
    running.gate.open()


async def test_the_rows_of_another_domain_go_at_once(running):
    user = {"username": "exporter", "domain": "one", "password": "a-password"}
    running.ml["credentials"] = user
    await running.reloading.reload("test")
    pools = running.collection("modelarts_pools")
    known = replace(pools.record, memory="of one", remembered_at=running.clock.monotonic())
    running.exporter.store.put(pools.key, known)
    running.ml["credentials"] = user | {"domain": "two"}
    await running.reloading.reload("test")
    assert None is running.collection("modelarts_pools").record.memory


async def test_siblings_are_linked_anew(running):
    running.document["collectors"] |= {"retailcloud_apps": {"interval": "5m"}}
    await running.reload()
    apps, deploys = running.collection("retailcloud_apps"), running.collection("retailcloud_deploys")
    assert apps is deploys.siblings["retailcloud_apps"]
    assert deploys is apps.siblings["retailcloud_deploys"]
    # The inventory was taken over: deploys do not have to list apps for themselves, nor to wait.
    before = {call.operation for call in running.exporter.tallies["shop"].so_far()}
    assert await apps.memory() is not None
    await deploys.run()
    assert before == {call.operation for call in running.exporter.tallies["shop"].so_far()}
