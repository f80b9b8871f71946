"""A restart goes on from the snapshot: the first page has the rows, and no history is searched again."""

import json
import zlib
from collections.abc import Collection
from pathlib import Path

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from exporter.app import Exporter
from exporter.collectors import COLLECTORS
from exporter.simulator import SimulatedClock, World, create_app
from tests.doubles import FakeClock
from tests.simulated import KEYS, SMALL, URL, Counting, document, exporter_of, get, settings_of

SOME = ("retailcloud_apps", "retailcloud_deploys", "retailcloud_nodes", "modelarts_clusters")
DEPLOYS = "aliyun_retailcloud_deploy_last_finished_result"


class Machine:
    """Exporters that come one after the other, in front of the same simulated clouds, on the same disk."""

    def __init__(self, folder: Path, some: Collection[str] = SOME) -> None:
        self.path = folder / "snapshot"
        self.clock = FakeClock()
        self.world = World(7, SMALL, SimulatedClock(self.clock.now))
        self.transport = Counting(httpx.ASGITransport(create_app(self.world)))
        self.settings = {**document(self.world), "snapshot_path": str(self.path)}
        self.settings["collectors"] = {each.name: {"enabled": each.name in some} for each in COLLECTORS}

    def exporter(self) -> Exporter:
        return exporter_of(settings_of(self.settings), self.transport, self.clock)

    async def stopped(self, exporter: Exporter) -> None:
        await exporter.snapshot.end()
        await exporter.close()

    async def started(self, *, booted: bool = False) -> Exporter:
        """A new process; where the machine ``booted``, its monotonic clock begins anew."""
        if booted:
            self.clock.steady = 5.0
        exporter = self.exporter()
        await exporter.snapshot.restore()
        return exporter

    async def calls_of(self, exporter: Exporter) -> int:
        before = self.transport.requests
        await exporter.collect_once()
        return self.transport.requests - before

    async def ran_and_stopped(self) -> str:
        """The page of an exporter that ran twice, a minute apart, and ended."""
        exporter = self.exporter()
        await exporter.collect_once()
        self.clock.advance(60)
        await exporter.collect_once()
        page = (await exporter.store.page()).plain.decode()
        await self.stopped(exporter)
        return page


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path)


def rows_of(page: str, *beginnings: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith(beginnings)]


@pytest.mark.parametrize("booted", [False, True], ids=["same clock", "after a boot"])
async def test_the_first_page_after_a_restart_is_the_last_one_before_it(tmp_path, booted):
    machine = Machine(tmp_path, [each.name for each in COLLECTORS])
    before = await machine.ran_and_stopped()
    machine.clock.advance(20)
    exporter = await machine.started(booted=booted)
    response = await get(exporter, "/metrics")
    assert len(rows_of(before, "aliyun_", "huaweicloud_")) > 500
    assert response.text.startswith(before)
    await machine.stopped(exporter)


async def test_a_restart_costs_no_more_calls_than_a_run_in_between(machine):
    exporter = machine.exporter()
    await machine.calls_of(exporter)
    machine.clock.advance(60)
    ordinary = await machine.calls_of(exporter)
    await machine.stopped(exporter)
    machine.clock.advance(60)
    restarted = await machine.started()
    assert ordinary == await machine.calls_of(restarted)
    await machine.stopped(restarted)
    machine.path.unlink()
    machine.clock.advance(60)
    bare = await machine.started()
    assert await machine.calls_of(bare) > ordinary
    await machine.stopped(bare)


async def test_rows_that_were_not_read_again_go_when_they_would_have_gone_without_the_restart(machine):
    await machine.ran_and_stopped()
    machine.clock.advance(290)
    exporter = await machine.started(booted=True)
    assert DEPLOYS in (await exporter.store.page()).plain.decode()
    machine.clock.advance(11)
    assert DEPLOYS not in (await exporter.store.page()).plain.decode()
    await machine.stopped(exporter)


async def test_rows_that_are_too_old_at_the_start_are_left_out_and_the_others_are_there(machine):
    await machine.ran_and_stopped()
    machine.clock.advance(600)
    exporter = await machine.started()
    page = (await exporter.store.page()).plain.decode()
    assert not rows_of(page, DEPLOYS)
    assert rows_of(page, "aliyun_retailcloud_environment_info")
    results = rows_of(page, "cluster_exporter_collector_last_result")
    assert not [line for line in results if 'collector="retailcloud_deploys"' in line]
    assert [line for line in results if 'collector="retailcloud_apps"' in line]
    # Who fails for longer than the history is known from the memory alone, so that stays.
    assert exporter.store.records[key_of(exporter, "retailcloud_deploys")].memory
    await machine.stopped(exporter)


def key_of(exporter: Exporter, collector: str):
    [key] = [each.key for each in exporter.collections if each.collector.name == collector]
    return key


async def test_an_exporter_that_was_restored_is_ready_at_once_and_one_without_a_snapshot_is_not(machine):
    bare = machine.exporter()
    assert 503 == (await get(bare, "/-/ready")).status_code
    await machine.ran_and_stopped()
    restored = await machine.started()
    assert 200 == (await get(restored, "/-/ready")).status_code
    await machine.stopped(restored)


async def test_first_runs_begin_at_once_all_the_same(machine):
    await machine.ran_and_stopped()
    exporter = await machine.started()
    exporter.schedule.start()
    await exporter.schedule.all_tried()
    await exporter.schedule.stop(1)
    assert machine.clock.now() == exporter.store.records[key_of(exporter, "retailcloud_deploys")].status.last_run
    await machine.stopped(exporter)


async def test_a_failure_is_shown_as_it_was(machine):
    machine.settings["accounts"][0]["credentials"] = {**KEYS, "access_key_secret": "wrong"}
    exporter = machine.exporter()
    await exporter.collect_once()
    page = (await exporter.store.page()).plain.decode()
    await machine.stopped(exporter)
    machine.clock.advance(30)
    restored = await machine.started()
    assert rows_of(page, "cluster_exporter_collector_last_result") == rows_of(
        (await restored.store.page()).plain.decode(), "cluster_exporter_collector_last_result"
    )
    assert 'collector="retailcloud_deploys",account="shop",region_id="global",result="auth"} 1' in page
    await machine.stopped(restored)


OTHER = {
    "another cloud": {"endpoints": {"retailcloud": "http://127.0.0.1:10999"}},
    "other filters": {"exclude": {"environment": ".*test.*"}},
    "another role": {"credentials": {**KEYS, "role_arn": "acs:ram::222:role/other"}},
    "a shorter window": {"collectors": {"retailcloud_deploys": {"window": "12h"}}},
    "another name": {"name": "other"},
}


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER.keys())
async def test_an_account_that_is_read_in_another_way_shows_nothing_of_before(machine, change):
    await machine.ran_and_stopped()
    machine.settings["accounts"][0] |= change
    exporter = await machine.started()
    page = (await exporter.store.page()).plain.decode()
    assert not rows_of(page, DEPLOYS)
    assert rows_of(page, "huaweicloud_modelarts_")
    assert None is exporter.store.records[key_of(exporter, "retailcloud_deploys")].memory
    await machine.stopped(exporter)


UNCHANGED = {
    "another key": {"credentials": {"access_key_id": "LTAIother", "access_key_secret": "other"}},
    "another interval": {"collectors": {"retailcloud_deploys": {"interval": "2m"}}},
    "another budget": {"budget": {"retailcloud": {"rate": "5/s"}}},
}


@pytest.mark.parametrize("change", UNCHANGED.values(), ids=UNCHANGED.keys())
async def test_what_does_not_change_the_objects_keeps_the_rows(machine, change):
    await machine.ran_and_stopped()
    machine.settings["accounts"][0] |= change
    exporter = await machine.started()
    assert rows_of((await exporter.store.page()).plain.decode(), DEPLOYS)
    await machine.stopped(exporter)


async def test_a_collection_that_left_the_settings_is_not_restored(machine):
    await machine.ran_and_stopped()
    machine.settings["collectors"]["retailcloud_nodes"] = {"enabled": False}
    structlog.reset_defaults()
    with capture_logs() as logs:
        exporter = await machine.started()
    assert "retailcloud_nodes" not in (await exporter.store.page()).plain.decode()
    [left_out] = [line["reasons"] for line in logs if line["event"] == "collections of the snapshot are left out"]
    assert {"not in the settings any more": 1} == left_out
    await machine.stopped(exporter)


async def test_no_secret_is_in_the_file_and_only_its_owner_reads_it(machine):
    await machine.ran_and_stopped()
    assert 0o600 == machine.path.stat().st_mode & 0o777
    content = machine.path.read_bytes()
    assert URL.encode() not in content
    for secret in KEYS.values():
        assert secret.encode() not in unpacked(content)


def unpacked(content: bytes) -> bytes:
    _, header, body = content.split(b"\n", 2)
    texts, start = [header], 0
    for length in json.loads(header)["chunks"]:
        texts.append(zlib.decompress(body[start : start + length]))
        start += length
    return b"\n".join(texts)


async def test_without_the_setting_nothing_is_kept_and_nothing_said_of_it(machine):
    del machine.settings["snapshot_path"]
    exporter = machine.exporter()
    assert None is exporter.snapshot
    assert "cluster_exporter_snapshot" not in (await get(exporter, "/metrics")).text
    await exporter.close()


async def test_only_a_daemon_writes_the_file(machine):
    exporter = machine.exporter()
    await exporter.collect_once()
    await exporter.close()
    assert not machine.path.exists()
