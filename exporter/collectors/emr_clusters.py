"""EMR clusters: state, times and failures of those that are there, and for a while of those that ended.

Reads ListClusters of 2021-03-20 every five minutes: one call a page of 100 clusters that are there, one for those that
ended lately, and one for up to 100 that were there and are in neither list. Permission: emr:ListClusters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exporter.clouds.aliyun.emr import LIST_CLUSTERS, PAGE_SIZE, Cluster, Emr
from exporter.clouds.paging import attempt, joined
from exporter.clouds.values import Raw, Unreadable, epoch_milliseconds, expiry, text
from exporter.collectors.collector import Collector
from exporter.collectors.rows import UNKNOWN, Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

KEY = ("account", "region_id", "cluster_id")
# A failed start may be waiting for somebody to clear it away, and so may a failed end.
THERE = ("STARTING", "START_FAILED", "BOOTSTRAPPING", "RUNNING", "TERMINATING", "TERMINATE_FAILED")
ENDED = ("TERMINATED", "TERMINATED_WITH_ERRORS")
STATES = tuple(state.lower() for state in (*THERE, *ENDED))
_OVER = frozenset({"start_failed", "terminated", "terminated_with_errors"})
_FAILED = frozenset({"start_failed", "terminate_failed", "terminated_with_errors"})
_LONGEST_CODE = 64  # characters; a code is a word, and labels must stay short

INFO = Metric(
    "aliyun_emr_cluster_info",
    "An EMR cluster; always 1; one that ended is shown for the collector's window. ListClusters.",
    (*KEY, "cluster_name", "cluster_type", "payment_type", "release"),
)
STATE = Metric(
    "aliyun_emr_cluster_state",
    "1 for the cluster's state. ListClusters ClusterState.",
    (*KEY, "state"),
    states=(*STATES, UNKNOWN),
)
CREATED = Metric(
    "aliyun_emr_cluster_created_timestamp_seconds",
    "When the cluster was created, epoch seconds. ListClusters CreateTime.",
    KEY,
)
READY = Metric(
    "aliyun_emr_cluster_ready_timestamp_seconds",
    "When the cluster was ready, epoch seconds; absent before that. ListClusters ReadyTime.",
    KEY,
)
END = Metric(
    "aliyun_emr_cluster_end_timestamp_seconds",
    "When the cluster ended, epoch seconds; absent before that. ListClusters EndTime.",
    KEY,
)
EXPIRY = Metric(
    "aliyun_emr_cluster_expiry_timestamp_seconds",
    "When the subscription ends, epoch seconds; absent for pay-as-you-go and for clusters that ended. "
    "ListClusters ExpireTime.",
    KEY,
)
FAILURE_INFO = Metric(
    "aliyun_emr_cluster_failure_info",
    "Why the cluster failed, only in the states start_failed, terminate_failed and terminated_with_errors; always 1. "
    "ListClusters StateChangeReason.Code.",
    (*KEY, "code"),
)


@dataclass(frozen=True, slots=True)
class ShownClusters:
    """The ids of the clusters that the last run showed, or could not tell to be gone."""

    ids: frozenset[str]


async def fetch(cloud: Emr, run: Run[Cluster]) -> None:
    """List the clusters that are there, then those that ended within the window.

    An account may have thousands of ended clusters, of which all but a few ended long ago, and the order of the list is
    not documented. So it is read until a page has none of the window: the newest come first, or, where that page shows
    the opposite order, it is read on. That finds clusters which came and went between two runs. One that ran for months
    may stand far behind in a list by creation, but was known: clusters that the last run showed and that are in neither
    list are asked for by their ids. Those are also how one in a new, undocumented state is still found.
    """
    since = run.now - run.place.window
    earlier = run.memory.ids if isinstance(run.memory, ShownClusters) else frozenset()

    def is_past(page: Sequence[Cluster]) -> bool:
        return bool(page) and not any(_is_shown(each, since) for each in page) and not _is_oldest_first(page)

    there = await cloud.list_clusters(THERE)
    ended = await attempt(cloud.list_clusters(ENDED, enough=is_past))
    found = joined((there, ended), _id)
    if there.error is None:
        missing = sorted(earlier - {cluster.cluster_id for cluster in found.items})
        batches = [missing[start : start + PAGE_SIZE] for start in range(0, len(missing), PAGE_SIZE)]
        found = joined((found, *[await attempt(cloud.clusters_of(batch)) for batch in batches]), _id)
    shown = [
        cluster
        for cluster in found.items
        if _is_shown(cluster, since) and run.place.filters.cluster(cluster.cluster_name)
    ]
    ids = frozenset(cluster.cluster_id for cluster in shown)
    run.listed(found, ids, INFO)
    for cluster in shown:
        run.keep(cluster.cluster_id, cluster)
    unsure = frozenset() if found.complete else earlier - {cluster.cluster_id for cluster in found.items}
    run.remember(ShownClusters(ids | unsure))


def _id(cluster: Cluster) -> str:
    return cluster.cluster_id


def _is_shown(cluster: Cluster, since: float) -> bool:
    """Whether a cluster is there, or ended since then; one that does not say when is as old as its creation."""
    state = text(cluster.cluster_state).lower()
    if state not in _OVER:
        return True
    ended = _moment(cluster.end_time)
    if ended is None:
        if state == "start_failed":
            return True
        ended = _moment(cluster.create_time)
    return ended is not None and ended >= since


def _is_oldest_first(page: Sequence[Cluster]) -> bool:
    created = [moment for cluster in page if (moment := _moment(cluster.create_time)) is not None]
    return len(created) > 1 and created[0] < created[-1] and created == sorted(created)


def _moment(raw: Raw) -> float | None:
    try:
        return epoch_milliseconds(raw)
    except Unreadable:
        return None  # counted where the time itself is shown


def samples(payload: Cluster, place: Place) -> Rows:
    """The rows of one cluster."""
    rows = Rows(account=place.account, region_id=place.region, cluster_id=payload.cluster_id)
    rows.info(
        INFO,
        cluster_name=payload.cluster_name,
        cluster_type=payload.cluster_type,
        payment_type=payload.payment_type,
        release=payload.release_version,
    )
    state = rows.state(STATE, payload.cluster_state, {state: state for state in STATES})
    rows.read(CREATED, epoch_milliseconds, payload.create_time)
    rows.read(READY, epoch_milliseconds, payload.ready_time)
    rows.read(END, epoch_milliseconds, payload.end_time)
    if state not in _OVER and payload.payment_type.lower() not in {"payasyougo", "postpaid"}:
        rows.read(EXPIRY, _expiry, payload.expire_time)
    code = payload.state_change_reason.code
    if state in _FAILED and code:
        rows.info(FAILURE_INFO, code=code[:_LONGEST_CODE])
    return rows


def _expiry(raw: Raw) -> float | None:
    return expiry(epoch_milliseconds(raw))


COLLECTOR = Collector(
    name="emr_clusters",
    product=Emr,
    scope="regional",
    operations=(LIST_CLUSTERS,),
    metrics=(INFO, STATE, CREATED, READY, END, EXPIRY, FAILURE_INFO),
    interval=300,
    timeout=120,
    fetch=fetch,
    samples=samples,
    memory=ShownClusters,
    window=86_400,
)
