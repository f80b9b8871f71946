"""The simulated operations: envelopes, paging, filters and documented refusals of every product."""

import json

import pytest

from exporter.simulator import Sizes

REGION = "cn-zhangjiakou"
PAGES = {"PageNumber": 1, "PageSize": 50}


async def test_pages_of_clusters_follow_each_other(simulator_of):
    simulator = simulator_of(sizes=Sizes(clusters=45))
    found = []
    for number, length in ((1, 20), (2, 20), (3, 5), (4, 0)):
        page = await simulator.data("ListCluster", PageNum=number)
        assert (number, 20, 45, length) == (page["PageNumber"], page["PageSize"], page["TotalCount"], len(page["Data"]))
        found += [cluster["InstanceId"] for cluster in page["Data"]]
    assert [cluster.instance_id for cluster in simulator.world.clusters] == found


async def test_list_cluster_has_the_documented_fields_with_the_password(simulator):
    first = (await simulator.data("ListCluster"))["Data"][0]
    wanted = (
        "BusinessCode ClusterTitle CreateStatus EcsIds EnvType Id InstanceId KeyPair NetPlug Password PodCIDR RegionId "
        "RegionName ServiceCIDR Status VpcId VswitchIds WorkLoadCpu WorkLoadMem"
    )
    assert set(wanted.split()) == first.keys()
    assert "canary-cluster-password-0" == first["Password"]
    assert (1, "running") == (first["EnvType"], first["Status"])


async def test_list_cluster_filters_by_environment_and_business(simulator):
    tests = await simulator.data("ListCluster", EnvType="TEST")
    assert ["测试环境集群"] == [cluster["ClusterTitle"] for cluster in tests["Data"]]
    assert 0 == (await simulator.data("ListCluster", BusinessCode="SUPPLY"))["TotalCount"]
    assert "InvalidEnvType" == (await simulator.rpc("ListCluster", EnvType="prod")).json()["Code"]


async def test_cluster_detail_adds_up(simulator):
    cluster = simulator.world.clusters[0]
    answer = await simulator.data("QueryClusterDetail", ClusterInstanceId=cluster.instance_id)
    assert answer["Success"] is True
    result = answer["Result"]
    assert {"BasicInfo", "InstanceInfo", "NetInfo", "NodeWorkLoadList", "WorkLoad"} == result.keys()
    pods = result["InstanceInfo"]["AllocatedPodInfoList"]
    assert result["InstanceInfo"]["AllocatePodCount"] == sum(row["podCount"] for row in pods)
    assert result["WorkLoad"]["AllocateAppPodCount"] == result["InstanceInfo"]["AllocatePodCount"]
    assert len(cluster.nodes) == result["WorkLoad"]["AllNodeCount"]
    assert len({row["envId"] for row in pods}) < len(pods), "an environment has two rows"
    assert ["cpuRequest"] * 4 + ["cupRequest"] == [
        name for row in pods[:5] for name in row if name.endswith("uRequest") or name == "cupRequest"
    ]


async def test_an_unknown_cluster_is_a_business_error(simulator):
    answer = await simulator.data("QueryClusterDetail", ClusterInstanceId="c0")
    assert 102404 == answer["Code"]
    assert "The cluster does not exist" == answer["ErrMsg"]
    assert "ErrorMsg" in await simulator.data("ListClusterNode", ClusterInstanceId="c0")


async def test_nodes_are_text_throughout(simulator):
    cluster = simulator.world.clusters[0].instance_id
    page = await simulator.data("ListClusterNode", ClusterInstanceId=cluster, PageNum=1, PageSize=50)
    assert 8 == page["TotalCount"]
    assert all(isinstance(value, str) for node in page["Data"] for value in node.values())
    assert {"2099-12-31"} < {node["EcsExpiredTime"] for node in page["Data"]}


async def test_volumes_come_a_hundred_at_a_time_at_most(simulator):
    form = {"ClusterInstanceId": simulator.world.clusters[0].instance_id, "PageNumber": 1}
    assert 6 == len((await simulator.data("ListPersistentVolume", form | {"PageSize": 100}))["Data"])
    answer = await simulator.rpc("ListPersistentVolume", form | {"PageSize": 101})
    assert (400, "InvalidPageSize") == (answer.status_code, answer.json()["Code"])


async def test_every_documented_phase_of_a_volume_occurs(simulator):
    phases = {volume.status for cluster in simulator.world.clusters for volume in cluster.volumes}
    assert {"Available", "Bound", "Released", "Failed", "Pending"} == phases


async def test_list_app_does_not_repeat_the_page(simulator):
    answer = await simulator.data("ListApp")
    assert {"RequestId", "Code", "TotalCount", "Data"} == answer.keys()
    assert 12 == answer["TotalCount"]


async def test_environments_of_an_app(simulator):
    app = simulator.world.apps[0].id
    answer = await simulator.data("ListAppEnvironment", AppId=app, **PAGES)
    assert [(1, "正式"), (0, "测试")] == [(row["EnvType"], row["EnvTypeName"]) for row in answer["Data"]]
    only_tests = await simulator.data("ListAppEnvironment", AppId=app, EnvType=1, **PAGES)
    assert ["test"] == [row["EnvName"] for row in only_tests["Data"]]
    assert "MissingPageSize" == (await simulator.rpc("ListAppEnvironment", AppId=app, PageNumber=1)).json()["Code"]


async def test_allocations_filter_by_environment(simulator):
    everything = await simulator.data("ListAppResourceAllocs", **PAGES)
    assert 24 == everything["TotalCount"]
    environment = simulator.world.environments[3]
    one = await simulator.data("ListAppResourceAllocs", AppEnvId=environment.id, **PAGES)
    assert [environment.cluster.instance_id] == [row["ClusterId"] for row in one["Data"]]


async def test_backups_come_in_three_page_sizes(simulator):
    form = {"DbInstanceId": simulator.world.rds_instance_ids[0]}
    first = (await simulator.data("GetRdsBackUp", form))["Result"]
    assert ("1", "30") == (first["PageNumber"], first["PageRecordCount"])
    total = int(first["TotalRecordCount"])
    assert total > 30
    second = (await simulator.data("GetRdsBackUp", form | {"PageNumber": 2, "PageSize": 30}))["Result"]
    assert total == 30 + len(second["Items"])
    assert total == len((await simulator.data("GetRdsBackUp", form | {"PageSize": 100}))["Result"]["Items"])
    assert "InvalidPageSize" == (await simulator.rpc("GetRdsBackUp", form | {"PageSize": 20})).json()["Code"]


async def test_backups_filter_by_type(simulator):
    form = {"DbInstanceId": simulator.world.rds_instance_ids[0], "PageSize": 100}
    kinds = {}
    for kind in ("", "FullBackup", "IncrementalBackup"):
        items = (await simulator.data("GetRdsBackUp", form | {"BackupType": kind}))["Result"]["Items"]
        kinds[kind] = {item["BackupId"] for item in items}
    assert kinds[""] == kinds["FullBackup"] | kinds["IncrementalBackup"]
    assert kinds["FullBackup"]
    assert kinds["IncrementalBackup"]


async def test_an_unknown_database_is_a_business_error(simulator):
    assert 102406 == (await simulator.data("GetRdsBackUp", {"DbInstanceId": "rm-0"}))["Code"]


async def test_flow_clusters_of_the_projects(simulator):
    projects = await simulator.data("ListFlowProject", RegionId=REGION)
    assert 2 == projects["Total"]
    found = []
    for project in projects["Projects"]["Project"]:
        page = await simulator.data("ListFlowCluster", RegionId=REGION, ProjectId=project["Id"])
        found += [cluster["Id"] for cluster in page["Clusters"]["ClusterInfo"]]
    assert {cluster.id for cluster in simulator.world.flow_clusters} == set(found)
    assert len(found) == 1 + len(set(found)), "one cluster is in both projects"


async def test_a_failed_flow_cluster_says_why(simulator):
    rows = []
    for project in simulator.world.flow_projects:
        page = await simulator.data("ListFlowCluster", RegionId=REGION, ProjectId=project.id)
        rows += page["Clusters"]["ClusterInfo"]
    assert {("CREATE_FAILED", "400")} == {(r["Status"], r["FailReason"]["ErrorCode"]) for r in rows if r["FailReason"]}
    assert {"PrePaid", "PostPaid"} == {row["ChargeType"] for row in rows}


async def test_emr_knows_its_regions(simulator):
    answer = await simulator.rpc("ListFlowProject", RegionId="mars-1")
    assert (404, "InvalidRegionId.NotFound") == (answer.status_code, answer.json()["Code"])
    assert 0 == (await simulator.data("ListFlowProject", RegionId="cn-hangzhou"))["Total"]
    assert "MissingProjectId" == (await simulator.rpc("ListFlowCluster", RegionId=REGION)).json()["Code"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"RegionId": "mars-1"}, "InvalidRegionId.NotFound"),
        ({"RegionId": REGION, "HpcClusterIds": ""}, "MissingParameter.HpcClusterId"),
        ({"RegionId": REGION, "HpcClusterIds": json.dumps(["hpc-1"] * 101)}, "InvalidHpcClusterIds.ExceedLimit"),
        ({"RegionId": REGION, "HpcClusterIds": "hpc-1"}, "InvalidHpcClusterIds.Malformed"),
        ({"RegionId": REGION, "PageSize": 101}, "Invalid.Parameter"),
        ({"RegionId": REGION, "PageNumber": "x"}, "Invalid.Parameter"),
    ],
)
async def test_the_documented_refusals_of_hpc_clusters(simulator, query, code):
    answer = await simulator.rpc("DescribeHpcClusters", **query)
    assert (400, code) == (answer.status_code, answer.json()["Code"])


async def test_hpc_clusters_filter_by_id(simulator):
    wanted = simulator.world.hpc_clusters[1].id
    answer = await simulator.data("DescribeHpcClusters", RegionId=REGION, HpcClusterIds=json.dumps([wanted]))
    assert [wanted] == [row["HpcClusterId"] for row in answer["HpcClusters"]["HpcCluster"]]


async def test_regions(simulator):
    regions = (await simulator.data("DescribeRegions", AcceptLanguage="en-US"))["Regions"]["Region"]
    assert REGION in {region["RegionId"] for region in regions}
    assert {"LocalName", "RegionEndpoint", "RegionId", "Status"} == regions[0].keys()


async def test_batchcompute_pages_by_marker(simulator_of):
    simulator = simulator_of(sizes=Sizes(batchcompute_clusters=5))
    found, marker = [], ""
    for _ in range(3):
        target = "/clusters?" + (f"Marker={marker}&" if marker else "") + "MaxItemCount=2"
        page = (await simulator.roa(target)).json()
        found += [cluster["Id"] for cluster in page["Items"]]
        marker = page["NextMarker"]
    assert "" == marker
    assert [cluster.id for cluster in simulator.world.batch_clusters] == found


async def test_batchcompute_refuses_large_pages_and_strange_markers(simulator):
    for target, code in (
        ("/clusters?MaxItemCount=101", "InvalidMaxItemCount"),
        ("/clusters?Marker=x", "InvalidMarker"),
    ):
        answer = await simulator.roa(target)
        assert (400, code) == (answer.status_code, answer.json()["Code"])


async def test_batchcompute_carries_credentials_as_the_real_one_does(simulator):
    text = (await simulator.roa()).text
    assert "canary-oss-access-key-secret" in text
    group = json.loads(text)["Items"][1]["Groups"]["spot"]
    assert ("Spot", 5, 0.35) == (group["ResourceType"], group["DesiredVMCount"], group["SpotPriceLimit"])


async def test_batchcompute_of_another_region_is_empty(simulator):
    assert [] == (await simulator.roa(region="cn-hangzhou")).json()["Items"]


async def test_modelarts_pages_filters_and_sorts(simulator):
    everything = (await simulator.huawei()).json()
    assert (3, 3) == (everything["total_count"], everything["count"])
    times = [cluster["created_at"] for cluster in everything["clusters"]]
    assert sorted(times, reverse=True) == times
    by_name = (await simulator.huawei("limit=2&offset=1&order=asc&sort_by=cluster_name")).json()
    assert ["pool-2", "pool-3"] == [cluster["cluster_name"] for cluster in by_name["clusters"]]
    concerning = (await simulator.huawei("status=concerning")).json()
    assert ["pool-3"] == [cluster["cluster_name"] for cluster in concerning["clusters"]]
    assert 400 == (await simulator.huawei("order=up")).status_code


async def test_modelarts_names_periods_only_of_those_that_have_one(simulator):
    clusters = (await simulator.huawei()).json()["clusters"]
    assert ["pool-2"] == [cluster["cluster_name"] for cluster in clusters if "period_type" in cluster]
