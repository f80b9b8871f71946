"""RetailCloud's operations, called by Alibaba Cloud's SDK of API version 2018-03-13."""

from datetime import UTC, datetime

from alibabacloud_retailcloud20180313 import models as retailcloud
from alibabacloud_retailcloud20180313.client import Client as RetailcloudClient

from tools.vendor_sdks.account import Account, Call, Ids, same


def clusters_calls(account: Account) -> list[Call]:
    """ListCluster, QueryClusterDetail, ListClusterNode, ListPersistentVolume."""
    cluster = account.truth["clusters"][0]
    wanted = {"cluster_instance_id": cluster["cluster_id"]}

    def clusters(secret: str, token: str | None) -> Ids:
        request = retailcloud.ListClusterRequest(page_num=1, page_size=20)
        body = RetailcloudClient(account.config(secret, token)).list_cluster(request).body
        same("TotalCount", body.total_count, len(body.data))
        return {item.instance_id for item in body.data}

    def cluster_detail(secret: str, token: str | None) -> Ids:
        request = retailcloud.QueryClusterDetailRequest(**wanted)
        result = RetailcloudClient(account.config(secret, token)).query_cluster_detail(request).body.result
        same("AllNodeCount", result.work_load.all_node_count, len(cluster["nodes"]))
        return {result.basic_info.cluster_instance_id}

    def nodes(secret: str, token: str | None) -> Ids:
        request = retailcloud.ListClusterNodeRequest(**wanted, page_num=1, page_size=50)
        return {
            item.instance_id
            for item in RetailcloudClient(account.config(secret, token)).list_cluster_node(request).body.data
        }

    def volumes(secret: str, token: str | None) -> Ids:
        request = retailcloud.ListPersistentVolumeRequest(**wanted, page_number=1, page_size=100)
        body = RetailcloudClient(account.config(secret, token)).list_persistent_volume(request).body
        return {item.name for item in body.data}

    return [
        ("ListCluster", clusters, {item["cluster_id"] for item in account.truth["clusters"]}),
        ("QueryClusterDetail", cluster_detail, {cluster["cluster_id"]}),
        ("ListClusterNode", nodes, set(cluster["nodes"])),
        ("ListPersistentVolume", volumes, set(cluster["volumes"])),
    ]


def apps_calls(account: Account) -> list[Call]:
    """ListApp, ListAppEnvironment, ListAppResourceAllocs."""
    app_id = account.truth["apps"][0]["app_id"]
    environments = account.truth["environments"]

    def apps(secret: str, token: str | None) -> Ids:
        request = retailcloud.ListAppRequest(page_number=1, page_size=50)
        return {
            str(item.app_id) for item in RetailcloudClient(account.config(secret, token)).list_app(request).body.data
        }

    def app_environments(secret: str, token: str | None) -> Ids:
        request = retailcloud.ListAppEnvironmentRequest(app_id=app_id, page_number=1, page_size=50)
        body = RetailcloudClient(account.config(secret, token)).list_app_environment(request).body
        return {str(item.env_id) for item in body.data}

    def allocations(secret: str, token: str | None) -> Ids:
        request = retailcloud.ListAppResourceAllocsRequest(page_number=1, page_size=50)
        body = RetailcloudClient(account.config(secret, token)).list_app_resource_allocs(request).body
        return {f"{item.app_env_id} {item.cluster_id}" for item in body.data}

    return [
        ("ListApp", apps, {str(app["app_id"]) for app in account.truth["apps"]}),
        ("ListAppEnvironment", app_environments, {str(e["env_id"]) for e in environments if e["app_id"] == app_id}),
        ("ListAppResourceAllocs", allocations, {f"{e['env_id']} {e['cluster_id']}" for e in environments}),
    ]


def deploys_calls(account: Account) -> list[Call]:
    """ListDeployOrders (with its lists in the form and a time filter), DescribeDeployOrderDetail, GetRdsBackUp."""
    quiet = next(e for e in account.truth["environments"] if e["latest"] and e["latest"]["status"] == 3)
    order = quiet["latest"]
    instance = account.truth["rds_instances"][0]

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
        body = RetailcloudClient(account.config(secret, token)).list_deploy_orders(request).body
        return {str(item.deploy_order_id) for item in body.data}

    def order_detail(secret: str, token: str | None) -> Ids:
        request = retailcloud.DescribeDeployOrderDetailRequest(deploy_order_id=order["order_id"])
        body = RetailcloudClient(account.config(secret, token)).describe_deploy_order_detail(request).body
        return {str(body.result.deploy_order_id)}

    def backups(secret: str, token: str | None) -> Ids:
        request = retailcloud.GetRdsBackUpRequest(
            db_instance_id=instance["db_instance_id"], page_number=1, page_size=100
        )
        result = RetailcloudClient(account.config(secret, token)).get_rds_back_up(request).body.result
        same("TotalRecordCount", result.total_record_count, str(len(result.items)))
        return {item.backup_id for item in result.items}

    return [
        ("ListDeployOrders", deploy_orders, {str(order["order_id"])}),
        ("DescribeDeployOrderDetail", order_detail, {str(order["order_id"])}),
        ("GetRdsBackUp", backups, set(instance["backup_sets"])),
    ]


def environments_calls(account: Account) -> list[Call]:
    """ListAppInstance, ListPersistentVolumeClaim, ListPods (with its list in the form)."""
    settled = [e for e in account.truth["environments"] if e["latest"] and e["latest"]["status"] == 3]
    environment = next(e for e in settled if e["claims"])
    order = next((e for e in settled if e["latest"]["failed"]), environment)["latest"]
    ids = {"app_id": environment["app_id"], "env_id": environment["env_id"]}

    def instances(secret: str, token: str | None) -> Ids:
        request = retailcloud.ListAppInstanceRequest(**ids, page_number=1, page_size=50)
        rows = RetailcloudClient(account.config(secret, token)).list_app_instance(request).body.data
        running = sum(row.health == "RUNNING" for row in rows)
        return {f"{running} of {len(rows)} running, {sum(row.restart_count for row in rows)} restarts"}

    def claims(secret: str, token: str | None) -> Ids:
        request = retailcloud.ListPersistentVolumeClaimRequest(**ids, page_number=1, page_size=50)
        body = RetailcloudClient(account.config(secret, token)).list_persistent_volume_claim(request).body
        return {f"{item.name} {item.status}" for item in body.data}

    def pods(secret: str, token: str | None) -> Ids:
        client = RetailcloudClient(account.config(secret, token))
        request = {"deploy_order_id": order["order_id"], "page_number": 1, "page_size": 50}
        everything = client.list_pods(retailcloud.ListPodsRequest(**request)).body.data
        failed = client.list_pods(retailcloud.ListPodsRequest(**request, result_list=[2])).body.data
        steps = {step.step_code for pod in failed for step in pod.deploy_steps if step.status == "FAIL"}
        same("the step at which pods fail", steps, {order["failed_at_step"]} - {None})
        return {f"{len(everything)} pods, {len(failed)} failed"}

    health = environment["instances"]
    count = health["running"] + health["abnormal"]
    return [
        ("ListAppInstance", instances, {f"{health['running']} of {count} running, {health['restarts']} restarts"}),
        (
            "ListPersistentVolumeClaim",
            claims,
            {f"{name} {status}" for name, status in environment["claims"].items()},
        ),
        ("ListPods", pods, {f"{order['instances']} pods, {order['failed']} failed"}),
    ]
