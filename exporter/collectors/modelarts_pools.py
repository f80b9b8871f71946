"""ModelArts resource pools: phase, nodes by flavor and state, and whether a pool is frozen.

Reads GET /v2/{project_id}/pools every two minutes, twice: the default list leaves out pools that could not be created,
which the vendor keeps for three days. Only pools of the default workspace are listed. Permission: modelarts:pool:list.
"""

from functools import partial
from typing import Final

from exporter.clouds.huaweicloud.modelarts import LIST_POOLS, ModelArts
from exporter.clouds.huaweicloud.pools import Pool, PoolNodes, Resources
from exporter.clouds.paging import attempt, joined
from exporter.clouds.values import Raw, Unreadable, count, instant
from exporter.collectors.collector import Collector
from exporter.collectors.rows import UNKNOWN, Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

KEY = ("account", "region_id", "pool_id")
PHASES = ("creating", "running", "abnormal", "deleting", "error")
NODE_STATES = ("available", "creating", "abnormal", "deleting")
BILLING_MODES = {"0": "on_demand", "1": "period"}
# Bits of controlMode, which may be set together. Those below 8 restrict what can be ordered or changed, no more.
FROZEN_BY: Final = {"service": 8, "police": 16}

INFO = Metric(
    "huaweicloud_modelarts_pool_info",
    "A resource pool; always 1; billing_mode is on_demand or period. GET /v2/{project_id}/pools metadata.labels, "
    "spec.type, metadata.annotations.",
    (*KEY, "pool_name", "pool_type", "billing_mode"),
)
PHASE = Metric(
    "huaweicloud_modelarts_pool_phase",
    "1 for the pool's phase. GET /v2/{project_id}/pools status.phase.",
    (*KEY, "phase"),
    states=(*PHASES, UNKNOWN),
)
NODES = Metric(
    "huaweicloud_modelarts_pool_nodes",
    "Nodes of a flavor by state, summed over its rows. GET /v2/{project_id}/pools status.resources.",
    (*KEY, "flavor", "state"),
)
NODES_DESIRED = Metric(
    "huaweicloud_modelarts_pool_nodes_desired",
    "Nodes that the pool should have of a flavor, summed over its rows. GET /v2/{project_id}/pools "
    "spec.resources.count.",
    (*KEY, "flavor"),
)
NODES_MAX = Metric(
    "huaweicloud_modelarts_pool_nodes_max",
    "Nodes of a flavor that the pool may be scaled to, summed over its rows. GET /v2/{project_id}/pools "
    "spec.resources.maxCount.",
    (*KEY, "flavor"),
)
FROZEN = Metric(
    "huaweicloud_modelarts_pool_frozen",
    "1 while the pool is frozen, by the service (as for arrears) or by the police. GET /v2/{project_id}/pools "
    "spec.controlMode, its bits 8 and 16.",
    (*KEY, "reason"),
)
CREATED = Metric(
    "huaweicloud_modelarts_pool_created_timestamp_seconds",
    "When the pool was created, epoch seconds. GET /v2/{project_id}/pools metadata.creationTimestamp.",
    KEY,
)


async def fetch(cloud: ModelArts, run: Run[Pool]) -> None:
    """List the pools, then those that could not be created; where the second list fails alone, its pools stay."""
    pools = await cloud.list_pools()
    failed = await attempt(cloud.list_pools(status="failed"))
    found = joined((pools, failed), lambda pool: pool.metadata.name)
    watched = [pool for pool in found.items if run.place.filters.cluster(pool.metadata.labels.name)]
    run.listed(found, [pool.metadata.name for pool in watched], INFO)
    for pool in watched:
        run.keep(pool.metadata.name, pool)


def samples(payload: Pool, place: Place) -> Rows:
    """The rows of one pool."""
    metadata, spec, status = payload.metadata, payload.spec, payload.status
    rows = Rows(account=place.account, region_id=place.region, pool_id=metadata.name)
    billing = metadata.annotations.billing_mode
    rows.info(
        INFO,
        pool_name=metadata.labels.name,
        pool_type=spec.type,
        billing_mode=BILLING_MODES.get(billing, billing),
    )
    rows.state(PHASE, status.phase, {phase: phase for phase in PHASES})
    if status.resources is not None:
        _nodes(rows, status.resources, spec.resources)
    rows.unreadable(NODES_DESIRED, spec.resources.unreadable)
    for flavor in _flavors(spec.resources):
        items = [item for item in spec.resources.items if item.flavor == flavor]
        _sum(rows.under(flavor=flavor), NODES_DESIRED, [item.count for item in items])
        _sum(rows.under(flavor=flavor), NODES_MAX, [item.max_count for item in items])
    control_mode = rows.reading(FROZEN, _bits, spec.control_mode)
    if control_mode is not None:
        for reason, bit in FROZEN_BY.items():
            rows.value(FROZEN, int(control_mode) & bit != 0, reason=reason)
    rows.read(CREATED, partial(instant, zone=place.zone), metadata.creation_timestamp)
    return rows


def _nodes(rows: Rows, nodes: PoolNodes, wanted: Resources) -> None:
    """The nodes of each flavor in each state; the answer leaves out a state without nodes, which is a 0."""
    by_state = {state: getattr(nodes, state) for state in NODE_STATES}
    for resources in by_state.values():
        rows.unreadable(NODES, resources.unreadable)
    for flavor in _flavors(wanted, *by_state.values()):
        for state, resources in by_state.items():
            counts = [item.count for item in resources.items if item.flavor == flavor]
            if counts or resources.is_whole:
                _sum(rows.under(flavor=flavor), NODES, counts, state=state)


def _flavors(*resources: Resources) -> list[str]:
    return sorted({item.flavor for each in resources for item in each.items})


def _sum(rows: Rows, metric: Metric, raws: list[Raw], **labels: str) -> None:
    """The sum of the rows of a flavor; none where one of them is not known, because it would be wrong without."""
    counts = [rows.reading(metric, count, raw) for raw in raws]
    known = [value for value in counts if value is not None]
    if len(known) == len(counts):
        rows.value(metric, sum(known, 0.0), **labels)


def _bits(raw: Raw) -> float | None:
    value = count(raw)
    if value is not None and not value.is_integer():
        raise Unreadable(raw)
    return value


COLLECTOR = Collector(
    name="modelarts_pools",
    product=ModelArts,
    scope="regional",
    operations=(LIST_POOLS,),
    metrics=(INFO, PHASE, NODES, NODES_DESIRED, NODES_MAX, FROZEN, CREATED),
    interval=120,
    timeout=60,
    fetch=fetch,
    samples=samples,
)
