"""Every field of every answer, with every value that does not belong there: it costs its own series and no other."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from benchmarks.simulated_time import LoopClock, live
from exporter.catalog import PAGE_ORDER
from exporter.simulator import SimulatedClock, World
from exporter.simulator.world.deploys import Plan
from tests.faults.bench import SIZES, Bench, Outcome
from tests.faults.fields import REPLACEMENTS, Path, paths, read_fields, replaced, rows_of
from tests.faults.subjects import SUBJECTS, Subject

pytestmark = pytest.mark.whole

# Worlds in which the answer has a row for every replacement; the first row is left as it is.
ROWS = len(REPLACEMENTS) + 1
_ONE_APP = {"apps": 1, "environments": 1}
WORLDS: Mapping[str, Mapping[str, int]] = {
    "ListCluster": {"clusters": ROWS},
    "QueryClusterDetail": {"clusters": ROWS},
    "ListClusterNode": {"clusters": 1, "nodes": ROWS},
    "ListPersistentVolume": {"clusters": 1, "volumes": ROWS},
    "ListApp": {"apps": ROWS},
    "ListAppEnvironment": {"apps": 1, "environments": ROWS},
    "ListAppResourceAllocs": {"apps": 1, "environments": ROWS},
    "ListDeployOrders": {"apps": 1, "environments": ROWS},
    "ListPods": _ONE_APP,
    "ListAppInstance": _ONE_APP,
    "ListPersistentVolumeClaim": {**_ONE_APP, "clusters": 1, "claims": ROWS},
    "DescribeDBInstances": {"rds_instances": ROWS},
    "DescribeBackups": {"rds_instances": 1, "backup_days": ROWS},
    "GetRdsBackUp": {"rds_instances": 1, "backup_days": ROWS},
    "ListFlowProject": {"emr_clusters": 4},
    "ListFlowCluster": {"emr_clusters": 2 * ROWS},
    "Emr.ListClusters": {"emr_2021_clusters": ROWS},
    "DescribeHpcClusters": {"hpc_clusters": ROWS},
    "BatchCompute.ListClusters": {"batchcompute_clusters": ROWS},
    "ModelArts.ListClusters": {"modelarts_clusters": ROWS},
    "ModelArts.ListPools": {"modelarts_pools": ROWS},
}
KEYS: Mapping[str, str] = {
    "ListCluster": "cluster_id",
    "QueryClusterDetail": "cluster_id",
    "ListClusterNode": "node_id",
    "ListPersistentVolume": "persistentvolume",
    "ListApp": "app_id",
    "ListAppEnvironment": "env_id",
    "ListAppResourceAllocs": "env_id",
    "ListDeployOrders": "env_id",
    "ListPersistentVolumeClaim": "persistentvolumeclaim",
    "DescribeDBInstances": "db_instance_id",
    "ListFlowCluster": "cluster_id",
    "Emr.ListClusters": "cluster_id",
    "DescribeHpcClusters": "hpc_cluster_id",
    "BatchCompute.ListClusters": "cluster_id",
    "ModelArts.ListClusters": "cluster_id",
    "ModelArts.ListPools": "pool_id",
}
"""The label that tells the rows of an operation apart; of the others, no row is an object of its own on the page."""
COUNTED_TOGETHER = "aliyun_retailcloud_deploy_orders"
"""Of orders that cannot be told apart, all counts of their app are left out."""
OF_SEVERAL = (
    "aliyun_emr_flow_cluster_uncompleted_order",  # true is a value of it
    "aliyun_rds_backup_",
    "aliyun_retailcloud_deploy_",
    "aliyun_retailcloud_environment_instances",
    "huaweicloud_modelarts_pool_nodes",
)
"""Metrics whose numbers are made of several rows, so that they are others without one of them."""
STATES = {metric.name for metric in PAGE_ORDER if metric.states} | {"aliyun_retailcloud_cluster_status"}
_LABEL = r'[a-z_]+="(?:[^"\\]|\\[\\n"])*"'
_LINE = re.compile(rf"[a-z0-9_]+(?:\{{{_LABEL}(?:,{_LABEL})*\}})? -?[0-9][0-9.e+-]*", re.DOTALL)
"""A sample as every parser takes it, of a finite number."""
FINE = {"success", "partial", "bad_response"}


@dataclass(frozen=True, slots=True)
class Spoiling:
    """What stands at a path of the answers' rows: in the second row the first replacement, and so on."""

    operation: str
    path: Path
    names: tuple[str, ...]
    order: tuple[str, ...] = ()

    def __call__(self, operation: str, parameters: Mapping[str, str], body: object) -> object:
        if operation != self.operation:
            return body
        if self.order:  # one object an answer: the row is that of the object that was asked for
            row = next(index for index, name in enumerate(self.order) if name in parameters.values())
            return self._spoiled(body, row)
        rows = rows_of(body)
        if rows is not None:
            rows[:] = [self._spoiled(row, index) for index, row in enumerate(rows)]
        return body

    def _spoiled(self, row: object, index: int) -> object:
        if not 0 < index <= len(self.names):
            return row
        return replaced(row, self.path, REPLACEMENTS[self.names[index - 1]])


def world_for(subject: Subject) -> Callable[[LoopClock], World]:
    """A world that stands still, with enough of what the operation lists."""

    def make(clock: LoopClock) -> World:
        world = World(7, replace(SIZES, **WORLDS[subject.name]), SimulatedClock(clock.now))
        for environment in world.environments:
            world.orders.plan(world.born - 3600, environment, Plan(seconds=1e9, instances=ROWS, failing=(1, 2, 3)))
            environment.replicas = ROWS
        world.clock.speed = 0
        return world

    return make


@pytest.mark.parametrize("subject", [each for each in SUBJECTS if each.name in WORLDS], ids=lambda each: each.name)
def test_a_wrong_value_costs_its_own_series_and_no_other(subject):
    assert "" == "\n".join(live(lambda clock: _differences(clock, subject)))


async def _differences(clock: LoopClock, subject: Subject) -> list[str]:
    async with Bench(clock, subject.collector, subject.witness, make=world_for(subject)) as bench:
        bench.deny((subject.denied,) if subject.denied else ())
        seen: list[object] = []
        bench.network.alter = lambda operation, _, body: _noted(seen, body) if operation == subject.name else body
        await bench.run(*bench.exporter.collections)
        tested = bench.collection(subject.collector, subject.account)
        seen.clear()
        good = (await bench.run(tested))[0]
        is_detail = subject.name == "QueryClusterDetail"
        rows = seen if is_detail else max((rows_of(body) or [] for body in seen), key=len)
        order = tuple(cluster.instance_id for cluster in bench.world.clusters) if is_detail else ()
        untouched = _series_of(subject, order[:1] or tuple(_scalars(rows[0])), good)
        if len(rows) < 2 or not good.is_well or bool(untouched) != (subject.name in KEYS):
            return [f"no good run to begin with: {good.status}, {len(rows)} rows, {len(untouched)} series of the first"]
        found: list[str] = []
        shown = {good.samples}
        for path in sorted(paths(rows, read_fields())):
            names = tuple(REPLACEMENTS)
            for start in range(0, len(names), len(rows) - 1):
                bench.network.alter = Spoiling(subject.name, path, names[start : start + len(rows) - 1], order)
                run = (await bench.run(tested))[0]
                shown.add(run.samples)
                found += [
                    f"{'.'.join(path)}: {text}" for text in await _complaints(bench, subject, run, good, untouched)
                ]
        return found if len(shown) > 1 else ["no value made a difference"]


async def _complaints(
    bench: Bench, subject: Subject, run: Outcome, good: Outcome, untouched: frozenset[str]
) -> list[str]:
    found = [f"ended as {run.status}"] if run.status.result not in FINE else []
    page = (await bench.exporter.store.page_of({subject.collector})).plain.decode()
    found += [f"shows {line}" for line in page.split("\n") if line and line[0] != "#" and not _LINE.fullmatch(line)][:3]
    lost = sorted(series for series in untouched - run.series if not series.startswith(COUNTED_TOGETHER))
    found += [f"lost of the row that was right: {lost[:2]}"] if lost else []
    found += [f"made up: {sample}" for sample in sorted(_made_up(good, run))[:3]]
    found += [f"escaped: {each}" for each in bench.complaints]
    return found


def _made_up(good: Outcome, run: Outcome) -> Iterator[str]:
    """Samples that have another number than they had: what cannot be read is absent, never 0."""
    for sample in run.samples - good.samples:
        name = sample.partition("{")[0]
        if name not in STATES and not name.startswith(OF_SEVERAL) and sample.rpartition(" ")[0] in good.series:
            yield sample


def _series_of(subject: Subject, ids: Iterable[str], good: Outcome) -> frozenset[str]:
    """The series of the object whose row is left as it is."""
    key = KEYS.get(subject.name)
    marks = [f'{key}="{each}"' for each in ids]
    return frozenset(series for series in good.series if key and any(mark in series for mark in marks))


def _scalars(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _scalars(item)
    else:
        yield str(value)


def _noted(seen: list[object], body: object) -> object:
    seen.append(body)
    return body
