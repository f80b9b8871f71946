"""EMR's client and collector against the simulated cloud."""

from dataclasses import replace

import pytest

from exporter.clouds.aliyun.emr import Emr
from exporter.clouds.errors import AuthError, NotOfferedError
from exporter.collectors import emr_clusters
from exporter.collectors.emr_flow_clusters import COLLECTOR
from exporter.simulator import Sizes
from exporter.simulator.world.clusters import SECOND_REGION
from tests.clouds.simulated_wire import REGION, SimulatedWire
from tests.doubles import PLACE, Bench

MANY = Sizes(emr_clusters=260)


def emr(**options):
    wire = SimulatedWire("emr", **options)
    return Emr(wire.channel), wire


@pytest.mark.parametrize(
    "quirks",
    [
        {},
        {"numbers": "strings"},
        {"total_count": "zero"},
        {"total_count": "too_small"},
        {"max_page_size": 10},
        {"endless_pages": True, "total_count": "true"},
    ],
)
async def test_all_projects_and_clusters_are_read(quirks):
    cloud, wire = emr(sizes=MANY, **quirks)

    projects = await cloud.list_flow_projects()
    listings = [await cloud.list_flow_clusters(project.id) for project in projects.items]

    truth = wire.world.truth()
    assert truth["emr_projects"] == [project.id for project in projects.items]
    pairs = {(cluster["cluster_id"], project) for cluster in truth["emr_clusters"] for project in cluster["projects"]}
    read = {
        (cluster.id, project.id)
        for project, listing in zip(projects.items, listings, strict=True)
        for cluster in listing.items
    }
    assert pairs == read
    assert all(listing.complete for listing in [projects, *listings])


@pytest.mark.parametrize("quirks", [{"total_count": "too_large"}, {"moving_pages": "deleted"}])
async def test_a_list_that_may_lack_a_cluster_is_not_complete(quirks):
    cloud, wire = emr(sizes=Sizes(emr_clusters=180), **quirks)

    listing = await cloud.list_flow_clusters(wire.world.flow_projects[0].id)

    assert not listing.complete


async def test_the_page_shows_every_cluster_once_with_its_projects():
    cloud, wire = emr()
    bench = Bench(COLLECTOR, cloud, place=replace(PLACE, region=REGION))

    status = await bench.collection.run()

    clusters = wire.world.truth()["emr_clusters"]
    assert "success" == status.result
    assert len(clusters) == len((await bench.page("aliyun_emr_flow_cluster_info")).splitlines())
    memberships = sum(len(cluster["projects"]) for cluster in clusters)
    assert memberships == len((await bench.page("aliyun_emr_flow_cluster_project_info")).splitlines())
    lines = await bench.page("aliyun_emr_flow_cluster_status")
    for cluster in clusters:
        assert f'cluster_id="{cluster["cluster_id"]}",status="{cluster["status"].lower()}"}} 1' in lines
    assert "canary" not in await bench.page()


async def test_an_empty_region_a_region_without_the_product_and_a_wrong_key():
    assert () == (await emr(region="cn-shenzhen")[0].list_flow_projects()).items
    with pytest.raises(NotOfferedError):
        await emr(region="xx-nowhere")[0].list_flow_projects()
    with pytest.raises(AuthError):
        await emr(secret="another-secret")[0].list_flow_projects()


ALL = (*emr_clusters.THERE, *emr_clusters.ENDED)


@pytest.mark.parametrize("count", [0, 12, 120, 480])
@pytest.mark.parametrize("total", ["true", "zero", "too_small"])
async def test_all_clusters_of_the_newer_version_are_read(count, total):
    cloud, wire = emr(sizes=Sizes(emr_2021_clusters=count), total_count=total)

    listing = await cloud.list_clusters(ALL)

    truth = {each["cluster_id"] for each in clusters_in(wire, REGION)}
    assert truth == {cluster.cluster_id for cluster in listing.items}
    assert (len(truth), True) == (len(listing.items), listing.complete)


def clusters_in(wire, region):
    return [each for each in wire.world.truth()["emr_2021_clusters"] if each["region_id"] == region]


async def test_pages_by_token_that_do_not_end_are_cut():
    cloud, wire = emr(sizes=Sizes(emr_2021_clusters=480), endless_pages=True)

    listing = await cloud.list_clusters(ALL)

    assert not listing.complete
    assert wire.calls["Emr.ListClusters"] <= 201


@pytest.mark.parametrize("region", [REGION, SECOND_REGION])
async def test_the_page_shows_the_clusters_that_are_there_and_those_that_ended_within_a_day(region):
    cloud, wire = emr(region=region)
    bench = Bench(emr_clusters.COLLECTOR, cloud, place=replace(PLACE, region=region))

    status = await bench.collection.run()

    expected = {
        each["cluster_id"]: each["state"].lower()
        for each in clusters_in(wire, region)
        if each["end"] is None or each["end"] >= bench.clock.now() - 86_400
    }
    lines = (await bench.page("aliyun_emr_cluster_state")).splitlines()
    shown = {line.split('"')[5]: line.split('"')[7] for line in lines if line.endswith(" 1")}
    assert ("success", expected) == (status.result, shown)
    assert len(expected) < len(clusters_in(wire, region)) or region == SECOND_REGION
    assert "canary" not in await bench.page()


async def test_clusters_that_ended_leave_after_a_day_and_are_no_longer_asked_for():
    cloud, wire = emr()
    bench = Bench(emr_clusters.COLLECTOR, cloud, place=replace(PLACE, region=REGION))
    await bench.collection.run()
    bench.clock.advance(86_400)
    await bench.collection.run()
    before = wire.calls["Emr.ListClusters"]

    await bench.collection.run()

    assert "terminated" not in {
        line.split('"')[7]
        for line in (await bench.page("aliyun_emr_cluster_state")).splitlines()
        if line.endswith(" 1")
    }
    assert 2 == wire.calls["Emr.ListClusters"] - before


async def test_a_region_without_the_newer_version():
    with pytest.raises(NotOfferedError):
        await emr(region="xx-nowhere")[0].list_clusters(ALL)
