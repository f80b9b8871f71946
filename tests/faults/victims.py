"""The objects of the small world that a fault is to hit, one for each operation that names an object."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exporter.simulator import World
from exporter.store import PartKey


@dataclass(frozen=True, slots=True)
class Victim:
    """The object that a fault hits: the parameters of its calls, its id in ``failed_object_info``."""

    match: Mapping[str, str]
    owner: str


Choose = Callable[[World], Victim]


def everything(_: World) -> Victim:
    return Victim({}, "")


def cluster(world: World) -> Victim:
    cluster_id = world.clusters[0].instance_id
    return Victim({"ClusterInstanceId": cluster_id}, cluster_id)


def app(world: World) -> Victim:
    app_id = str(world.apps[0].id)
    return Victim({"AppId": app_id}, app_id)


def busy_app(world: World) -> Victim:
    """The one that has an order within the window."""
    app_id = str(world.apps[1].id)
    return Victim({"AppId": app_id}, app_id)


def long_order(world: World) -> Victim:
    """The one order that is open and too old for the list is of the first app."""
    return Victim({}, str(world.apps[0].id))


def failing_order(world: World) -> Victim:
    """The pods that failed are of that same order."""
    order = world.orders.latest(world.environments[0])
    return Victim({"DeployOrderId": str(order.id)} if order else {}, str(world.apps[0].id))


def environment(world: World) -> Victim:
    one = world.environments[0]
    return Victim({"EnvId": str(one.id)}, f"{one.app.id}/{one.id}")


def instance(parameter: str) -> Choose:
    return lambda world: Victim({parameter: world.rds_instance_ids[0]}, world.rds_instance_ids[0])


def region(_: World) -> Victim:
    return Victim({}, "cn-zhangjiakou")


def project(world: World) -> Victim:
    project_id = world.flow_projects[0].id
    return Victim({"ProjectId": project_id}, project_id)


def of_project(world: World, key: PartKey, project_id: str) -> bool:
    """Memberships of the project, and the clusters that no other project tells of."""
    only_here = {each.id for each in world.flow_clusters if set(each.projects) == {project_id}}
    return key.owner == project_id or key.owner in only_here
