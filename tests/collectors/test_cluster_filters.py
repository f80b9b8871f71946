"""Clusters that are left out by name: no rows, and gone with the next complete list once they are called so."""

import re
from dataclasses import replace

import pytest

from exporter.clouds.aliyun import batchcompute, ecs, emr
from exporter.clouds.huaweicloud import modelarts, pools
from exporter.clouds.paging import Listing
from exporter.collectors import (
    batchcompute_clusters,
    ecs_hpc_clusters,
    emr_clusters,
    emr_flow_clusters,
    modelarts_clusters,
    modelarts_pools,
)
from exporter.collectors.filters import Filters, NameFilter
from tests.doubles import PLACE, Bench


class Cloud:
    """Answers every list of clusters with the same ones, given as names by id."""

    def __init__(self, model, written, **names) -> None:
        self._model, self._written = model, written
        self.names = names
        self.complete = True

    def _listing(self):
        items = tuple(self._model.read(self._written(key, name)) for key, name in self.names.items())
        return Listing(items, complete=self.complete)

    async def list_clusters(self, *_, **__):
        return self._listing()

    async def list_flow_clusters(self, *_):
        return self._listing()

    async def list_pools(self, **_):
        return self._listing()

    async def clusters_of(self, *_):
        return Listing(())

    async def list_flow_projects(self):
        return Listing((emr.FlowProject.read({"Id": "P1"}),))

    async def describe_hpc_clusters(self):
        return self._listing(), 7


SUBJECTS = [
    (emr_flow_clusters, emr.FlowCluster, lambda key, name: {"Id": key, "Name": name}),
    (emr_clusters, emr.Cluster, lambda key, name: {"ClusterId": key, "ClusterName": name, "ClusterState": "RUNNING"}),
    (ecs_hpc_clusters, ecs.HpcCluster, lambda key, name: {"HpcClusterId": key, "Name": name}),
    (batchcompute_clusters, batchcompute.Cluster, lambda key, name: {"Id": key, "Name": name}),
    (modelarts_clusters, modelarts.Cluster, lambda key, name: {"cluster_id": key, "cluster_name": name}),
    (modelarts_pools, pools.Pool, lambda key, name: {"metadata": {"name": key, "labels": {"os.modelarts/name": name}}}),
]


def bench_of(subject, cloud):
    watched = Filters(cluster=NameFilter.of(["prod-.*"], [".*-old"]))
    return Bench(subject.COLLECTOR, cloud, place=replace(PLACE, region="here", filters=watched))


async def ids_on(bench):
    return set(re.findall(r"\b[abc]\d\b", await bench.page("aliyun_", "huaweicloud_")))


@pytest.mark.parametrize(
    ("subject", "model", "written"), SUBJECTS, ids=[subject.COLLECTOR.name for subject, _, _ in SUBJECTS]
)
async def test_what_is_left_out_by_name_has_no_rows(subject, model, written):
    cloud = Cloud(model, written, a1="prod-1", b1="test-1", c1="prod-1-old")
    bench = bench_of(subject, cloud)

    status = await bench.collection.run()
    first = await ids_on(bench)
    cloud.names |= {"a1": "prod-1-old", "c1": "prod-1"}
    await bench.collection.run()
    renamed = await ids_on(bench)
    cloud.names = {"b1": "test-1"}
    last = await bench.collection.run()

    assert ("success", {"a1"}, {"c1"}) == (status.result, first, renamed)
    assert ("success", set()) == (last.result, await ids_on(bench))


@pytest.mark.parametrize(
    ("subject", "model", "written"), SUBJECTS, ids=[subject.COLLECTOR.name for subject, _, _ in SUBJECTS]
)
async def test_a_list_that_is_not_complete_takes_away_nothing(subject, model, written):
    cloud = Cloud(model, written, a1="prod-1", a2="prod-2", b1="test-1")
    bench = bench_of(subject, cloud)
    await bench.collection.run()
    cloud.names, cloud.complete = {"a2": "prod-2", "b1": "test-1"}, False

    await bench.collection.run()

    assert {"a1", "a2"} == await ids_on(bench)


async def test_the_number_of_hpc_clusters_is_the_vendors_whatever_is_left_out():
    subject, model, written = SUBJECTS[2]
    bench = bench_of(subject, Cloud(model, written, b1="test-1"))

    await bench.collection.run()

    assert 'aliyun_ecs_hpc_clusters{account="shop",region_id="here"} 7' == await bench.page("aliyun_ecs_hpc_clusters")
