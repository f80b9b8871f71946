"""EMR's, ECS' and RDS' operations, called by Alibaba Cloud's SDKs."""

import json

from alibabacloud_ecs20140526 import models as ecs
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_emr20160408 import models as emr
from alibabacloud_emr20160408.client import Client as EmrClient
from alibabacloud_emr20210320 import models as emr_2021
from alibabacloud_emr20210320.client import Client as Emr2021Client
from alibabacloud_rds20140815 import models as rds
from alibabacloud_rds20140815.client import Client as RdsClient

from tools.vendor_sdks.account import REGION, SECOND_REGION, Account, Call, Ids, same


def emr_flow_and_ecs_calls(account: Account) -> list[Call]:
    """ListFlowProject, ListFlowCluster; DescribeHpcClusters, DescribeRegions."""
    project = account.truth["emr_projects"][0]
    hpc = account.truth["hpc_clusters"]

    def projects(secret: str, token: str | None) -> Ids:
        request = emr.ListFlowProjectRequest(region_id=REGION, page_number=1, page_size=50)
        return {
            item.id
            for item in EmrClient(account.config(secret, token)).list_flow_project(request).body.projects.project
        }

    def flow_clusters(secret: str, token: str | None) -> Ids:
        request = emr.ListFlowClusterRequest(region_id=REGION, project_id=project, page_number=1, page_size=50)
        body = EmrClient(account.config(secret, token)).list_flow_cluster(request).body
        return {item.id for item in body.clusters.cluster_info}

    def hpc_clusters(secret: str, token: str | None) -> Ids:
        request = ecs.DescribeHpcClustersRequest(region_id=REGION, hpc_cluster_ids=json.dumps(hpc), page_size=100)
        body = EcsClient(account.config(secret, token)).describe_hpc_clusters(request).body
        return {item.hpc_cluster_id for item in body.hpc_clusters.hpc_cluster}

    def regions(secret: str, token: str | None) -> Ids:
        request = ecs.DescribeRegionsRequest(accept_language="en-US")
        body = EcsClient(account.config(secret, token)).describe_regions(request).body
        return {item.region_id for item in body.regions.region} & {REGION}

    wanted = {cluster["cluster_id"] for cluster in account.truth["emr_clusters"] if project in cluster["projects"]}
    return [
        ("ListFlowProject", projects, set(account.truth["emr_projects"])),
        ("ListFlowCluster", flow_clusters, wanted),
        ("DescribeHpcClusters", hpc_clusters, set(hpc)),
        ("DescribeRegions", regions, {REGION}),
    ]


def emr_clusters_calls(account: Account) -> list[Call]:
    """ListClusters of 2021-03-20 in two regions: by pages, and with its repeated filters."""
    clusters = account.truth["emr_2021_clusters"]

    def by_pages(secret: str, token: str | None) -> Ids:
        found: Ids = set()
        next_token = None
        while next_token != "":
            request = emr_2021.ListClustersRequest(region_id=REGION, max_results=3, next_token=next_token)
            body = Emr2021Client(account.config(secret, token)).list_clusters(request).body
            same("rows on a page", len(body.clusters) <= 3, True)
            found |= {item.cluster_id for item in body.clusters}
            next_token = body.next_token or ""
        same("TotalCount", body.total_count, len(found))
        return found

    def filtered(secret: str, token: str | None) -> Ids:
        request = emr_2021.ListClustersRequest(
            region_id=SECOND_REGION,
            cluster_states=["RUNNING", "STARTING"],
            payment_types=["PayAsYouGo", "Subscription"],
            tags=[emr_2021.Tag(key="team", value="data")],
        )
        body = Emr2021Client(account.config(secret, token)).list_clusters(request).body
        return {item.cluster_id for item in body.clusters}

    there = [cluster for cluster in clusters if cluster["region_id"] == SECOND_REGION]
    return [
        ("EMR ListClusters", by_pages, {c["cluster_id"] for c in clusters if c["region_id"] == REGION}),
        (
            "EMR ListClusters, filtered",
            filtered,
            {c["cluster_id"] for c in there if c["state"] in {"RUNNING", "STARTING"}},
        ),
    ]


def rds_calls(account: Account) -> list[Call]:
    """DescribeDBInstances by number, by token and filtered; DescribeBackups."""
    primaries, replicas = account.truth["rds_instances"], account.truth["rds_replicas"]
    instance = primaries[0]

    def by_number(secret: str, token: str | None) -> Ids:
        request = rds.DescribeDBInstancesRequest(region_id=REGION, page_number=1, page_size=100)
        body = RdsClient(account.config(secret, token)).describe_dbinstances(request).body
        same("TotalRecordCount", body.total_record_count, len(body.items.dbinstance))
        return {item.dbinstance_id for item in body.items.dbinstance}

    def by_token(secret: str, token: str | None) -> Ids:
        found: Ids = set()
        next_token = None
        while next_token != "":
            request = rds.DescribeDBInstancesRequest(
                region_id=REGION, dbinstance_type="Primary", max_results=2, next_token=next_token
            )
            body = RdsClient(account.config(secret, token)).describe_dbinstances(request).body
            found |= {item.dbinstance_id for item in body.items.dbinstance}
            next_token = body.next_token or ""
        return found

    def elsewhere(secret: str, token: str | None) -> Ids:
        request = rds.DescribeDBInstancesRequest(region_id=SECOND_REGION)
        body = RdsClient(account.config(secret, token)).describe_dbinstances(request).body
        return {item.dbinstance_id for item in body.items.dbinstance}

    def backups(secret: str, token: str | None) -> Ids:
        request = rds.DescribeBackupsRequest(
            dbinstance_id=instance["db_instance_id"],
            start_time="2020-01-01T00:00Z",
            end_time="2099-01-01T00:00Z",
            page_number=1,
            page_size=100,
        )
        body = RdsClient(account.config(secret, token)).describe_backups(request).body
        same("TotalRecordCount", body.total_record_count, str(len(body.items.backup)))
        return {item.backup_id for item in body.items.backup}

    def ids(rows: list[dict[str, object]]) -> Ids:
        return {str(row["db_instance_id"]) for row in rows}

    return [
        ("DescribeDBInstances", by_number, ids(primaries) | ids(replicas)),
        ("DescribeDBInstances by token, primaries", by_token, ids(primaries)),
        (f"DescribeDBInstances of {SECOND_REGION}", elsewhere, ids(account.truth["rds_elsewhere"])),
        ("DescribeBackups", backups, set(instance["backup_sets"])),
    ]
