"""BatchCompute, API version 2015-11-11, the REST way: GET /clusters."""

from collections.abc import Sequence
from datetime import UTC, datetime

from exporter.simulator.operations import Call, Json, Operations, invalid
from exporter.simulator.products.regions import is_inhabited
from exporter.simulator.world.computing import BatchCluster

VERSION = "2015-11-11"
OPERATIONS = Operations()
MAX_ITEMS = 100


@OPERATIONS.operation("BatchCompute.ListClusters")
def list_clusters(call: Call) -> object:
    """help.aliyun.com document 44742: pages by Marker (empty: the first) and MaxItemCount (50, at most 100)."""
    count = call.query.number("MaxItemCount", 50)
    if not 0 <= count <= MAX_ITEMS:
        raise invalid("MaxItemCount", "in [0, 100]")
    region_id = call.headers.get("x-acs-region-id")
    here = region_id is None or is_inhabited(region_id, 404)
    clusters = call.world.batch_clusters if here else []
    if call.quirks.batchcompute_bare_array:
        return [_cluster(cluster) for cluster in clusters]
    rows, marker = _cut(call, clusters, count or 50)
    return {"Items": [_cluster(cluster) for cluster in rows], "NextMarker": marker}


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


def _cluster(cluster: BatchCluster) -> Json:
    created = datetime.fromtimestamp(cluster.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    running = sum(desired for _, desired, _ in cluster.groups)
    active = cluster.state == "Active"
    return {
        "Id": cluster.id,
        "Name": cluster.name,
        "OwnerId": 1234567890,
        "Description": "",
        "CreationTime": created,
        "State": cluster.state,
        "InstanceType": "bcs.a2.large",
        "ImageId": "img-ubuntu",
        "UserData": {"note": "canary-batchcompute-user-data"},
        "EnvVars": {"PASSWORD": "canary-batchcompute-env"},
        "Bootstrap": "",
        "SecurityGroup": "",
        "WriteSupport": True,
        "Notification": {},
        "Configs": {
            "Disks": {"SystemDisk": {"Type": "cloud", "Size": 500}},
            "Mounts": {
                "Entries": [],
                "Locale": "GBK",
                "Lock": False,
                "OSS": {
                    "AccessKeyId": "canary-oss-access-key-id",
                    "AccessKeySecret": "canary-oss-access-key-secret",
                    "AccessSecurityToken": "canary-oss-security-token",
                },
            },
            "Networks": {"VPC": {"CidrBlock": "10.0.0.0/8"}},
        },
        "Groups": {name: _group(desired, active=active, spot=spot) for name, desired, spot in cluster.groups},
        "OperationLogs": [f"[{created}][workers]Creating instance group successfully"],
        "Metrics": {
            "RunningCount": running if active else 0,
            "StartingCount": 0,
            "StoppingCount": 0 if active else running,
            "StoppedCount": 0,
        },
    }


def _group(desired: int, *, active: bool, spot: bool) -> Json:
    return {
        "DesiredVMCount": desired,
        "ActualVMCount": desired if active else 0,
        "InstanceType": "bcs.a2.large",
        "ResourceType": "Spot" if spot else "OnDemand",
        "SpotStrategy": "SpotWithPriceLimit" if spot else "NoSpot",
        "SpotPriceLimit": 0.35 if spot else 0.0,
        "Disks": {},
    }
