"""BatchCompute's listing and one cluster: GET /clusters, GET /clusters/{ClusterId}."""

from collections.abc import Sequence
from datetime import UTC, datetime

from exporter.simulator.errors import ApiError
from exporter.simulator.operations import Call, Json, invalid
from exporter.simulator.products.batchcompute.product import OPERATIONS, region_of
from exporter.simulator.world.batch import ACTIVE, BatchCluster, BatchGroup

MAX_ITEMS = 100


@OPERATIONS.operation("BatchCompute.ListClusters")
def list_clusters(call: Call) -> object:
    """help.aliyun.com document 44742: pages by Marker (empty: the first) and MaxItemCount (50, at most 100)."""
    count = call.query.number("MaxItemCount", 50)
    if not 0 <= count <= MAX_ITEMS:
        raise invalid("MaxItemCount", "in [0, 100]")
    region = region_of(call)
    clusters = [cluster for cluster in call.world.batch_clusters if cluster.region == region]
    if call.quirks.batchcompute_bare_array:
        return [_cluster(call, cluster) for cluster in clusters]
    rows, marker = _cut(call, clusters, count or 50)
    return {"Items": [_cluster(call, cluster) for cluster in rows], "NextMarker": marker}


def _cut(call: Call, clusters: Sequence[BatchCluster], count: int) -> tuple[Sequence[BatchCluster], str]:
    """One page and the marker of the next: the id it begins with. An unknown marker is refused."""
    marker = call.query.optional("Marker")
    start = 0
    if marker and not call.quirks.ignore_page_number:
        start = next((index for index, cluster in enumerate(clusters) if cluster.id == marker), -1)
        if start < 0:
            raise invalid("Marker", "one of this listing")
    rest = clusters[start + count :]
    if not rest and (call.quirks.endless_pages or call.quirks.ignore_page_number):
        rest = clusters
    return clusters[start : start + count], rest[0].id if rest else ""


@OPERATIONS.operation("BatchCompute.GetCluster")
def get_cluster(call: Call) -> Json:
    """help.aliyun.com document 44741: one cluster as the listing shows it."""
    region, wanted = region_of(call), call.query.text("ClusterId")
    for cluster in call.world.batch_clusters:
        if cluster.id == wanted and cluster.region == region:
            return _cluster(call, cluster)
    raise ApiError(404, "InvalidResource.NotFound", "The specified cluster does not exist.")


def _cluster(call: Call, cluster: BatchCluster) -> Json:
    created = datetime.fromtimestamp(cluster.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    plan = cluster.plan
    desired = sum(group.desired for group in plan.groups)
    running = sum(cluster.running(group, call.now) for group in plan.groups)
    active = cluster.state == ACTIVE
    return {
        "Id": cluster.id,
        "Name": plan.name,
        "OwnerId": 1234567890,
        "Description": plan.description,
        "CreationTime": created,
        "State": cluster.state,
        "InstanceType": plan.instance_type,
        "ImageId": plan.image_id,
        "UserData": dict(plan.user_data),
        "EnvVars": dict(plan.env_vars),
        "Bootstrap": "",
        "SecurityGroup": "",
        "WriteSupport": True,
        "Notification": dict(plan.notification),
        "Configs": dict(plan.configs),
        "Groups": {group.name: _group(group, cluster.running(group, call.now)) for group in plan.groups},
        "OperationLogs": [
            f"[{created}][{group.name}]Creating instance group successfully" for group in plan.groups[:1]
        ],
        "Metrics": {
            "RunningCount": running,
            "StartingCount": desired - running if active else 0,
            "StoppingCount": 0 if active else desired,
            "StoppedCount": 0,
        },
    }


def _group(group: BatchGroup, running: int) -> Json:
    return {
        "DesiredVMCount": group.desired,
        "ActualVMCount": running,
        "InstanceType": group.instance_type,
        "ResourceType": "Spot" if group.spot else "OnDemand",
        "SpotStrategy": group.strategy,
        "SpotPriceLimit": group.price_limit,
        "Disks": {},
    }
