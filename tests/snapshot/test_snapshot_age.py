"""What of a snapshot is shown again: how old it is by whichever clock, and whether this version still makes it."""

from dataclasses import replace

import pytest

from exporter.clouds.errors import ThrottledError
from tests.doubles import LEVEL, PLACE, FakeClock, simple_collector
from tests.snapshots import FAILURES, LAST_SUCCESS, ROW, Process, fetch, restored, with_lines


@pytest.fixture
def path(tmp_path):
    return tmp_path / "snapshot"


async def test_what_was_saved_is_restored(path):
    first = Process(path)
    await first.saved()
    first.clock.advance(10)
    second, logs = await restored(path, first.clock)
    assert ROW == await second.bench.page("test_level")
    assert "what is remembered" == second.collection.record.memory == await second.collection.memory()
    assert ("success", first.clock.now() - 10) == (
        second.collection.record.status.result,
        second.collection.record.status.last_success,
    )
    assert [("info", "went on from the snapshot", 10, 1, 1)] == [
        (line["log_level"], line["event"], line["age_seconds"], line["collections"], line["series"]) for line in logs
    ]
    assert first.clock.now() - 10 == second.bench.counted(LAST_SUCCESS)


async def test_without_a_file_the_start_is_an_ordinary_one(path):
    process, logs = await restored(path, FakeClock())
    assert [("info", "there is no snapshot yet")] == [(line["log_level"], line["event"]) for line in logs]
    assert (None, 0) == (process.bench.counted(LAST_SUCCESS), process.bench.counted(FAILURES))
    assert "" == process.collection.record.status.result


async def test_a_file_from_the_future_is_not_used(path):
    first = Process(path)
    await first.saved()
    first.clock.wall -= 3600
    _, logs = await restored(path, first.clock)
    assert f"{path} was saved 3600 s in the future: a clock is wrong, or was" == logs[0]["reason"]


async def test_rows_are_no_younger_than_the_file_though_the_clock_was_set_back_a_little(path):
    first = Process(path)
    await first.saved()
    first.clock.wall -= 50
    second, _ = await restored(path, first.clock)
    second.clock.advance(299)
    assert ROW == await second.bench.page("test_level")
    second.clock.advance(1)
    assert "" == await second.bench.page("test_level")
    assert second.collection.record.status.last_success <= second.clock.now()


async def test_rows_that_claim_to_be_from_after_the_file_grow_old_like_the_others(path):
    first = Process(path)
    await first.saved()
    later = with_lines(lambda lines: [*lines[:2], lines[2].replace(b"1000.0", b"1e12")])
    path.write_bytes(later(path.read_bytes()))
    second, _ = await restored(path, first.clock)
    assert ROW == await second.bench.page("test_level")
    second.clock.advance(300)
    assert "" == await second.bench.page("test_level")


async def test_a_clock_that_stepped_between_two_snapshots_does_not_change_the_age_of_rows(path):
    first = Process(path)
    await first.saved()
    first.clock.advance(100)
    first.clock.wall += 3600
    first.collection.resume(first.collection.record)
    await first.snapshot.save()
    second, _ = await restored(path, first.clock)
    second.clock.advance(199)
    assert ROW == await second.bench.page("test_level")
    second.clock.advance(1)
    assert "" == await second.bench.page("test_level")


async def test_a_version_that_makes_other_series_shows_none_of_before_and_keeps_the_memory(path):
    first = Process(path)
    await first.saved()
    longer = replace(LEVEL, labels=("account", "object", "zone"))
    second, _ = await restored(path, first.clock, collector=simple_collector(fetch, metrics=(longer,)))
    assert "" == await second.bench.page("test_level")
    assert "what is remembered" == second.collection.record.memory
    # Nor that a run was good which found none: what had objects yesterday would seem to have lost them all.
    told = await second.bench.page("cluster_exporter_collector_last_result", "cluster_exporter_collector_success")
    assert "" == told
    assert first.clock.now() == second.collection.record.status.last_success


async def test_a_version_that_remembers_in_another_form_begins_without_memory_and_keeps_the_rows(path):
    first = Process(path)
    await first.saved()
    second, _ = await restored(path, first.clock, collector=simple_collector(fetch, memory=int))
    assert (ROW, None) == (await second.bench.page("test_level"), second.collection.record.memory)


@pytest.mark.parametrize(("history", "age", "remembers"), [(0, 300, True), (0, 301, False), (86_400, 3600, True)])
async def test_a_memory_is_kept_for_max_staleness_or_the_history_of_the_collector(path, history, age, remembers):
    place = replace(PLACE, history=history)
    first = Process(path, place=place)
    await first.saved()
    first.clock.advance(age)
    second, _ = await restored(path, first.clock, place=place)
    assert remembers is (second.collection.record.memory is not None)


async def test_who_failed_and_whose_turn_it_is_is_known_after_a_restart(path):
    async def fetch_two(cloud, run) -> None:
        async def ask(name: str) -> None:
            if name == "b":
                raise ThrottledError("slow down")
            run.keep(name, (name, 1))

        await run.each(["a", "b"], ask)

    first = Process(path, collector=simple_collector(fetch_two))
    await first.saved()
    first.clock.advance(30)
    second, _ = await restored(path, FakeClock(first.clock.now()), collector=simple_collector(fetch_two))
    turns = second.collection.record.turns
    assert {"a": 970, "b": 970} == turns.asked_at
    assert {"b": ("throttled", "slow down")} == {
        name: (error.reason, str(error)) for name, error in turns.failed.items()
    }
