"""A short soak, and that its oracle would notice: what `make bench` does for hours."""

import io
import random
from collections.abc import Iterator

import pytest
import structlog
from endurance.exporter_life import SIZES
from endurance.life import Life
from endurance.oracle import SUBJECTS, Oracle
from endurance.page import Verdicts, check, check_whole
from endurance.report import promises
from soak import Weather, soak

from exporter import logs
from exporter.simulator import SimulatedClock, World, create_app
from tests.doubles import FakeClock
from tests.simulated import Simulated

pytestmark = pytest.mark.whole

STAYS = 'aliyun_retailcloud_persistentvolume_status_phase{account="shop",'


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Log nothing: thousands of lines take longer than the runs that they tell of."""
    logs.set_up("critical", "text", io.StringIO())
    yield
    structlog.reset_defaults()


def test_half_an_hour_of_faults_and_a_calm_after_them_show_nothing_false():
    outcome = soak(30, 3, Weather(30, 0, storm=8, calm=22))
    assert [] == [(promise.what, promise.findings) for promise in promises(outcome) if not promise.kept]
    assert 30 == outcome.verdicts.pages
    assert 1 == outcome.calm_checks
    assert SUBJECTS.keys() == outcome.verdicts.by_value.keys()
    assert outcome.verdicts.share > 0.6


class Watched:
    """A page of a small simulated cloud, and the oracle that saw it being read."""

    def __init__(self) -> None:
        self.simulated = Simulated(sizes=SIZES)
        self.oracle = Oracle(self.simulated.world)
        self.verdicts = Verdicts()

    async def read(self, seconds: float = 0) -> str:
        """Collect once, and note that all was answered."""
        await self.simulated.run(seconds)
        for collector, (_, operations) in SUBJECTS.items():
            self.oracle.answered("ml" if "modelarts" in collector else "shop", operations[0])
        return (await self.simulated.get("/metrics")).text

    def check(self, page: str):
        return check(page, self.oracle, self.verdicts)

    @property
    def found(self) -> dict[str, int]:
        verdicts = self.verdicts
        return {
            name: len(each) for name in ("false", "stale", "broken", "lacking") if (each := getattr(verdicts, name))
        }


@pytest.fixture
async def watched():
    watched = Watched()
    yield watched
    await watched.simulated.exporter.close()


async def test_the_oracle_agrees_with_a_page_that_was_just_read(watched):
    cloud = watched.check(await watched.read())
    accounts = {
        "shop": {*SUBJECTS} - {"modelarts_clusters", "modelarts_pools", "emr_clusters"},
        "ml": {"modelarts_pools"},
    }
    check_whole(cloud, watched.oracle, watched.verdicts, accounts, since=watched.oracle.world.now)
    assert {} == watched.found
    assert watched.verdicts.expected > 300


async def test_the_oracle_notices_a_value_that_never_was(watched):
    page = await watched.read()
    head = page.index(STAYS)
    value = page.index("} ", head) + 2
    watched.check(f"{page[:value]}{1 - int(page[value])}{page[value + 1 :]}")
    assert {"false": 1} == watched.found


async def test_the_oracle_notices_a_state_that_is_over_for_too_long(watched):
    page = await watched.read()
    cluster = watched.simulated.world.flow_clusters[0]
    gone = watched.simulated.world.flow_clusters.pop(0)
    watched.oracle.observe()
    watched.check(page)
    assert {} == watched.found
    watched.simulated.clock.advance(1200)
    watched.oracle.answered("shop", "ListFlowCluster")
    watched.check("\n".join(line for line in page.split("\n") if cluster.id in line or "max_staleness" in line))
    assert gone is cluster
    assert watched.found["false"] > 5


async def test_the_oracle_notices_rows_that_nobody_read_for_too_long(watched):
    page = await watched.read()
    watched.simulated.clock.advance(20_000)
    watched.check(page)
    assert watched.found["stale"] > 100


async def test_the_oracle_notices_what_is_missing_and_what_is_there_twice(watched):
    lines = (await watched.read()).split("\n")
    watched.check("\n".join([*lines, next(line for line in lines if line.startswith(STAYS)), ""]))
    assert 1 == watched.found["broken"]
    cloud = watched.check("\n".join(line for line in lines if not line.startswith(STAYS)))
    check_whole(
        cloud, watched.oracle, watched.verdicts, {"shop": {"retailcloud_volumes"}}, since=watched.oracle.world.now
    )
    assert watched.found["lacking"] > 5


def test_objects_come_and_go_and_the_world_goes_on():
    clock = FakeClock()
    app = create_app(World(5, SIZES, SimulatedClock(clock.now)))
    life = Life(app, random.Random(5))
    for _ in range(100):
        clock.advance(60)
        life.storm()
        Oracle(life.world).observe()
    assert life.events > 60
    assert len(life.played) > 12
