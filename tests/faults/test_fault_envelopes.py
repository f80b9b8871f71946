"""Every field around the rows of every answer, with every value that does not belong there: no list seems empty."""

from collections.abc import Awaitable, Callable, Mapping

import pytest

from benchmarks.simulated_time import LoopClock, live
from exporter.clouds.aliyun.batchcompute import BatchCompute
from exporter.clouds.aliyun.dialect import AliyunDialect
from exporter.clouds.aliyun.ecs import Ecs
from exporter.clouds.aliyun.emr import Emr
from exporter.clouds.aliyun.rds import Rds
from exporter.clouds.aliyun.retailcloud import RetailCloud
from exporter.clouds.errors import CloudError
from exporter.clouds.exchange import Answer, Request
from exporter.clouds.huaweicloud.dialect import HuaweiDialect
from exporter.clouds.huaweicloud.modelarts import ModelArts
from exporter.clouds.paging import Listing
from tests.faults.bench import Bench
from tests.faults.fields import REPLACEMENTS, paths, replaced, rows_of
from tests.faults.subjects import SUBJECTS, Subject

pytestmark = pytest.mark.whole

ASK: Mapping[str, Callable[["Told"], Awaitable[object]]] = {
    "ListCluster": lambda told: RetailCloud(told).list_clusters(),
    "QueryClusterDetail": lambda told: RetailCloud(told).cluster_detail("c1"),
    "ListClusterNode": lambda told: RetailCloud(told).list_cluster_nodes("c1"),
    "ListPersistentVolume": lambda told: RetailCloud(told).list_persistent_volumes("c1"),
    "ListApp": lambda told: RetailCloud(told).list_apps(),
    "ListAppEnvironment": lambda told: RetailCloud(told).list_app_environments("1"),
    "ListAppResourceAllocs": lambda told: RetailCloud(told).list_app_resource_allocs(),
    "ListDeployOrders": lambda told: RetailCloud(told).list_deploy_orders("1"),
    "DescribeDeployOrderDetail": lambda told: RetailCloud(told).deploy_order("1"),
    "ListPods": lambda told: RetailCloud(told).list_pods("1"),
    "ListAppInstance": lambda told: RetailCloud(told).list_app_instances("1", "2"),
    "ListPersistentVolumeClaim": lambda told: RetailCloud(told).list_persistent_volume_claims("1", "2"),
    "DescribeDBInstances": lambda told: Rds(told).describe_db_instances(),
    "DescribeBackups": lambda told: Rds(told).describe_backups("rm"),
    "GetRdsBackUp": lambda told: RetailCloud(told).list_backups("rm"),
    "ListFlowProject": lambda told: Emr(told).list_flow_projects(),
    "ListFlowCluster": lambda told: Emr(told).list_flow_clusters("fp"),
    "Emr.ListClusters": lambda told: Emr(told).list_clusters(("RUNNING",)),
    "DescribeHpcClusters": lambda told: Ecs(told).describe_hpc_clusters(),
    "BatchCompute.ListClusters": lambda told: BatchCompute(told).list_clusters(),
    "ModelArts.ListClusters": lambda told: ModelArts(told).list_clusters(),
    "ModelArts.ListPools": lambda told: ModelArts(told).list_pools(),
}


class Told:
    """A channel that gives the same answer to every call, refused where its vendor's dialect sees a refusal."""

    region = "cn-zhangjiakou"

    def __init__(self, body: object, product: str) -> None:
        self._answer = Answer(200, {}, body)
        self._dialect = HuaweiDialect() if product == "modelarts" else AliyunDialect()

    async def project_id(self) -> str:
        return "project"

    async def send(self, request: Request) -> Answer:
        refusal = self._dialect.refusal(self._answer)
        if refusal is not None:
            raise self._dialect.error(refusal, request.operation)
        return self._answer


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_no_answer_with_a_wrong_envelope_is_an_empty_list(subject):
    found, tried = live(lambda clock: _differences(clock, subject))
    assert "" == "\n".join(found)
    assert tried >= 2 * len(REPLACEMENTS)


async def _differences(clock: LoopClock, subject: Subject) -> tuple[list[str], int]:
    found: list[str] = []
    tried = 0
    body = await _answer(clock, subject)
    for path in sorted(_around_rows(body)):
        for name, replacement in REPLACEMENTS.items():
            tried += 1
            told = Told(replaced(body, path, replacement), subject.operation.product)
            try:
                given = await ASK[subject.name](told)
            except CloudError:
                continue
            except Exception as bug:  # noqa: BLE001 -- whatever it is, it is what the test looks for
                found.append(f"{'.'.join(path)} is {name}: {bug!r}")
                continue
            listing = next(
                (each for each in (given if isinstance(given, tuple) else (given,)) if isinstance(each, Listing)), None
            )
            if listing is not None and listing.complete and not listing.items:
                found.append(f"{'.'.join(path)} is {name}: an empty list")
    return found, tried


async def _answer(clock: LoopClock, subject: Subject) -> object:
    """An answer of the simulated cloud with something in it."""
    seen: list[object] = []

    def note(operation: str, _: Mapping[str, str], body: object) -> object:
        if operation == subject.name:
            seen.append(body)
        return body

    async with Bench(clock, subject.collector, subject.witness) as bench:
        bench.deny((subject.denied,) if subject.denied else ())
        bench.network.alter = note
        await bench.run(*bench.exporter.collections)
        await bench.run(*bench.exporter.collections)
    return max(seen, key=lambda body: len(rows_of(body) or []))


def _around_rows(body: object) -> set[tuple[str, ...]]:
    """The paths of everything but what is within the rows: of an answer that is no list, all of it."""
    rows = rows_of(body)
    within = paths(rows) if rows else set()
    everything = paths(body)
    ends = {
        path for path in everything if any(path[-len(inner) :] == inner and len(path) > len(inner) for inner in within)
    }
    return everything - ends if rows else everything
