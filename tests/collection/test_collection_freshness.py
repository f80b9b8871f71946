"""What stays on the page, and for how long, when runs go well, badly and half."""

import math

import pytest

from exporter.clouds.errors import BadResponseError, ThrottledError, UnavailableError
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from tests.doubles import LEVEL, Bench, simple_collector
from tests.hanging import Hanging


class Cloud:
    """Objects with values; those in ``broken`` fail, the list is as ``complete`` and ``error`` say."""

    def __init__(self, **values: float) -> None:
        self.values = values
        self.broken: dict[str, Exception] = {}
        self.hanging: set[str] = set()
        self.complete = True
        self.error: BadResponseError | None = None
        self.refused: Exception | None = None
        self.reach = math.inf  # how many objects it answers about in one run
        self.asked: list[str] = []
        self.stuck = Hanging()


async def fetch(cloud: Cloud, run) -> None:
    async with cloud.stuck.run():
        await fetch_all(cloud, run)


async def fetch_all(cloud: Cloud, run) -> None:
    if cloud.refused:
        raise cloud.refused
    run.listed(Listing(tuple(cloud.values), cloud.complete, cloud.error), cloud.values, LEVEL)

    answers = 0

    async def ask(name: str) -> None:
        nonlocal answers
        cloud.asked.append(name)
        if name in cloud.hanging or answers == cloud.reach:
            await cloud.stuck.hang()
        if name in cloud.broken:
            raise cloud.broken[name]
        answers += 1
        run.keep(name, (name, cloud.values[name]))

    await run.each(cloud.values, ask)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud(a=1, b=2)


@pytest.fixture
def bench(cloud) -> Bench:
    return Bench(simple_collector(fetch), cloud)


def level(name: str, value: float) -> str:
    return f'test_level{{account="shop",object="{name}"}} {value!r}'


async def test_a_failed_run_keeps_the_last_good_rows_until_max_staleness_and_then_drops_them(bench, cloud):
    await bench.collection.run()
    cloud.refused = UnavailableError("down")
    bench.clock.advance(60)
    assert "unavailable" == (await bench.collection.run()).result
    assert f"{level('a', 1)}\n{level('b', 2)}" == await bench.page("test_level")
    bench.clock.advance(240)
    assert "" == await bench.page("test_level")


async def test_one_failing_object_keeps_its_rows_while_the_others_are_fresh(bench, cloud):
    await bench.collection.run()
    cloud.values = {"a": 10, "b": 20}
    cloud.broken = {"b": ThrottledError("slow down")}
    assert "partial" == (await bench.collection.run()).result
    assert f"{level('a', 10)}\n{level('b', 2)}" == await bench.page("test_level")
    bench.clock.advance(60)
    await bench.collection.run()
    bench.clock.advance(240)
    await bench.collection.run()
    assert level("a", 10) == await bench.page("test_level")


async def test_a_failed_object_is_named_while_it_fails(bench, cloud):
    cloud.broken = {"b": ThrottledError("slow down")}
    await bench.collection.run()
    labels = 'collector="test_collector",account="shop",region_id="global",object="b",reason="throttled"'
    name = "cluster_exporter_collector_failed_object_info"
    assert f"{name}{{{labels}}} 1" == await bench.page(name)
    cloud.broken = {}
    await bench.collection.run()
    assert "" == await bench.page(name)


async def test_at_most_50_failed_objects_are_named(bench, cloud):
    cloud.values = {f"o{number:03}": 1 for number in range(80)}
    cloud.broken = {name: ThrottledError("slow down") for name in list(cloud.values)[1:]}
    status = await bench.collection.run()
    assert 50 == len(status.failed)


async def test_a_complete_list_removes_what_it_lacks_at_once(bench, cloud):
    await bench.collection.run()
    del cloud.values["a"]
    await bench.collection.run()
    assert level("b", 2) == await bench.page("test_level")


async def test_an_empty_complete_list_removes_everything_and_is_a_success(bench, cloud):
    await bench.collection.run()
    cloud.values = {}
    assert "success" == (await bench.collection.run()).result
    assert "" == await bench.page("test_level")


async def test_under_a_partial_list_the_unseen_keep_their_rows_until_max_staleness(bench, cloud):
    await bench.collection.run()
    del cloud.values["a"]
    cloud.complete, cloud.error = False, BadResponseError("page 2 broke")
    bench.clock.advance(60)
    assert "partial" == (await bench.collection.run()).result
    assert f"{level('a', 1)}\n{level('b', 2)}" == await bench.page("test_level")
    bench.clock.advance(240)
    assert level("b", 2) == await bench.page("test_level")


async def test_a_run_stopped_by_its_timeout_keeps_what_it_fetched_and_the_next_begins_with_the_rest(cloud):
    bench = Bench(simple_collector(fetch), cloud, limits=Limits(60, 50, 300, 50_000))
    cloud.hanging = {"a"}
    status = await bench.collection.run()
    assert ("partial", (("a", "timeout"),)) == (status.result, status.failed)
    assert level("b", 2) == await bench.page("test_level")
    cloud.hanging, cloud.asked = set(), []
    await bench.collection.run()
    assert ["a", "b"] == cloud.asked


async def test_a_run_too_short_for_all_objects_does_not_fail_but_shows_a_longer_interval(cloud):
    bench = Bench(simple_collector(fetch), cloud, limits=Limits(60, 50, 180, 50_000))
    cloud.values = {f"o{number}": 1 for number in range(30)}
    await bench.collection.run()
    bench.clock.advance(60)
    cloud.hanging, cloud.asked = set(list(cloud.values)[10:]), []
    status = await bench.collection.run()
    assert ("success", (), 180, 540) == (status.result, status.failed, status.interval, status.max_staleness)
    cloud.hanging, cloud.asked = set(), []
    status = await bench.collection.run()
    assert (60, 180) == (status.interval, status.max_staleness)
    assert [f"o{number}" for number in range(10, 30)] == cloud.asked[:20]


async def test_until_every_object_had_a_turn_a_run_is_partial_and_no_failure(cloud):
    bench = Bench(simple_collector(fetch), cloud, limits=Limits(60, 50, 180, 50_000))
    cloud.values = {f"o{number}": 1 for number in range(30)}
    cloud.hanging = set(list(cloud.values)[10:])
    first = await bench.collection.run()
    assert ("partial", True, (), "20 objects had no turn yet") == (
        first.result,
        first.got_data,
        first.failed,
        first.message,
    )
    labels = {"collector": "test_collector", "account": "shop", "region_id": "global", "reason": "partial"}
    assert 0 == bench.counted("cluster_exporter_collector_failures_total", labels)
    cloud.hanging = set()
    assert "success" == (await bench.collection.run()).result


async def test_a_stretched_fleet_in_which_every_object_had_a_turn_is_well(cloud):
    cloud.values, cloud.reach = {f"o{number}": 1 for number in range(60)}, 40
    bench = Bench(simple_collector(fetch), cloud, limits=Limits(60, 50, 180, 50_000))
    results = []
    for _ in range(6):
        results.append((await bench.collection.run()).result)
        bench.clock.advance(60)
    assert ["partial", *["success"] * 5] == results


async def test_where_the_budget_pays_for_a_few_objects_a_run_each_has_its_turn_and_none_fails(cloud):
    """Five of sixty are read in a run, those that began first; the others under way wait for the budget."""
    cloud.values, cloud.reach = {f"o{number:02}": 1 for number in range(60)}, 5
    bench = Bench(simple_collector(fetch), cloud, limits=Limits(60, 50, 180, 50_000))
    ends = []
    for _ in range(36):
        status = await bench.collection.run()
        ends.append((status.result, status.failed))
        bench.clock.advance(60)
    assert [*[("partial", ())] * 11, *[("success", ())] * 25] == ends
    assert 60 == len((await bench.page("test_level")).splitlines())


async def test_an_object_that_failed_and_had_no_turn_since_is_still_named(cloud):
    bench = Bench(simple_collector(fetch), cloud, limits=Limits(60, 50, 180, 50_000))
    cloud.values = {f"o{number:02}": 1 for number in range(30)}
    cloud.broken = {"o29": ThrottledError("slow down")}
    await bench.collection.run()
    cloud.broken, cloud.hanging = {}, {f"o{number:02}" for number in range(10, 30)}
    status = await bench.collection.run()
    assert ("partial", (("o29", "throttled"),)) == (status.result, status.failed)
    cloud.hanging = set()
    status = await bench.collection.run()
    assert ("success", ()) == (status.result, status.failed)


async def test_an_object_that_hangs_in_a_fleet_too_large_for_one_run_is_named_until_it_answers(cloud):
    cloud.values, cloud.reach = {f"o{number:02}": 1 for number in range(60)}, 40
    cloud.hanging = {"o03"}
    bench = Bench(simple_collector(fetch), cloud, limits=Limits(60, 50, 180, 50_000))
    failed = []
    for _ in range(6):
        failed.append((await bench.collection.run()).failed)
        bench.clock.advance(60)
    assert [(), *[(("o03", "timeout"),)] * 5] == failed
    cloud.hanging = set()
    for _ in range(3):
        bench.clock.advance(60)
        status = await bench.collection.run()
    assert ("success", ()) == (status.result, status.failed)


@pytest.mark.parametrize("story", ["rows from the list", "nothing to show", "hanging"])
async def test_every_object_has_its_turn_whatever_the_others_do(story):
    """The first 40 of 100 objects have rows all the time, have none, or hang; a run has time for about 50."""
    asked: set[str] = set()
    stuck = Hanging()

    async def fetch_some(cloud, run) -> None:
        async with stuck.run():
            await fetch_turns(run)

    async def fetch_turns(run) -> None:
        names = [f"o{number:02}" for number in range(100)]
        run.listed(Listing(tuple(names)), names, LEVEL)
        turns = 0

        async def ask(name: str) -> None:
            nonlocal turns
            turns += 1
            odd = name < "o40"
            if turns > 50 or (odd and story == "hanging"):
                await stuck.hang()
            asked.add(name)
            if not (odd and story == "nothing to show"):
                run.keep(name, (name, 1))

        if story == "rows from the list":
            for name in names[:40]:
                run.keep(name, (name, 0), unit="list")
        await run.each(names, ask)

    bench = Bench(simple_collector(fetch_some), limits=Limits(60, 50, 180, 50_000))
    for _ in range(12):
        await bench.collection.run()
        bench.clock.advance(60)
    assert (60 if story == "hanging" else 100) == len(asked)


async def test_a_bad_run_of_a_stretched_collection_drops_no_row_before_its_time(cloud):
    bench = Bench(simple_collector(fetch), cloud, limits=Limits(60, 50, 180, 50_000))
    cloud.values = {f"o{number}": 1 for number in range(30)}
    cloud.hanging = set(list(cloud.values)[10:])
    await bench.collection.run()
    bench.clock.advance(200)
    cloud.broken = {name: ThrottledError("slow down") for name in cloud.values}
    cloud.hanging = set()
    status = await bench.collection.run()
    assert ("throttled", 180, 540) == (status.result, status.interval, status.max_staleness)
    assert 10 == len((await bench.page("test_level")).splitlines())


async def test_a_run_in_which_every_call_hangs_fails(cloud):
    bench = Bench(simple_collector(fetch), cloud, limits=Limits(60, 50, 180, 50_000))
    cloud.values = {f"o{number}": 1 for number in range(30)}
    cloud.hanging = set(cloud.values)
    status = await bench.collection.run()
    assert ("timeout", False, 30, 60) == (status.result, status.got_data, len(status.failed), status.interval)


async def test_a_run_that_could_not_even_list_keeps_the_interval_it_knew(cloud):
    bench = Bench(simple_collector(fetch), cloud, limits=Limits(60, 50, 180, 50_000))
    cloud.values = {f"o{number}": 1 for number in range(30)}
    cloud.hanging = set(list(cloud.values)[10:])
    await bench.collection.run()
    cloud.refused = UnavailableError("down")
    assert 180 == (await bench.collection.run()).interval


async def test_a_bug_met_with_one_object_leaves_the_others_alone(bench, cloud):
    cloud.broken = {"b": KeyError("secret-in-a-key")}
    status = await bench.collection.run()
    assert ("partial", (("b", "bug"),)) == (status.result, status.failed)
    assert "secret-in-a-key" not in status.message
    assert level("a", 1) == await bench.page("test_level")


async def test_a_bug_in_the_whole_run_is_a_result_and_not_an_exception(bench, cloud):
    cloud.refused = ZeroDivisionError("secret")
    assert "bug" == (await bench.collection.run()).result


async def test_a_bug_while_samples_are_made_costs_only_its_object(cloud):
    def samples(payload, place):
        raise ValueError(payload)

    bench = Bench(simple_collector(fetch, samples=samples), cloud)
    status = await bench.collection.run()
    assert (("a", "bug"), ("b", "bug")) == status.failed


async def test_what_is_done_optionally_may_be_stopped_and_what_was_read_before_counts(cloud):
    async def fetch_and_linger(cloud: Cloud, run) -> None:
        async with cloud.stuck.run():
            await fetch_all(cloud, run)
            await run.optionally(run.each(["beside"], lambda _: cloud.stuck.hang()))

    bench = Bench(simple_collector(fetch_and_linger), cloud, limits=Limits(60, 50, 300, 50_000))
    status = await bench.collection.run()
    assert ("success", (), 60) == (status.result, status.failed, status.interval)
    cloud.values.popitem()
    await bench.collection.run()
    assert len(cloud.values) == len((await bench.page("test_level")).splitlines())
