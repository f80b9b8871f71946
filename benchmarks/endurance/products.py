"""What the series of all other products should say, told by the simulated world alone."""

from collections import Counter

from endurance.shop import Facts, state

from exporter.simulator import World
from exporter.simulator.world.backups import BackupSet
from exporter.simulator.world.batch import ACTIVE

REGIONAL, POOL = ("region_id", "cluster_id"), ("region_id", "pool_id")
BACKUP, BATCH, HUAWEI = "aliyun_rds_backup_", "aliyun_batchcompute_", "huaweicloud_modelarts_"
FIRST, NORTH = "cn-zhangjiakou", "cn-north-4"  # the only regions in which most products have something

KEYS: dict[str, tuple[str, ...]] = {
    "aliyun_rds_instance_info": ("db_instance_id", "region_id"),
    f"{BACKUP}sets": ("db_instance_id", "backup_type", "status"),
    f"{BACKUP}latest_status": ("db_instance_id", "backup_type", "status"),
    f"{BACKUP}latest_start_timestamp_seconds": ("db_instance_id", "backup_type"),
    f"{BACKUP}last_success_timestamp_seconds": ("db_instance_id", "backup_type", "backup_mode"),
    f"{BACKUP}total_size_bytes": ("db_instance_id",),
    "aliyun_emr_flow_cluster_info": REGIONAL,
    "aliyun_emr_flow_cluster_status": (*REGIONAL, "status"),
    "aliyun_emr_cluster_info": REGIONAL,
    "aliyun_emr_cluster_state": (*REGIONAL, "state"),
    "aliyun_ecs_hpc_cluster_info": ("region_id", "hpc_cluster_id"),
    f"{BATCH}cluster_info": REGIONAL,
    f"{BATCH}cluster_state": (*REGIONAL, "state"),
    f"{BATCH}cluster_vms": (*REGIONAL, "phase"),
    f"{BATCH}group_desired_vms": (*REGIONAL, "group"),
    f"{BATCH}group_actual_vms": (*REGIONAL, "group"),
    f"{HUAWEI}cluster_info": (*REGIONAL, "cluster_name"),
    f"{HUAWEI}cluster_status": (*REGIONAL, "status"),
    f"{HUAWEI}cluster_nodes": REGIONAL,
    f"{HUAWEI}cluster_nodes_available": REGIONAL,
    f"{HUAWEI}pool_info": (*POOL, "pool_name"),
    f"{HUAWEI}pool_phase": (*POOL, "phase"),
    f"{HUAWEI}pool_nodes": (*POOL, "flavor", "state"),
    f"{HUAWEI}pool_nodes_desired": (*POOL, "flavor"),
}
"""Every metric that is checked, with the labels that identify a series; the account comes besides."""

EMR_STATES = ("STARTING", "START_FAILED", "BOOTSTRAPPING", "RUNNING", "TERMINATING", "TERMINATE_FAILED")
ENDED = ("TERMINATED", "TERMINATED_WITH_ERRORS")
FLOW_STATES = (
    *("CREATING", "CREATE_FAILED", "IDLE", "RUNNING", "RELEASING", "RELEASE_FAILED", "RELEASED", "WAIT_FOR_PAY"),
    "ABNORMAL",
)


def backups(world: World) -> Facts:
    """RDS instances and their backup sets."""
    for instance in world.all_db_instances:
        yield ("aliyun_rds_instance_info", instance.id, instance.region), 1
        sets = world.backup_sets(instance)
        yield (f"{BACKUP}total_size_bytes", instance.id), sum(each.size for each in sets)
        for kind, full in (("full", True), ("incremental", False)):
            of_kind = [each for each in sets if each.full == full]
            if of_kind or full:
                yield from _sets((instance.id, kind), of_kind)


def _sets(key: tuple[str, ...], sets: list[BackupSet]) -> Facts:
    counts = Counter("success" if each.succeeded else "failed" for each in sets)
    for status in ("success", "failed", "unknown"):
        yield (f"{BACKUP}sets", *key, status), counts[status]
    if sets:
        latest = max(sets, key=lambda each: each.start)
        yield from state(
            f"{BACKUP}latest_status", key, ("success", "failed"), "success" if latest.succeeded else "failed"
        )
        yield (f"{BACKUP}latest_start_timestamp_seconds", *key), latest.start // 1
    for mode, automated in (("automated", True), ("manual", False)):
        ends = [each.end // 1 for each in sets if each.succeeded and each.automated == automated]
        if ends:
            yield (f"{BACKUP}last_success_timestamp_seconds", *key, mode), max(ends)


def flow_clusters(world: World) -> Facts:
    """EMR clusters of flow projects."""
    states = tuple(each.lower() for each in FLOW_STATES)
    for cluster in world.flow_clusters:
        key = (FIRST, cluster.id)
        yield ("aliyun_emr_flow_cluster_info", *key), 1
        yield from state("aliyun_emr_flow_cluster_status", key, states, cluster.status.lower())


def emr_clusters(world: World) -> Facts:
    """EMR clusters of today's API; those that ended, and failed starts that say when, are shown for a day."""
    states = tuple(each.lower() for each in (*EMR_STATES, *ENDED))
    for cluster in world.emr_clusters:
        is_over = cluster.state in ENDED or (cluster.state == "START_FAILED" and cluster.ended)
        if not is_over or cluster.ended >= world.now - 86_400:
            key = (cluster.region, cluster.id)
            yield ("aliyun_emr_cluster_info", *key), 1
            yield from state("aliyun_emr_cluster_state", key, states, cluster.state.lower())


def hpc_clusters(world: World) -> Facts:
    """ECS HPC clusters."""
    for cluster in world.hpc_clusters:
        yield ("aliyun_ecs_hpc_cluster_info", FIRST, cluster.id), 1


def batch_clusters(world: World) -> Facts:
    """BatchCompute clusters and their groups."""
    for cluster in world.batch_clusters:
        key, active = (cluster.region, cluster.id), cluster.state == ACTIVE
        yield (f"{BATCH}cluster_info", *key), 1
        yield from state(f"{BATCH}cluster_state", key, ("active", "deleting"), cluster.state.lower())
        desired = sum(group.desired for group in cluster.plan.groups)
        running = sum(cluster.running(group, world.now) for group in cluster.plan.groups)
        starting = desired - running if active else 0
        stopping = 0 if active else desired
        phases = {"running": running, "starting": starting, "stopping": stopping, "stopped": 0}
        for phase, count in phases.items():
            yield (f"{BATCH}cluster_vms", *key, phase), count
        for group in cluster.plan.groups:
            yield (f"{BATCH}group_desired_vms", *key, group.name), group.desired
            yield (f"{BATCH}group_actual_vms", *key, group.name), cluster.running(group, world.now)


def modelarts_clusters(world: World) -> Facts:
    """ModelArts clusters."""
    states = ("deploying", "running", "concerning", "abnormal")
    for cluster in world.modelarts_clusters:
        key = (NORTH, cluster.id)
        yield (f"{HUAWEI}cluster_info", *key, cluster.name), 1
        yield from state(f"{HUAWEI}cluster_status", key, states, cluster.status)
        yield (f"{HUAWEI}cluster_nodes", *key), cluster.nodes
        yield (f"{HUAWEI}cluster_nodes_available", *key), cluster.nodes - cluster.missing


def pools(world: World) -> Facts:
    """ModelArts pools and their nodes."""
    phases = ("creating", "running", "abnormal", "deleting", "error")
    for pool in world.pools:
        key = (NORTH, pool.id)
        yield (f"{HUAWEI}pool_info", *key, pool.name), 1
        yield from state(f"{HUAWEI}pool_phase", key, phases, pool.phase.lower())
        for flavor, nodes in pool.nodes().items():
            for each, count in nodes.items():
                yield (f"{HUAWEI}pool_nodes", *key, flavor, each), count
        wanted: Counter[str] = Counter()
        for group in pool.groups:
            wanted[group.flavor] += group.count
        for flavor, count in wanted.items():
            yield (f"{HUAWEI}pool_nodes_desired", *key, flavor), count
