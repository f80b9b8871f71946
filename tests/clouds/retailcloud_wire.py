"""RetailCloud's client in front of given answers, and a call of each of its operations."""

from collections.abc import Mapping

from exporter.clouds.aliyun.retailcloud import RetailCloud
from tests.clouds import wire


class RetailCloudWire(wire.Wire):
    """Answers with ``answers`` in turn, the last one for ever."""

    def __init__(self, *answers: object) -> None:
        super().__init__(wire.answers(*answers))
        self.cloud = RetailCloud(self.channel)


def sample(operation: str) -> dict[str, object]:
    """An answer in the form of the manual's sample, a new object each time."""
    return wire.sample(f"aliyun/{operation}")


def envelope(items: object, **fields: object) -> Mapping[str, object]:
    """A list as RetailCloud answers it."""
    return {"Code": 0, "RequestId": "r-1", "Data": items, **fields}


# Operation: the call, its method, its query and its form.
CALLS = {
    "ListCluster": (lambda cloud: cloud.list_clusters(), "GET", {"PageNum": "1", "PageSize": "50"}, {}),
    "QueryClusterDetail": (
        lambda cloud: cloud.cluster_detail("c-orchid"),
        "GET",
        {"ClusterInstanceId": "c-orchid"},
        {},
    ),
    "ListClusterNode": (
        lambda cloud: cloud.list_cluster_nodes("c-orchid"),
        "GET",
        {"ClusterInstanceId": "c-orchid", "PageNum": "1", "PageSize": "50"},
        {},
    ),
    "ListPersistentVolume": (
        lambda cloud: cloud.list_persistent_volumes("c-orchid"),
        "POST",
        {},
        {"ClusterInstanceId": "c-orchid", "PageNumber": "1", "PageSize": "100"},
    ),
    "ListApp": (lambda cloud: cloud.list_apps(), "GET", {"PageNumber": "1", "PageSize": "50"}, {}),
    "ListAppEnvironment": (
        lambda cloud: cloud.list_app_environments("7001"),
        "GET",
        {"AppId": "7001", "PageNumber": "1", "PageSize": "50"},
        {},
    ),
    "ListAppResourceAllocs": (
        lambda cloud: cloud.list_app_resource_allocs(),
        "GET",
        {"PageNumber": "1", "PageSize": "50"},
        {},
    ),
    "ListAppInstance": (
        lambda cloud: cloud.list_app_instances("7001", "9001"),
        "POST",
        {},
        {"AppId": "7001", "EnvId": "9001", "PageNumber": "1", "PageSize": "50"},
    ),
    "ListPersistentVolumeClaim": (
        lambda cloud: cloud.list_persistent_volume_claims("7001", "9001"),
        "POST",
        {"AppId": "7001", "EnvId": "9001", "PageNumber": "1", "PageSize": "50"},
        {},
    ),
    "ListDeployOrders": (
        lambda cloud: cloud.list_deploy_orders(
            "7001",
            env_id="9001",
            started_from="2025-12-01 00:00:00",
            started_before="2026-01-01 00:00:00",
            results=(1, 2),
        ),
        "POST",
        {
            "AppId": "7001",
            "EnvId": "9001",
            "DeployCategory": "deploy",
            "StartTimeGreaterThanOrEqualTo": "2025-12-01 00:00:00",
            "StartTimeLessThan": "2026-01-01 00:00:00",
            "PageNumber": "1",
            "PageSize": "50",
        },
        {"ResultList.1": "1", "ResultList.2": "2"},
    ),
    "DescribeDeployOrderDetail": (lambda cloud: cloud.deploy_order("88002"), "POST", {"DeployOrderId": "88002"}, {}),
    "ListPods": (
        lambda cloud: cloud.list_pods("88002", results=(2, 4)),
        "POST",
        {"DeployOrderId": "88002", "PageNumber": "1", "PageSize": "50"},
        {"ResultList.1": "2", "ResultList.2": "4"},
    ),
    "GetRdsBackUp": (
        lambda cloud: cloud.list_backups("rm-1"),
        "POST",
        {},
        {"DbInstanceId": "rm-1", "PageNumber": "1", "PageSize": "100"},
    ),
}
