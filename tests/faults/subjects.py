"""The operations of the suite: which collector asks for each, in which role, and what of its rows hangs on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from exporter.clouds.aliyun import batchcompute, ecs, emr, rds, retailcloud
from exporter.clouds.huaweicloud import modelarts
from exporter.clouds.operation import Operation
from exporter.simulator import World
from exporter.store import PartKey


class Role(Enum):
    """What an operation is to its collector; the value is what the docs call it."""

    LIST = "lists the objects"
    OBJECT = "asks for one object"
    ADDITION = "asks for what is known in part"
    REMEMBERED = "lists objects that are remembered for hours"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Victim:
    """The object that a fault hits: the parameters of its calls, its id in ``failed_object_info``."""

    match: Mapping[str, str]
    owner: str


Choose = Callable[[World], Victim]


def _everything(_: World) -> Victim:
    return Victim({}, "")


@dataclass(frozen=True, slots=True)
class Subject:
    """An operation in its role for a collector.

    ``name`` is what the simulated cloud calls it. ``kinds`` are the payloads that its answers become (none named: all
    of the victim's). ``witness`` is a collector of the same account that has to go on; it lists what this one reads,
    where there is such a one. ``denied`` is an operation that is refused all the while. ``without`` are faults that
    cannot be: of pages where there are none, of an object where none is named. ``keeps_list`` tells that the collector
    keeps rows of the list of objects as well. Payloads of which it is not stated whether they are fresh are in
    ``either``: they are made of this answer and of others.
    """

    operation: Operation
    name: str
    collector: str
    role: Role
    victim: Choose = _everything
    kinds: tuple[str, ...] = ()
    witness: str = "ecs_hpc_clusters"
    denied: str = ""
    without: frozenset[str] = field(default_factory=frozenset)
    keeps_list: bool = False
    either: tuple[str, ...] = ()
    belongs: Callable[[World, PartKey, str], bool] | None = None

    @property
    def account(self) -> str:
        """Whose collection it is."""
        return "ml" if self.operation.product == "modelarts" else "shop"

    def hangs_on_it(self, world: World, key: PartKey, *, of_all: bool) -> bool:
        """Whether a part of the page is what the calls gave, those for the victim or ``of_all`` objects."""
        owner = "" if of_all else self.victim(world).owner
        if owner and self.belongs is not None:
            return self.belongs(world, key, owner)
        return (not owner or key.owner == owner) and (not self.kinds or key.kind in self.kinds)


def _cluster(world: World) -> Victim:
    cluster = world.clusters[0].instance_id
    return Victim({"ClusterInstanceId": cluster}, cluster)


def _app(world: World) -> Victim:
    app = str(world.apps[0].id)
    return Victim({"AppId": app}, app)


def _busy_app(world: World) -> Victim:
    """The one that has an order within the window."""
    app = str(world.apps[1].id)
    return Victim({"AppId": app}, app)


def _long_order(world: World) -> Victim:
    """The one order that is open and too old for the list is of the first app."""
    return Victim({}, str(world.apps[0].id))


def _failing_order(world: World) -> Victim:
    """The pods that failed are of that same order."""
    order = world.orders.latest(world.environments[0])
    return Victim({"DeployOrderId": str(order.id)} if order else {}, str(world.apps[0].id))


def _environment(world: World) -> Victim:
    environment = world.environments[0]
    return Victim({"EnvId": str(environment.id)}, f"{environment.app.id}/{environment.id}")


def _instance(parameter: str) -> Choose:
    return lambda world: Victim({parameter: world.rds_instance_ids[0]}, world.rds_instance_ids[0])


def _region(_: World) -> Victim:
    return Victim({}, "cn-zhangjiakou")


def _project(world: World) -> Victim:
    project = world.flow_projects[0].id
    return Victim({"ProjectId": project}, project)


def _of_project(world: World, key: PartKey, project: str) -> bool:
    """Memberships of the project, and the clusters that no other project tells of."""
    only_here = {cluster.id for cluster in world.flow_clusters if set(cluster.projects) == {project}}
    return key.owner == project or key.owner in only_here


_NO_OBJECT = frozenset({"gone"})
_NO_LIST = frozenset(
    {
        "duplicates",
        "repeated_pages",
        "endless_pages",
        "total_too_large",
        "total_too_small",
        "total_zero",
        "total_missing",
    }
)
_NO_PAGES = _NO_LIST - {"duplicates"}
_NO_TOTAL = frozenset({"total_too_large", "total_too_small", "total_zero", "total_missing"})
_APPS, _CLUSTERS = "retailcloud_apps", "retailcloud_clusters"

SUBJECTS: tuple[Subject, ...] = (
    Subject(retailcloud.LIST_CLUSTER, "ListCluster", _CLUSTERS, Role.LIST, witness=_APPS, without=_NO_OBJECT),
    Subject(
        retailcloud.QUERY_CLUSTER_DETAIL,
        "QueryClusterDetail",
        _CLUSTERS,
        Role.OBJECT,
        _cluster,
        kinds=("ClusterDetail",),
        witness=_APPS,
        without=_NO_LIST,
        keeps_list=True,
    ),
    Subject(
        retailcloud.LIST_CLUSTER_NODE, "ListClusterNode", "retailcloud_nodes", Role.OBJECT, _cluster, witness=_CLUSTERS
    ),
    Subject(
        retailcloud.LIST_PERSISTENT_VOLUME,
        "ListPersistentVolume",
        "retailcloud_volumes",
        Role.OBJECT,
        _cluster,
        witness=_CLUSTERS,
    ),
    Subject(retailcloud.LIST_APP, "ListApp", _APPS, Role.LIST, witness=_CLUSTERS, without=_NO_OBJECT),
    Subject(
        retailcloud.LIST_APP_ENVIRONMENT,
        "ListAppEnvironment",
        _APPS,
        Role.OBJECT,
        _app,
        kinds=("AppEnvironment",),
        either=("AppClusters",),
        witness=_CLUSTERS,
        keeps_list=True,
    ),
    Subject(
        retailcloud.LIST_APP_RESOURCE_ALLOCS,
        "ListAppResourceAllocs",
        _APPS,
        Role.OPTIONAL,
        kinds=("AppClusters",),
        witness=_CLUSTERS,
        without=_NO_OBJECT,
    ),
    Subject(
        retailcloud.LIST_DEPLOY_ORDERS,
        "ListDeployOrders",
        "retailcloud_deploys",
        Role.OBJECT,
        _busy_app,
        witness=_APPS,
    ),
    Subject(
        retailcloud.DESCRIBE_DEPLOY_ORDER_DETAIL,
        "DescribeDeployOrderDetail",
        "retailcloud_deploys",
        Role.ADDITION,
        _long_order,
        witness=_APPS,
        without=_NO_LIST,
    ),
    Subject(
        retailcloud.LIST_PODS,
        "ListPods",
        "retailcloud_deploys",
        Role.OPTIONAL,
        _failing_order,
        kinds=("FailedPods",),
        witness=_APPS,
    ),
    Subject(
        retailcloud.LIST_APP_INSTANCE,
        "ListAppInstance",
        "retailcloud_instances",
        Role.OBJECT,
        _environment,
        witness=_APPS,
    ),
    Subject(
        retailcloud.LIST_PERSISTENT_VOLUME_CLAIM,
        "ListPersistentVolumeClaim",
        "retailcloud_claims",
        Role.OBJECT,
        _environment,
        witness=_APPS,
    ),
    Subject(
        rds.DESCRIBE_DB_INSTANCES,
        "DescribeDBInstances",
        "rds_backups",
        Role.REMEMBERED,
        _region,
        without=_NO_OBJECT,
        belongs=lambda _, key, __: key.kind == "Instance",
    ),
    Subject(
        rds.DESCRIBE_BACKUPS,
        "DescribeBackups",
        "rds_backups",
        Role.OBJECT,
        _instance("DBInstanceId"),
        kinds=("BackupSets",),
        either=("Instance",),
    ),
    Subject(
        retailcloud.GET_RDS_BACK_UP,
        "GetRdsBackUp",
        "rds_backups",
        Role.OBJECT,
        _instance("DbInstanceId"),
        kinds=("BackupSets",),
        either=("Instance",),
        denied="DescribeBackups",
    ),
    Subject(emr.LIST_FLOW_PROJECT, "ListFlowProject", "emr_flow_clusters", Role.LIST, without=_NO_OBJECT),
    Subject(emr.LIST_FLOW_CLUSTER, "ListFlowCluster", "emr_flow_clusters", Role.OBJECT, _project, belongs=_of_project),
    Subject(emr.LIST_CLUSTERS, "Emr.ListClusters", "emr_clusters", Role.LIST, without=_NO_OBJECT),
    Subject(
        ecs.DESCRIBE_HPC_CLUSTERS,
        "DescribeHpcClusters",
        "ecs_hpc_clusters",
        Role.LIST,
        witness="emr_clusters",
        without=_NO_OBJECT,
        either=("HpcTotal",),
    ),
    Subject(
        batchcompute.LIST_CLUSTERS,
        "BatchCompute.ListClusters",
        "batchcompute_clusters",
        Role.LIST,
        without=_NO_OBJECT | _NO_TOTAL,
    ),
    Subject(
        modelarts.LIST_CLUSTERS,
        "ModelArts.ListClusters",
        "modelarts_clusters",
        Role.LIST,
        witness="modelarts_pools",
        without=_NO_OBJECT,
    ),
    Subject(
        modelarts.LIST_POOLS,
        "ModelArts.ListPools",
        "modelarts_pools",
        Role.LIST,
        witness="modelarts_clusters",
        without=_NO_OBJECT | _NO_PAGES,
    ),
)
