"""The snapshot is written while the exporter runs, whole or not at all, and a disk that fails is told of."""

import contextlib
import resource
import stat
from dataclasses import replace

import pytest
import structlog
from structlog.testing import capture_logs

from exporter.snapshot import Snapshot
from tests.doubles import PLACE, FakeClock
from tests.snapshots import FAILURES, LAST_SUCCESS, ROW, Process, restored


@pytest.fixture
def path(tmp_path):
    return tmp_path / "snapshot"


async def test_a_folder_that_is_not_there_is_a_failure_that_is_told_once(path):
    process = Process(path.parent / "missing" / "snapshot")
    structlog.reset_defaults()
    with capture_logs() as logs:
        for _ in range(3):
            await process.saved()
        path.parent.joinpath("missing").mkdir()
        await process.saved()
    told = [line for line in logs if line["event"].startswith(("the snapshot", "snapshots"))]
    assert ["warning", "debug", "debug", "info"] == [line["log_level"] for line in told]
    assert f"cannot write {path.parent}/missing/snapshot: No such file or directory" == told[0]["reason"]
    assert (3, process.clock.now()) == (process.bench.counted(FAILURES), process.bench.counted(LAST_SUCCESS))


async def test_where_there_is_no_more_space_the_old_file_stays(path):
    process = Process(path)
    await process.saved()
    old = path.read_bytes()
    await process.collection.run()
    structlog.reset_defaults()
    with capture_logs() as logs, no_space():
        await process.snapshot.save()
        await process.snapshot.save()
    assert (old, ["snapshot"]) == (path.read_bytes(), [each.name for each in path.parent.iterdir()])
    told = [(line["log_level"], line["reason"]) for line in logs if "not saved" in line["event"]]
    reason = f"cannot write {path}: File too large"
    assert [("warning", reason), ("debug", reason)] == told
    assert 2 == process.bench.counted(FAILURES)
    again, _ = await restored(path, process.clock)
    assert ROW == await again.bench.page("test_level")


@contextlib.contextmanager
def no_space():
    """The kernel writes no more than ten bytes of a file: it refuses in the same place as with a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_the_file_is_its_owners_alone_whatever_was_there(path):
    path.with_name("snapshot.new").write_text("left by a process that was killed")
    path.with_name("snapshot.new").chmod(0o666)
    await Process(path).saved()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert ["snapshot"] == [each.name for each in path.parent.iterdir()]


async def test_nothing_is_written_while_nothing_changes(path):
    process = Process(path)
    await process.saved()
    path.unlink()
    await process.snapshot.save()
    assert not path.exists()
    await process.saved()
    assert path.exists()


async def test_while_it_runs_a_snapshot_is_saved_again_and_again_and_at_the_end(path):
    process = Process(path)
    process.snapshot = Snapshot(
        path,
        lambda: [process.collection],
        version="1",
        metrics=process.bench.metrics,
        clock=process.clock,
        every=0.01,
    )
    await process.snapshot.begin()
    while not path.exists():
        await process.collection.run()
    path.unlink()
    await process.collection.run()
    await process.snapshot.end()
    assert path.exists()


async def test_collections_come_and_go_between_two_snapshots(path):
    clock = FakeClock()
    gone, new = Process(path, clock), Process(path, clock, place=replace(PLACE, account="new"))
    there = [gone.collection]
    snapshot = Snapshot(path, lambda: there, version="1", metrics=gone.bench.metrics, clock=clock)
    await gone.collection.run()
    await snapshot.save()
    there[:] = [new.collection]
    await new.collection.run()
    await snapshot.save()
    again, _ = await restored(path, clock)
    assert "" == await again.bench.page("test_level")
    again, _ = await restored(path, clock, place=replace(PLACE, account="new"))
    assert 'test_level{account="new",object="a"} 1' == await again.bench.page("test_level")
