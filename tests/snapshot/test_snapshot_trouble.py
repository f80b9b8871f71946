"""A bug or a disk that hangs costs the snapshot, or its part of it, and never the exporter."""

import asyncio
import threading
import time
from dataclasses import dataclass
from typing import Annotated

import pytest
import structlog
from pydantic import PlainSerializer
from structlog.testing import capture_logs

from exporter.snapshot import Snapshot, file
from tests.doubles import FakeClock, simple_collector
from tests.snapshots import FAILURES, LAST_SUCCESS, ROW, Process, restored

GATE = threading.Event()


class Odd:
    """A memory that nobody knows how to write."""


@dataclass(frozen=True)
class Slow:
    """A memory that takes until the gate opens to be written, as with a disk that hangs."""

    text: Annotated[str, PlainSerializer(lambda text: text if GATE.wait(10) else "")]


def remembering(memory: object):
    async def fetch(cloud, run) -> None:
        run.keep("a", ("a", 1))
        run.remember(memory)

    return simple_collector(fetch, memory=type(memory))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "snapshot"


async def test_a_bug_in_one_collection_keeps_the_others_in_the_snapshot(path):
    clock = FakeClock()
    odd, well = Process(path, clock, remembering(Odd())), Process(path, clock)
    snapshot = Snapshot(
        path, lambda: [odd.collection, well.collection], version="1", metrics=well.bench.metrics, clock=clock
    )
    await odd.collection.run()
    await well.collection.run()
    structlog.reset_defaults()
    with capture_logs() as logs:
        await snapshot.save()
        await snapshot.save()
    reason = f"{path}: a bug of the exporter leaves out test_collector/shop/global: "
    assert [("warning", True), ("debug", True)] == [
        (line["log_level"], line["reason"].startswith(reason)) for line in logs
    ]
    assert 2 == well.bench.counted(FAILURES)
    again, _ = await restored(path, clock)
    assert ROW == await again.bench.page("test_level")


async def test_a_bug_at_the_start_is_told_without_any_value_and_the_exporter_starts(path):
    first = Process(path)
    await first.saved()
    structlog.reset_defaults()
    second = Process(path, first.clock, remembering(Odd()))
    with capture_logs() as logs:
        await second.snapshot.restore()
    [line] = logs
    assert line["reason"].startswith(f"a bug of the exporter at {path}: ")
    assert "" == second.collection.record.status.result


async def test_a_disk_that_hangs_is_told_holds_nothing_up_and_is_written_to_again(path):
    GATE.clear()
    process = Process(path, collector=remembering(Slow("text")))
    structlog.reset_defaults()
    with capture_logs() as logs:
        await process.collection.run()
        for _ in range(3):
            await process.snapshot.save(within=0.01)
        assert (3, None) == (process.bench.counted(FAILURES), process.bench.counted(LAST_SUCCESS))
        GATE.set()
        await process.snapshot.save()
    reason = f"the disk of {path} gave no answer within 0.01 s"
    told = [line for line in logs if "snapshot" in line["event"]]
    assert [("warning", reason), ("debug", reason), ("debug", reason), ("info", None)] == [
        (line["log_level"], line.get("reason")) for line in told
    ]
    assert path.read_bytes().startswith(file.MAGIC)


async def test_at_the_end_a_disk_that_is_slow_has_no_more_time_than_is_left_for_all_it_has_to_write(path):
    GATE.clear()
    process = Process(path, collector=remembering(Slow("text")))
    await process.collection.run()
    under_way = asyncio.create_task(process.snapshot.save())
    await asyncio.sleep(0.01)
    under_way.cancel()
    opening = threading.Timer(0.25, GATE.set)
    opening.start()
    await process.collection.run()
    began = time.monotonic()
    process.snapshot._write = lambda *_: time.sleep(1)
    await process.snapshot.end(within=0.4)
    assert time.monotonic() - began < 0.6
    opening.join()
