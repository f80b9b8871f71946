"""EMR clusters of data development projects: state, expiry and orders.

Reads ListFlowProject and ListFlowCluster of 2016-04-08 (one call a project and page of 50) every five minutes; the
vendor has ended data development, and may answer no more. Permissions: emr:ListFlowProject, emr:ListFlowCluster.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.clouds.aliyun.emr import LIST_FLOW_CLUSTER, LIST_FLOW_PROJECT, Emr, FlowCluster
from exporter.clouds.values import Raw, count, epoch_milliseconds, expiry, flag
from exporter.collectors.collector import Collector
from exporter.collectors.rows import UNKNOWN, Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

KEY = ("account", "region_id", "cluster_id")
# ListFlowCluster's document leaves RUNNING out; older ones have it.
STATUSES = (
    "creating",
    "create_failed",
    "idle",
    "running",
    "releasing",
    "release_failed",
    "released",
    "wait_for_pay",
    "abnormal",
)
_LONGEST_CODE = 64  # characters; a code is a word, and labels must stay short

INFO = Metric(
    "aliyun_emr_flow_cluster_info",
    "An EMR cluster of a data development project; always 1. ListFlowCluster.",
    (*KEY, "cluster_name", "cluster_type", "charge_type"),
)
PROJECT_INFO = Metric(
    "aliyun_emr_flow_cluster_project_info",
    "A project that may use the cluster; always 1; there may be several for one cluster. ListFlowProject.",
    (*KEY, "project_id", "project_name"),
)
STATUS = Metric(
    "aliyun_emr_flow_cluster_status",
    "1 for the cluster's state. ListFlowCluster Status.",
    (*KEY, "status"),
    states=(*STATUSES, UNKNOWN),
)
CREATED = Metric(
    "aliyun_emr_flow_cluster_created_timestamp_seconds",
    "When the cluster was created, epoch seconds. ListFlowCluster CreateTime.",
    KEY,
)
EXPIRY = Metric(
    "aliyun_emr_flow_cluster_expiry_timestamp_seconds",
    "When the subscription ends, epoch seconds; absent for pay-as-you-go and released clusters. "
    "ListFlowCluster ExpiredTime.",
    KEY,
)
RUNNING = Metric(
    "aliyun_emr_flow_cluster_running_seconds",
    "How long the cluster has been running, in seconds. ListFlowCluster RunningTime.",
    KEY,
)
UNCOMPLETED_ORDER = Metric(
    "aliyun_emr_flow_cluster_uncompleted_order",
    "1 while the cluster has orders that are not completed. ListFlowCluster HasUncompletedOrder.",
    KEY,
)
ORDERS_COMPLETED = Metric(
    "aliyun_emr_flow_cluster_orders_completed",
    "Completed orders. ListFlowCluster OrderTaskInfo.CurrentCount.",
    KEY,
)
ORDERS_TARGET = Metric(
    "aliyun_emr_flow_cluster_orders_target",
    "Orders to be completed. ListFlowCluster OrderTaskInfo.TargetCount.",
    KEY,
)
FAILURE_INFO = Metric(
    "aliyun_emr_flow_cluster_failure_info",
    "Why the cluster failed, only while the API reports a failure; always 1. ListFlowCluster FailReason.ErrorCode.",
    (*KEY, "error_code"),
)


@dataclass(frozen=True, slots=True)
class Membership:
    """A cluster may be used by a project."""

    cluster_id: str
    project_id: str
    project_name: str


@dataclass(frozen=True, slots=True)
class FlowMembers:
    """The ids of the clusters that each project, by id, was seen with."""

    clusters: Mapping[str, frozenset[str]] = field(default_factory=dict)


async def fetch(cloud: Emr, run: Run[FlowCluster | Membership]) -> None:
    """List the projects, then the clusters of each that are watched; a cluster in several of them is kept once.

    Clusters are owners of their own. Those of a project that cannot be read are known from earlier runs and stay.
    """
    earlier = run.memory.clusters if isinstance(run.memory, FlowMembers) else {}
    listing = await cloud.list_flow_projects()
    names = {project.id: project.name for project in listing.items}
    run.listed(listing, names, PROJECT_INFO)
    members = {project: earlier.get(project, frozenset()) for project in names}
    if not listing.complete:
        members = {**earlier, **members}

    async def ask(project: str) -> None:
        clusters = await cloud.list_flow_clusters(project)
        run.listed_of(project, clusters, INFO)
        watched = [cluster for cluster in clusters.items if run.place.filters.cluster(cluster.name)]
        for cluster in watched:
            run.keep(cluster.id, cluster)
            run.keep(project, Membership(cluster.id, project, names[project]), unit=cluster.id)
        seen = frozenset(cluster.id for cluster in watched)
        members[project] = seen if clusters.complete else members[project] | seen

    try:
        await run.each(names, ask)
    finally:  # also in a run that is stopped by its timeout
        run.known({*names, *(cluster for seen in members.values() for cluster in seen)}, complete=listing.complete)
        run.remember(FlowMembers(members))


def samples(payload: FlowCluster | Membership, place: Place) -> Rows:
    """The rows of a cluster, or that of its membership in a project."""
    rows = Rows(account=place.account, region_id=place.region)
    if isinstance(payload, Membership):
        rows.info(
            PROJECT_INFO,
            cluster_id=payload.cluster_id,
            project_id=payload.project_id,
            project_name=payload.project_name,
        )
    else:
        _cluster(rows.under(cluster_id=payload.id), payload)
    return rows


def _cluster(rows: Rows, cluster: FlowCluster) -> None:
    rows.info(INFO, cluster_name=cluster.name, cluster_type=cluster.type, charge_type=cluster.charge_type)
    status = rows.state(STATUS, cluster.status, {status: status for status in STATUSES})
    rows.read(CREATED, epoch_milliseconds, cluster.create_time)
    if status != "released" and cluster.charge_type.lower() != "postpaid":
        rows.read(EXPIRY, _expiry, cluster.expired_time)
    rows.read(RUNNING, count, cluster.running_time)
    rows.read(UNCOMPLETED_ORDER, flag, cluster.has_uncompleted_order)
    rows.read(ORDERS_COMPLETED, count, cluster.order_task_info.current_count)
    rows.read(ORDERS_TARGET, count, cluster.order_task_info.target_count)
    failure = cluster.fail_reason
    if failure.error_code or failure.error_msg:
        rows.info(FAILURE_INFO, error_code=failure.error_code[:_LONGEST_CODE])


def _expiry(raw: Raw) -> float | None:
    return expiry(epoch_milliseconds(raw))


COLLECTOR = Collector(
    name="emr_flow_clusters",
    product=Emr,
    scope="regional",
    operations=(LIST_FLOW_PROJECT, LIST_FLOW_CLUSTER),
    metrics=(
        INFO,
        PROJECT_INFO,
        STATUS,
        CREATED,
        EXPIRY,
        RUNNING,
        UNCOMPLETED_ORDER,
        ORDERS_COMPLETED,
        ORDERS_TARGET,
        FAILURE_INFO,
    ),
    interval=300,
    timeout=120,
    fetch=fetch,
    samples=samples,
    memory=FlowMembers,
    replaced_by="emr_clusters",
)
