"""What is the case in the simulated world, told outright: the measure for everything that is collected from it."""

from typing import TYPE_CHECKING

from exporter.simulator.world.apps import Environment
from exporter.simulator.world.backups import DbInstance
from exporter.simulator.world.clusters import REGION
from exporter.simulator.world.deploys import CLOSED, FAILED, SUCCESS, DeployOrder
from exporter.simulator.world.pods import failing_step

if TYPE_CHECKING:
    from exporter.simulator.world.world import World


def truth_of(world: "World") -> dict[str, object]:
    """Ids, names and states as JSON; deploys are judged without scale orders. Times are epoch seconds."""
    return {
        "now": world.now,
        "seed": world.seed,
        "scenario": world.scenario,
        "region": REGION,
        "clusters": [
            {
                "cluster_id": cluster.instance_id,
                "cluster_name": cluster.title,
                "env_type": "prod" if cluster.production else "test",
                "nodes": [node.id for node in cluster.nodes],
                "volumes": [volume.name for volume in cluster.volumes],
            }
            for cluster in world.clusters
        ],
        "apps": [{"app_id": app.id, "app_name": app.title} for app in world.apps],
        "environments": [_environment(world, environment) for environment in world.environments],
        "rds_instances": [_db_instance(world, instance) for instance in world.db_instances],
        "rds_replicas": [_db_instance(world, instance) for instance in world.db_replicas],
        "rds_elsewhere": [_db_instance(world, instance) for instance in world.db_elsewhere],
        "emr_projects": [project.id for project in world.flow_projects],
        "emr_clusters": [
            {"cluster_id": cluster.id, "projects": list(cluster.projects), "status": cluster.status}
            for cluster in world.flow_clusters
        ],
        "emr_2021_clusters": [
            {
                "cluster_id": cluster.id,
                "region_id": cluster.region,
                "state": cluster.state,
                "end": cluster.ended or None,
            }
            for cluster in world.emr_clusters
        ],
        "hpc_clusters": [cluster.id for cluster in world.hpc_clusters],
        "batchcompute_clusters": [cluster.id for cluster in world.batch_clusters],
        "modelarts_clusters": [cluster.id for cluster in world.modelarts_clusters],
        "modelarts_pools": [
            {"pool_id": pool.id, "pool_name": pool.name, "phase": pool.phase, "nodes": pool.nodes()}
            for pool in world.pools
        ],
    }


def _db_instance(world: "World", instance: DbInstance) -> dict[str, object]:
    return {
        "db_instance_id": instance.id,
        "region_id": instance.region,
        "expires": instance.expires or None,
        "backup_sets": [backup.id for backup in world.backup_sets(instance)],
    }


def _environment(world: "World", environment: Environment) -> dict[str, object]:
    orders = [order for order in world.orders.by_environment.get(environment.id, ()) if order.category == "deploy"]
    finished = [order for order in orders if not order.is_open(world.now)]
    return {
        "env_id": environment.id,
        "env_name": environment.name,
        "env_type": "prod" if environment.production else "test",
        "app_id": environment.app.id,
        "app_name": environment.app.title,
        "cluster_id": environment.cluster.instance_id if environment.cluster else None,
        "pods": world.replicas(environment),
        "instances": _instances(world, environment),
        "claims": {claim.name: claim.status for claim in world.claims_of(environment)},
        "latest": _order(world, orders[-1]) if orders else None,
        "last_finished": _order(world, finished[-1]) if finished else None,
        "failing_since": _failing_since(finished),
    }


def _instances(world: "World", environment: Environment) -> dict[str, int]:
    instances = world.instances(environment)
    return {
        "running": sum(instance.healthy for instance in instances),
        "abnormal": sum(not instance.healthy for instance in instances),
        "restarts": sum(instance.restarts for instance in instances),
        "max_restarts": max((instance.restarts for instance in instances), default=0),
    }


def _order(world: "World", order: DeployOrder) -> dict[str, object]:
    now = world.now
    return {
        "order_id": order.id,
        "name": order.name,
        "status": order.status(now),
        "result": order.result_at(now),
        "start": order.start,
        "end": None if order.is_open(now) else order.end,
        "instances": order.instances,
        "ready": order.ready_at(now),
        "failed": order.failed_at(now),
        "failed_at_step": failing_step(world.seed, order) if order.failed_at(now) else None,
    }


def _failing_since(finished: list[DeployOrder]) -> float | None:
    """The end of the first failed or closed order after the last success; None while it is healthy."""
    since = None
    for order in reversed(finished):
        if order.result == SUCCESS:
            break
        if order.result in {FAILED, CLOSED}:
            since = order.end
    return since
