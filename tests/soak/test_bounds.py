"""What an answer, however long, costs in memory, and what a page, however large the fleet, has in series."""

import gc
import tracemalloc

import pytest
from endurance.line import AsgiLine

from exporter.collectors import COLLECTORS
from exporter.simulator import Fault, SimulatedClock, World, create_app
from tests.doubles import FakeClock
from tests.pages import samples_of
from tests.simulated import SMALL, document, exporter_of, settings_of

CAP = 7
LONGEST = 32 * 2**20  # bytes that are read of an answer


class Watched:
    """A small simulated cloud whose answers come piece by piece, and an exporter of it."""

    def __init__(self, *, only: tuple[str, ...] = (), **collectors: dict[str, object]) -> None:
        clock = FakeClock()
        self.world = World(7, SMALL, SimulatedClock(clock.now))
        self.clouds = create_app(self.world)
        settings = document(self.world) | {"collectors": {"batchcompute_clusters": {"enabled": True}, **collectors}}
        self.exporter = exporter_of(settings_of(settings), AsgiLine(self.clouds), clock, only=only)

    async def page(self) -> str:
        return (await self.exporter.store.page()).plain.decode()


@pytest.fixture
def memory():
    tracemalloc.start()
    yield
    tracemalloc.stop()


async def test_an_answer_that_never_ends_takes_no_more_memory_than_the_longest_that_is_read(memory):
    watched = Watched(only=("retailcloud_clusters",))
    watched.clouds.state.faults.add(Fault(fault="endless_body"))
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    ((_, status),) = await watched.exporter.collect_once()
    peak = tracemalloc.get_traced_memory()[1] - before
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0] - before
    await watched.exporter.close()
    assert "bad_response" == status.result
    assert "longer than" in status.message
    assert LONGEST / 2 < peak < 1.5 * LONGEST + 2**20
    assert kept < 2**20


async def test_no_collection_shows_more_series_than_max_series_and_all_say_what_they_left_out():
    limits = {collector.name: {"max_series": CAP} for collector in COLLECTORS}
    watched = Watched(**{**limits, "batchcompute_clusters": {"enabled": True, "max_series": CAP}})
    await watched.exporter.collect_once()
    collector_of = {metric.name: each.name for each in COLLECTORS for metric in each.metrics}
    urgent = {each.collector.name for each in watched.exporter.collections if any_urgent(each)}
    shown: dict[str, int] = {}
    dropped: dict[str, float] = {}
    for sample in samples_of(await watched.page()):
        if sample.name in collector_of:
            shown[collector_of[sample.name]] = shown.get(collector_of[sample.name], 0) + 1
        elif sample.name == "cluster_exporter_collector_series_dropped":
            dropped[sample.labels["collector"]] = sample.value
    await watched.exporter.close()
    assert {} == {name: number for name, number in shown.items() if number > CAP and name not in urgent}
    assert {"retailcloud_clusters", "retailcloud_nodes", "rds_backups", "emr_clusters", "modelarts_pools"} <= {
        name for name, number in dropped.items() if number
    }


def any_urgent(collection) -> bool:
    """Environments that are failing or deploying are never cut."""
    return any(part.urgent for part in collection.record.block.parts.values())


async def test_a_name_without_end_is_cut_on_the_page_and_its_series_stay_apart():
    watched = Watched(only=("retailcloud_clusters",))
    clusters = watched.world.clusters
    clusters[:] = [type(each)(**{**fields(each), "title": "x" * 100_000 + str(each.number)}) for each in clusters]
    await watched.exporter.collect_once()
    page = await watched.page()
    await watched.exporter.close()
    names = {each.labels["cluster_name"] for each in samples_of(page) if each.name == "aliyun_retailcloud_cluster_info"}
    assert len(clusters) == len(names)
    assert {256} == {len(name) for name in names}
    assert max(map(len, page.splitlines())) < 1200


def fields(each) -> dict[str, object]:
    return {name: getattr(each, name) for name in each.__slots__}
