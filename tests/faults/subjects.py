"""The operations of the suite: which collector asks for each, in which role, and what of its rows hangs on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from exporter.clouds.aliyun import batchcompute, ecs, emr, rds, retailcloud
from exporter.clouds.huaweicloud import modelarts
from exporter.clouds.operation import Operation
from exporter.simulator import World
from exporter.store import PartKey
from tests.faults import victims


class Role(Enum):
    """What an operation is to its collector; the value is what the docs call it."""

    LIST = "lists the objects"
    OBJECT = "asks for one object"
    ADDITION = "asks for what is known in part"
    REMEMBERED = "lists objects that are remembered for hours"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Subject:
    """An operation in its role for a collector.

    ``name`` is what the simulated cloud calls it. ``kinds`` are the payloads that its answers become (none named: all
    of the victim's). ``witness`` is a collector of the same account that has to go on; it lists what this one reads,
    where there is such a one. ``denied`` is an operation that is refused all the while. ``without`` are faults that
    cannot be: of pages where there are none, of an object where none is named. ``keeps_list`` tells that the collector
    keeps rows of the list of objects as well. Payloads of which it is not stated whether they are fresh are in
    ``either``: they are made of this answer and of others. ``told`` are metrics of numbers that the vendor tells,
    wrong ones as well.
    """

    operation: Operation
    name: str
    collector: str
    role: Role
    victim: victims.Choose = victims.everything
    kinds: tuple[str, ...] = ()
    witness: str = "ecs_hpc_clusters"
    denied: str = ""
    without: frozenset[str] = field(default_factory=frozenset)
    keeps_list: bool = False
    either: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
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
        victims.cluster,
        kinds=("ClusterDetail",),
        witness=_APPS,
        without=_NO_LIST,
        keeps_list=True,
    ),
    Subject(
        retailcloud.LIST_CLUSTER_NODE,
        "ListClusterNode",
        "retailcloud_nodes",
        Role.OBJECT,
        victims.cluster,
        witness=_CLUSTERS,
    ),
    Subject(
        retailcloud.LIST_PERSISTENT_VOLUME,
        "ListPersistentVolume",
        "retailcloud_volumes",
        Role.OBJECT,
        victims.cluster,
        witness=_CLUSTERS,
    ),
    Subject(retailcloud.LIST_APP, "ListApp", _APPS, Role.LIST, witness=_CLUSTERS, without=_NO_OBJECT),
    Subject(
        retailcloud.LIST_APP_ENVIRONMENT,
        "ListAppEnvironment",
        _APPS,
        Role.OBJECT,
        victims.app,
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
        victims.busy_app,
        witness=_APPS,
    ),
    Subject(
        retailcloud.DESCRIBE_DEPLOY_ORDER_DETAIL,
        "DescribeDeployOrderDetail",
        "retailcloud_deploys",
        Role.ADDITION,
        victims.long_order,
        witness=_APPS,
        without=_NO_LIST,
    ),
    Subject(
        retailcloud.LIST_PODS,
        "ListPods",
        "retailcloud_deploys",
        Role.OPTIONAL,
        victims.failing_order,
        kinds=("FailedPods",),
        witness=_APPS,
    ),
    Subject(
        retailcloud.LIST_APP_INSTANCE,
        "ListAppInstance",
        "retailcloud_instances",
        Role.OBJECT,
        victims.environment,
        witness=_APPS,
    ),
    Subject(
        retailcloud.LIST_PERSISTENT_VOLUME_CLAIM,
        "ListPersistentVolumeClaim",
        "retailcloud_claims",
        Role.OBJECT,
        victims.environment,
        witness=_APPS,
    ),
    Subject(
        rds.DESCRIBE_DB_INSTANCES,
        "DescribeDBInstances",
        "rds_backups",
        Role.REMEMBERED,
        victims.region,
        without=_NO_OBJECT,
        belongs=lambda _, key, __: key.kind == "Instance",
    ),
    Subject(
        rds.DESCRIBE_BACKUPS,
        "DescribeBackups",
        "rds_backups",
        Role.OBJECT,
        victims.instance("DBInstanceId"),
        kinds=("BackupSets",),
        either=("Instance",),
    ),
    Subject(
        retailcloud.GET_RDS_BACK_UP,
        "GetRdsBackUp",
        "rds_backups",
        Role.OBJECT,
        victims.instance("DbInstanceId"),
        kinds=("BackupSets",),
        either=("Instance",),
        denied="DescribeBackups",
    ),
    Subject(emr.LIST_FLOW_PROJECT, "ListFlowProject", "emr_flow_clusters", Role.LIST, without=_NO_OBJECT),
    Subject(
        emr.LIST_FLOW_CLUSTER,
        "ListFlowCluster",
        "emr_flow_clusters",
        Role.OBJECT,
        victims.project,
        belongs=victims.of_project,
    ),
    Subject(emr.LIST_CLUSTERS, "Emr.ListClusters", "emr_clusters", Role.LIST, without=_NO_OBJECT),
    Subject(
        ecs.DESCRIBE_HPC_CLUSTERS,
        "DescribeHpcClusters",
        "ecs_hpc_clusters",
        Role.LIST,
        witness="emr_clusters",
        without=_NO_OBJECT,
        either=("HpcTotal",),
        told=("aliyun_ecs_hpc_clusters",),
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
