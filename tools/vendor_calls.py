"""Every call that the vendors' own SDKs have of our operations, made against a simulated cloud; see vendor_check.py.

Runs in the environment of the SDKs, not in the project's: python tools/vendor_calls.py PORT.
"""

import json
import sys
import urllib.request
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import requests
from alibabacloud_ecs20140526 import models as ecs
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_emr20160408 import models as emr
from alibabacloud_emr20160408.client import Client as EmrClient
from alibabacloud_retailcloud20180313 import models as retailcloud
from alibabacloud_retailcloud20180313.client import Client as RetailcloudClient
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

ACCESS_KEY_ID, SECRET, PROJECT = "simulated-id", "simulated-secret", "0123456789abcdef0123456789abcdef"
REGION = "cn-zhangjiakou"
Ids = set[str]
Call = tuple[str, Callable[[str, str | None], Ids], Ids]
REFUSALS = ("SignatureDoesNotMatch", "APIGW.0301")


class VendorCalls:
    """The calls, each a function of secret and token that gives the ids it found, beside the ids that are there."""

    def __init__(self, port: int) -> None:
        self.address = f"127.0.0.1:{port}"
        with urllib.request.urlopen(f"http://{self.address}/_sim", timeout=10) as answer:
            self.truth = json.load(answer)["truth"]

    def _config(self, secret: str, token: str | None) -> Config:
        return Config(
            access_key_id=ACCESS_KEY_ID,
            access_key_secret=secret,
            security_token=token,
            endpoint=self.address,
            protocol="http",
            region_id=REGION,
        )

    def retailcloud_clusters(self) -> list[Call]:
        """ListCluster, QueryClusterDetail, ListClusterNode, ListPersistentVolume."""
        cluster = self.truth["clusters"][0]
        wanted = {"cluster_instance_id": cluster["cluster_id"]}

        def clusters(secret: str, token: str | None) -> Ids:
            request = retailcloud.ListClusterRequest(page_num=1, page_size=20)
            body = RetailcloudClient(self._config(secret, token)).list_cluster(request).body
            _same("TotalCount", body.total_count, len(body.data))
            return {item.instance_id for item in body.data}

        def cluster_detail(secret: str, token: str | None) -> Ids:
            request = retailcloud.QueryClusterDetailRequest(**wanted)
            result = RetailcloudClient(self._config(secret, token)).query_cluster_detail(request).body.result
            _same("AllNodeCount", result.work_load.all_node_count, len(cluster["nodes"]))
            return {result.basic_info.cluster_instance_id}

        def nodes(secret: str, token: str | None) -> Ids:
            request = retailcloud.ListClusterNodeRequest(**wanted, page_num=1, page_size=50)
            return {
                item.instance_id
                for item in RetailcloudClient(self._config(secret, token)).list_cluster_node(request).body.data
            }

        def volumes(secret: str, token: str | None) -> Ids:
            request = retailcloud.ListPersistentVolumeRequest(**wanted, page_number=1, page_size=100)
            body = RetailcloudClient(self._config(secret, token)).list_persistent_volume(request).body
            return {item.name for item in body.data}

        return [
            ("ListCluster", clusters, {item["cluster_id"] for item in self.truth["clusters"]}),
            ("QueryClusterDetail", cluster_detail, {cluster["cluster_id"]}),
            ("ListClusterNode", nodes, set(cluster["nodes"])),
            ("ListPersistentVolume", volumes, set(cluster["volumes"])),
        ]

    def retailcloud_apps(self) -> list[Call]:
        """ListApp, ListAppEnvironment, ListAppResourceAllocs."""
        app_id = self.truth["apps"][0]["app_id"]
        environments = self.truth["environments"]

        def apps(secret: str, token: str | None) -> Ids:
            request = retailcloud.ListAppRequest(page_number=1, page_size=50)
            return {
                str(item.app_id) for item in RetailcloudClient(self._config(secret, token)).list_app(request).body.data
            }

        def app_environments(secret: str, token: str | None) -> Ids:
            request = retailcloud.ListAppEnvironmentRequest(app_id=app_id, page_number=1, page_size=50)
            body = RetailcloudClient(self._config(secret, token)).list_app_environment(request).body
            return {str(item.env_id) for item in body.data}

        def allocations(secret: str, token: str | None) -> Ids:
            request = retailcloud.ListAppResourceAllocsRequest(page_number=1, page_size=50)
            body = RetailcloudClient(self._config(secret, token)).list_app_resource_allocs(request).body
            return {f"{item.app_env_id} {item.cluster_id}" for item in body.data}

        return [
            ("ListApp", apps, {str(app["app_id"]) for app in self.truth["apps"]}),
            ("ListAppEnvironment", app_environments, {str(e["env_id"]) for e in environments if e["app_id"] == app_id}),
            ("ListAppResourceAllocs", allocations, {f"{e['env_id']} {e['cluster_id']}" for e in environments}),
        ]

    def retailcloud_deploys(self) -> list[Call]:
        """ListDeployOrders (with its lists in the form and a time filter), DescribeDeployOrderDetail, GetRdsBackUp."""
        quiet = next(e for e in self.truth["environments"] if e["latest"] and e["latest"]["status"] == 3)
        order = quiet["latest"]
        instance = self.truth["rds_instances"][0]

        def deploy_orders(secret: str, token: str | None) -> Ids:
            before = datetime.fromtimestamp(order["end"] + 3600 * 9, UTC).strftime("%Y-%m-%d %H:%M:%S")
            request = retailcloud.ListDeployOrdersRequest(
                app_id=quiet["app_id"],
                env_id=quiet["env_id"],
                page_number=1,
                page_size=1,
                deploy_category="deploy",
                end_time_less_than_or_equal_to=before,
                status_list=[3],
                result_list=[order["result"]],
            )
            body = RetailcloudClient(self._config(secret, token)).list_deploy_orders(request).body
            return {str(item.deploy_order_id) for item in body.data}

        def order_detail(secret: str, token: str | None) -> Ids:
            request = retailcloud.DescribeDeployOrderDetailRequest(deploy_order_id=order["order_id"])
            body = RetailcloudClient(self._config(secret, token)).describe_deploy_order_detail(request).body
            return {str(body.result.deploy_order_id)}

        def backups(secret: str, token: str | None) -> Ids:
            request = retailcloud.GetRdsBackUpRequest(
                db_instance_id=instance["db_instance_id"], page_number=1, page_size=100
            )
            result = RetailcloudClient(self._config(secret, token)).get_rds_back_up(request).body.result
            _same("TotalRecordCount", result.total_record_count, str(len(result.items)))
            return {item.backup_id for item in result.items}

        return [
            ("ListDeployOrders", deploy_orders, {str(order["order_id"])}),
            ("DescribeDeployOrderDetail", order_detail, {str(order["order_id"])}),
            ("GetRdsBackUp", backups, set(instance["backup_sets"])),
        ]

    def emr_and_ecs(self) -> list[Call]:
        """ListFlowProject, ListFlowCluster; DescribeHpcClusters, DescribeRegions."""
        project = self.truth["emr_projects"][0]
        hpc = self.truth["hpc_clusters"]

        def projects(secret: str, token: str | None) -> Ids:
            request = emr.ListFlowProjectRequest(region_id=REGION, page_number=1, page_size=50)
            return {
                item.id
                for item in EmrClient(self._config(secret, token)).list_flow_project(request).body.projects.project
            }

        def flow_clusters(secret: str, token: str | None) -> Ids:
            request = emr.ListFlowClusterRequest(region_id=REGION, project_id=project, page_number=1, page_size=50)
            body = EmrClient(self._config(secret, token)).list_flow_cluster(request).body
            return {item.id for item in body.clusters.cluster_info}

        def hpc_clusters(secret: str, token: str | None) -> Ids:
            request = ecs.DescribeHpcClustersRequest(region_id=REGION, hpc_cluster_ids=json.dumps(hpc), page_size=100)
            body = EcsClient(self._config(secret, token)).describe_hpc_clusters(request).body
            return {item.hpc_cluster_id for item in body.hpc_clusters.hpc_cluster}

        def regions(secret: str, token: str | None) -> Ids:
            request = ecs.DescribeRegionsRequest(accept_language="en-US")
            body = EcsClient(self._config(secret, token)).describe_regions(request).body
            return {item.region_id for item in body.regions.region} & {REGION}

        wanted = {cluster["cluster_id"] for cluster in self.truth["emr_clusters"] if project in cluster["projects"]}
        return [
            ("ListFlowProject", projects, set(self.truth["emr_projects"])),
            ("ListFlowCluster", flow_clusters, wanted),
            ("DescribeHpcClusters", hpc_clusters, set(hpc)),
            ("DescribeRegions", regions, {REGION}),
        ]

    def without_method(self) -> list[Call]:
        """ModelArts v1 with Huawei's signer, BatchCompute with the ROA signer of Alibaba Cloud's older SDK core."""

        def modelarts(secret: str, token: str | None) -> Ids:
            credentials = BasicCredentials(ACCESS_KEY_ID, secret, PROJECT)
            headers = {"X-Project-Id": PROJECT, **({"X-Security-Token": token} if token else {})}
            path = f"/v1/{PROJECT}/clusters"
            query = [("limit", 100), ("offset", 0), ("sort_by", "created_at")]
            unsigned = SdkRequest("GET", "http", self.address, path, query_params=query, header_params=headers, body="")
            signed = Signer(credentials).sign(unsigned)
            answer = requests.get(f"http://{self.address}{signed.uri}", headers=signed.header_params, timeout=10)
            if not answer.ok:
                raise RuntimeError(answer.text)
            return {item["cluster_id"] for item in answer.json()["clusters"]}

        def batchcompute(secret: str, token: str | None) -> Ids:
            request = CommonRequest(domain=self.address, version="2015-11-11", uri_pattern="/clusters")
            request.set_protocol_type("http")
            request.set_method("GET")
            request.add_query_param("MaxItemCount", 100)
            request.add_header("x-acs-signature-nonce", str(uuid.uuid4()))
            if token:
                request.add_header("x-acs-security-token", token)
            answer = json.loads(AcsClient(ACCESS_KEY_ID, secret, REGION).do_action_with_exception(request))
            return {item["Id"] for item in answer["Items"]}

        return [
            ("ModelArts GET /v1/{project_id}/clusters", modelarts, set(self.truth["modelarts_clusters"])),
            ("BatchCompute GET /clusters", batchcompute, set(self.truth["batchcompute_clusters"])),
        ]


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise ValueError(f"{what} is {found!r}, not {wanted!r}")


def mismatch(call: Call) -> str:
    """What is wrong with one call, or an empty string: right secret, temporary key, wrong secret."""
    _, ids_of, wanted = call
    refusal = ""
    try:
        for token in (None, "a-token"):
            found = ids_of(SECRET, token)
            if not wanted or found != wanted:
                return f"found {sorted(found)} instead of {sorted(wanted)}"
    except Exception as error:  # noqa: BLE001 - whatever an SDK raises is a mismatch
        return f"{type(error).__name__}: {error}"
    try:
        ids_of("a wrong secret", None)
    except Exception as error:  # noqa: BLE001 - every SDK has its own exceptions
        refusal = str(error)
    if not any(code in refusal for code in REFUSALS):
        return f"a wrong secret was not refused: {refusal or 'it was answered'}"
    return ""


def main() -> int:
    """Make all calls and print a line for each; returns the exit code."""
    calls = VendorCalls(int(sys.argv[1]))
    mismatches = 0
    for call in (
        *calls.retailcloud_clusters(),
        *calls.retailcloud_apps(),
        *calls.retailcloud_deploys(),
        *calls.emr_and_ecs(),
        *calls.without_method(),
    ):
        wrong = mismatch(call)
        mismatches += bool(wrong)
        print(f"{'MISMATCH' if wrong else 'ok'}  {call[0]}: {wrong or f'{len(call[2])} found, wrong secret refused'}")
    print("note: ModelArts v1 is not in Huawei's SDK: its signer signed a plain request")
    print("note: BatchCompute's own SDK is GPL and is not installed: the ROA signer of aliyun-python-sdk-core signed")
    print(f"{mismatches} mismatches")
    return 1 if mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
