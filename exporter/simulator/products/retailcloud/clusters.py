"""RetailCloud's cluster operations: ListCluster, QueryClusterDetail, ListClusterNode, ListPersistentVolume."""

import json

from exporter.simulator.errors import BusinessError
from exporter.simulator.operations import Call, Json, invalid
from exporter.simulator.products.retailcloud.product import OPERATIONS, detail, env_type, listing
from exporter.simulator.quirks import Quirks
from exporter.simulator.times import written
from exporter.simulator.world.apps import Environment
from exporter.simulator.world.clusters import REGION, Cluster, Node, Volume
from exporter.simulator.world.load import Load, share

NO_SUCH_CLUSTER = 102404
_SHAPES = ((1, 1), (2, 4), (4, 8), (8, 16))
MAX_VOLUMES = 100


@OPERATIONS.operation("ListCluster")
def list_cluster(call: Call) -> Json:
    """Manual 5.4.1: all parameters optional, in the query; the page parameter is PageNum, answered as PageNumber."""
    business, kind = call.query.optional("BusinessCode"), call.query.optional("EnvType")
    if kind not in {"", "TEST", "PRO"}:
        raise invalid("EnvType", "TEST or PRO")
    found = [
        cluster
        for cluster in call.world.clusters
        if business in {"", cluster.business_code} and kind in {"", ("TEST", "PRO")[cluster.production]}
    ]
    page = call.page(found, call.query.number("PageNum", 1), call.query.number("PageSize", 20))
    return listing(call, page.of(lambda cluster: _cluster(call, cluster)))


def _cluster(call: Call, cluster: Cluster) -> Json:
    load = call.world.load(cluster)
    return {
        "BusinessCode": cluster.business_code,
        "ClusterTitle": cluster.title,
        "CreateStatus": "1",
        "EcsIds": [node.id for node in cluster.nodes],
        "EnvType": env_type(call.quirks, production=cluster.production),
        "Id": cluster.number,
        "InstanceId": cluster.instance_id,
        "KeyPair": "",
        "NetPlug": "Terway",
        "Password": cluster.password,
        "PodCIDR": "172.22.0.0/16",
        "RegionId": REGION,
        "RegionName": REGION,
        "ServiceCIDR": "172.23.0.0/20",
        "Status": "running",
        "VpcId": cluster.vpc_id,
        "VswitchIds": list(cluster.switches),
        "WorkLoadCpu": share(load.cpu_requested, load.cpu_total),
        "WorkLoadMem": share(load.memory_requested, load.memory_total),
    }


@OPERATIONS.operation("QueryClusterDetail", "ErrMsg")
def query_cluster_detail(call: Call) -> Json:
    """Manual 5.4.4: ClusterInstanceId in the query; the levels are 0, as in the manual's sample."""
    cluster = _wanted(call, call.query.text("ClusterInstanceId"))
    load = call.world.load(cluster)
    pods = call.world.pods(cluster)
    return detail(
        call,
        {
            "BasicInfo": _basic_info(call.quirks, cluster),
            "InstanceInfo": {
                "AllocatePodCount": load.app_pods,
                "AllocatedPodInfoList": _pod_list(call.quirks, _allocated(call.quirks, pods)),
                "AppCount": len({environment.app.id for environment, _ in pods}),
                "AvailablePodInfoList": _pod_list(call.quirks, _available(call.quirks, load)),
            },
            "NetInfo": {"NetPlugType": "Terway", "ProdCIDR": "172.22.0.0/16", "ServiceCIDR": "172.23.0.0/20"},
            "NodeWorkLoadList": [],
            "WorkLoad": _work_load(cluster, load),
        },
    )


def _basic_info(quirks: Quirks, cluster: Cluster) -> Json:
    return {
        "BusinessCode": cluster.business_code,
        "ClusterId": cluster.number,
        "ClusterInstanceId": cluster.instance_id,
        "ClusterName": cluster.title,
        "EcsIds": [node.id for node in cluster.nodes],
        "EnvType": env_type(quirks, production=cluster.production),
        "HasInstallArmsPilot": True,
        "HasInstallLogController": True,
        "InstallArmsInProcess": False,
        "InstallLogInProcess": False,
        "MainUserId": "canary-user-id-main",
        "RegionId": REGION,
        "RegionName": REGION,
        "UserNick": "canary-user-nick-main",
        "VpcId": cluster.vpc_id,
        "Vswitchs": list(cluster.switches),
    }


def _allocated(quirks: Quirks, pods: list[tuple[Environment, int]]) -> list[Json]:
    """One row for each group of an environment's pods; an environment may have several."""
    rows: list[Json] = []
    for environment, count in pods:
        groups = min(environment.groups, count)
        for group in range(groups):
            share_of_group = count // groups + (1 if group < count % groups else 0)
            rows.append(
                {
                    "appId": environment.app.id,
                    "appName": environment.app.title,
                    "envId": environment.id,
                    "envName": environment.name,
                    _cpu_key(quirks, len(rows)): f"{environment.cores:g}vcpu",
                    "memRequest": environment.memory,
                    "podCount": share_of_group,
                }
            )
    return rows


def _available(quirks: Quirks, load: Load) -> list[Json]:
    return [
        {
            _cpu_key(quirks, 9): str(cores),
            "memRequest": str(gib),
            "availablePodCount": load.available(cores, gib),
        }
        for cores, gib in _SHAPES
    ]


def _cpu_key(quirks: Quirks, row: int) -> str:
    """The manual's sample has the right word in its first four rows and the typo in all others."""
    if quirks.cpu_request == "mixed":
        return "cpuRequest" if row < 4 else "cupRequest"
    return f"{quirks.cpu_request}Request"


def _pod_list(quirks: Quirks, rows: list[Json]) -> list[object]:
    if quirks.pod_lists == "json_strings":
        return [json.dumps(row, ensure_ascii=False) for row in rows]
    return list(rows)


def _work_load(cluster: Cluster, load: Load) -> Json:
    return {
        "AllNodeCount": len(cluster.nodes),
        "AllocateAllPodCount": load.app_pods + load.system_pods,
        "AllocateAppPodCount": load.app_pods,
        "CpuCapacityTotal": load.cpu_capacity,
        "CpuLevel": 0,
        "CpuRequest": load.cpu_requested,
        "CpuRequestPercent": share(load.cpu_requested, load.cpu_total),
        "CpuTotal": load.cpu_total,
        "CpuUse": load.cpu_used,
        "CpuUsePercent": share(load.cpu_used, load.cpu_total),
        "MemCapacityTotal": load.memory_capacity,
        "MemLevel": 0,
        "MemRequest": load.memory_requested,
        "MemRequestPercent": share(load.memory_requested, load.memory_total),
        "MemTotal": load.memory_total,
        "MemUse": load.memory_used,
        "MemUsePercent": share(load.memory_used, load.memory_total),
    }


@OPERATIONS.operation("ListClusterNode")
def list_cluster_node(call: Call) -> Json:
    """Manual 5.4.3: everything in the query, PageNum again; every field of a node is text."""
    cluster = _wanted(call, call.query.text("ClusterInstanceId"))
    page = call.page(cluster.nodes, call.query.number("PageNum", 1), call.query.number("PageSize", 20))
    return listing(call, page.of(lambda node: _node(cluster, node)))


def _node(cluster: Cluster, node: Node) -> Json:
    row: Json = {
        "BusinessCode": cluster.business_code,
        "EcsConfiguration": f"{node.cores}vcpu {node.memory_mib // 1024}G",
        "EcsCpu": str(node.cores),
        "EcsExpiredTime": node.expires,
        "EcsLocalStorageCapacity": "40",
        "EcsMemory": str(node.memory_mib),
        "EcsOsType": "linux",
        "EcsPrivateIp": node.private_ip,
        "EcsZone": node.zone,
        "InstanceId": node.id,
        "InstanceName": node.name,
        "InstanceNetworkType": "vpc",
        "InstanceType": node.type,
        "InternetMaxBandwidthIn": "1500" if node.eip else "0",
        "InternetMaxBandwidthOut": "1" if node.eip else "0",
        "OSName": "CentOS 7.9 64位",
        "RegionId": REGION,
        "VpcId": cluster.vpc_id,
    }
    return row | ({"EcsEip": node.eip, "EcsPublicIp": node.eip} if node.eip else {})


@OPERATIONS.operation("ListPersistentVolume", "ErrMsg")
def list_persistent_volume(call: Call) -> Json:
    """Manual 5.1.2: everything required and in the form; at most 100 a page; empty fields are left out."""
    cluster = _wanted(call, call.form.text("ClusterInstanceId"))
    number, size = call.form.number("PageNumber"), call.form.number("PageSize")
    if size > MAX_VOLUMES:
        raise invalid("PageSize", "100 or less")
    return listing(call, call.page(cluster.volumes, number, size).of(lambda volume: _volume(call.quirks, volume)))


def _volume(quirks: Quirks, volume: Volume) -> Json:
    row: Json = {
        "AccessModes": volume.access_modes,
        "Capacity": volume.capacity,
        "CreateTime": written(volume.created, quirks, "naive_local"),
        "MountDir": "/data",
        "Name": volume.name,
        "PvcName": volume.claim,
        "Reason": "the disk could not be created" if volume.status == "Failed" else "",
        "ReclaimPolicy": volume.reclaim_policy,
        "Status": volume.status,
        "StorageClass": volume.storage_class,
    }
    return {name: value for name, value in row.items() if value}


def _wanted(call: Call, instance_id: str) -> Cluster:
    for cluster in call.world.clusters:
        if cluster.instance_id == instance_id:
            return cluster
    raise BusinessError(NO_SUCH_CLUSTER, "The cluster does not exist")
