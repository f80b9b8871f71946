"""What RetailCloud's series should say, told by the simulated world alone: no code is shared with the collectors."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import takewhile

from exporter.simulator import World
from exporter.simulator.world.apps import Environment
from exporter.simulator.world.deploys import DeployOrder
from exporter.simulator.world.load import share

Key = tuple[str, ...]  # the metric's name, then the values of its labels in KEYS
Facts = Iterator[tuple[Key, float]]

SHANGHAI = timezone(timedelta(hours=8))
NAMED = ("app_id", "app_name", "env_id", "env_name")
CLUSTER, NODE, VOLUME = ("cluster_id",), ("cluster_id", "node_id"), ("cluster_id", "persistentvolume")
C, D = "aliyun_retailcloud_cluster_", "aliyun_retailcloud_deploy_"

LOADS = (
    *("workload_cpu_ratio", "workload_memory_ratio", "cpu_request_ratio", "memory_request_ratio", "cpu_usage_ratio"),
    *("memory_usage_ratio", "cpu_requested_cores", "cpu_used_cores", "cpu_total_cores", "cpu_capacity_cores"),
    *("memory_requested_bytes", "memory_used_bytes", "memory_total_bytes", "memory_capacity_bytes"),
    *("nodes", "pods", "app_pods"),
)
KEYS: dict[str, tuple[str, ...]] = {
    f"{C}info": (*CLUSTER, "cluster_name", "env_type"),
    f"{C}status": (*CLUSTER, "status"),
    **{f"{C}{each}": CLUSTER for each in LOADS},
    "aliyun_retailcloud_node_info": NODE,
    "aliyun_retailcloud_node_cpu_cores": NODE,
    "aliyun_retailcloud_node_memory_bytes": NODE,
    "aliyun_retailcloud_node_expiry_timestamp_seconds": NODE,
    "aliyun_retailcloud_persistentvolume_info": VOLUME,
    "aliyun_retailcloud_persistentvolume_status_phase": (*VOLUME, "phase"),
    "aliyun_retailcloud_persistentvolumeclaim_info": ("app_id", "env_id", "persistentvolumeclaim"),
    "aliyun_retailcloud_persistentvolumeclaim_status_phase": ("app_id", "env_id", "persistentvolumeclaim", "phase"),
    "aliyun_retailcloud_app_info": ("app_id", "app_name"),
    "aliyun_retailcloud_environment_info": (*NAMED, "env_type"),
    f"{D}environment_info": (*NAMED, "env_type"),
    f"{D}latest_info": (*NAMED, "order_id"),
    f"{D}latest_status": (*NAMED, "status"),
    f"{D}latest_result": (*NAMED, "result"),
    f"{D}latest_failure_ratio": NAMED,
    f"{D}latest_instances": NAMED,
    f"{D}latest_finished_instances": NAMED,
    f"{D}latest_start_timestamp_seconds": NAMED,
    f"{D}latest_end_timestamp_seconds": NAMED,
    f"{D}last_finished_result": (*NAMED, "result"),
    f"{D}failing_since_timestamp_seconds": NAMED,
    f"{D}last_success_timestamp_seconds": NAMED,
    f"{D}last_failure_timestamp_seconds": NAMED,
    "aliyun_retailcloud_environment_instances": (*NAMED, "health"),
    "aliyun_retailcloud_environment_instance_restarts": NAMED,
    "aliyun_retailcloud_environment_instance_max_restarts": NAMED,
}
"""Every metric that is checked, with the labels that identify a series; the account comes besides."""


def state(metric: str, key: Key, states: tuple[str, ...], now: str) -> Facts:
    """A whole state set."""
    for each in (*states, "unknown"):
        yield (metric, *key, each), float(each == now)


def clusters(world: World) -> Facts:
    """Clusters: what they are and their load."""
    for cluster in world.clusters:
        key, load = (cluster.instance_id,), world.load(cluster)
        yield (f"{C}info", *key, cluster.title, "prod" if cluster.production else "test"), 1
        yield (f"{C}status", *key, "running"), 1
        cpu = share(load.cpu_requested, load.cpu_total)
        memory = share(load.memory_requested, load.memory_total)
        values: dict[str, float] = {
            "workload_cpu_ratio": cpu,
            "workload_memory_ratio": memory,
            "cpu_request_ratio": cpu,
            "memory_request_ratio": memory,
            "cpu_usage_ratio": share(load.cpu_used, load.cpu_total),
            "memory_usage_ratio": share(load.memory_used, load.memory_total),
            "cpu_requested_cores": load.cpu_requested,
            "cpu_used_cores": load.cpu_used,
            "cpu_total_cores": load.cpu_total,
            "cpu_capacity_cores": load.cpu_capacity,
            "memory_requested_bytes": load.memory_requested,
            "memory_used_bytes": load.memory_used,
            "memory_total_bytes": load.memory_total,
            "memory_capacity_bytes": load.memory_capacity,
            "nodes": len(cluster.nodes),
            "pods": load.app_pods + load.system_pods,
            "app_pods": load.app_pods,
        }
        for name, value in values.items():
            yield (f"{C}{name}", *key), value


def nodes(world: World) -> Facts:
    """Nodes."""
    for cluster in world.clusters:
        for node in cluster.nodes:
            key = (cluster.instance_id, node.id)
            yield ("aliyun_retailcloud_node_info", *key), 1
            yield ("aliyun_retailcloud_node_cpu_cores", *key), node.cores
            yield ("aliyun_retailcloud_node_memory_bytes", *key), node.memory_mib * 2**20
            if not node.expires.startswith("2099"):
                ends = datetime.fromisoformat(node.expires).replace(tzinfo=SHANGHAI).timestamp()
                yield ("aliyun_retailcloud_node_expiry_timestamp_seconds", *key), ends


def volumes(world: World) -> Facts:
    """Persistent volumes."""
    phases = ("pending", "available", "bound", "released", "failed")
    for cluster in world.clusters:
        for volume in cluster.volumes:
            key = (cluster.instance_id, volume.name)
            yield ("aliyun_retailcloud_persistentvolume_info", *key), 1
            yield from state("aliyun_retailcloud_persistentvolume_status_phase", key, phases, volume.status.lower())


def environments_of(world: World) -> list[Environment]:
    """The environments of the apps that there are."""
    apps = {app.id for app in world.apps}
    return [environment for environment in world.environments if environment.app.id in apps]


def named(environment: Environment) -> Key:
    """The labels of an environment."""
    return (str(environment.app.id), environment.app.title, str(environment.id), environment.name)


def claims(world: World) -> Facts:
    """Persistent volume claims."""
    for environment in environments_of(world):
        for claim in world.claims_of(environment):
            key = (str(environment.app.id), str(environment.id), claim.name)
            metric = "aliyun_retailcloud_persistentvolumeclaim_"
            yield (f"{metric}info", *key), 1
            yield from state(f"{metric}status_phase", key, ("pending", "bound", "lost"), claim.status.lower())


def apps(world: World) -> Facts:
    """Apps and environments."""
    for app in world.apps:
        yield ("aliyun_retailcloud_app_info", str(app.id), app.title), 1
    for environment in environments_of(world):
        kind = "prod" if environment.production else "test"
        yield ("aliyun_retailcloud_environment_info", *named(environment), kind), 1


def deploys(world: World) -> Facts:
    """Deploy orders."""
    now = world.now
    for environment in environments_of(world):
        yield (f"{D}environment_info", *named(environment), "prod" if environment.production else "test"), 1
    # The orders of a deleted environment go on and are answered: only the row above tells that it is gone.
    for of_environment in list(world.orders.by_environment.values()):
        orders = [order for order in of_environment if order.category == "deploy"]
        if not orders:
            continue
        key = named(orders[-1].environment)
        yield from _latest(key, orders[-1], now)
        finished = [order for order in orders if not order.is_open(now)]
        for name, wanted in (("success", {1}), ("failure", {2, 4})):
            ends = [order.end for order in finished if order.result in wanted]
            if ends:
                yield (f"{D}last_{name}_timestamp_seconds", *key), _minute(ends[-1])
        if finished:
            words = {1: "success", 2: "failed", 4: "closed"}
            result = words[finished[-1].result]
            yield from state(f"{D}last_finished_result", key, tuple(words.values()), result)
        since = _failing_since(finished)
        if since is not None:
            yield (f"{D}failing_since_timestamp_seconds", *key), _minute(since)


def _failing_since(finished: list[DeployOrder]) -> float | None:
    """The end of the first order after the last success that failed or was closed."""
    after = list(takewhile(lambda order: order.result != 1, reversed(finished)))
    ends = [order.end for order in reversed(after) if order.result in {2, 4}]
    return ends[0] if ends else None


def _minute(moment: float) -> float:
    """As the answers of deploys have it, which know no seconds."""
    return moment // 60 * 60


def _latest(key: Key, order: DeployOrder, now: float) -> Facts:
    statuses = {1: "deploying", 2: "paused", 3: "finished"}
    results = {0: "in_progress", 1: "success", 2: "failed", 4: "closed"}
    yield (f"{D}latest_info", *key, str(order.id)), 1
    yield from state(f"{D}latest_status", key, tuple(statuses.values()), statuses[order.status(now)])
    yield from state(f"{D}latest_result", key, tuple(results.values()), results[order.result_at(now)])
    yield (f"{D}latest_failure_ratio", *key), order.failed_at(now) / order.instances
    yield (f"{D}latest_instances", *key), order.instances
    yield (f"{D}latest_finished_instances", *key), order.ready_at(now)
    yield (f"{D}latest_start_timestamp_seconds", *key), _minute(order.start)
    if not order.is_open(now):
        yield (f"{D}latest_end_timestamp_seconds", *key), _minute(order.end)


def instances(world: World) -> Facts:
    """Instances by health, and their restarts."""
    metric = "aliyun_retailcloud_environment_instance"
    for environment in environments_of(world):
        key, there = named(environment), world.instances(environment)
        healthy = sum(each.healthy for each in there)
        for health, count in (("running", healthy), ("abnormal", len(there) - healthy), ("unknown", 0)):
            yield (f"{metric}s", *key, health), count
        restarts = [each.restarts for each in there]
        yield (f"{metric}_restarts", *key), sum(restarts)
        yield (f"{metric}_max_restarts", *key), max(restarts, default=0)
