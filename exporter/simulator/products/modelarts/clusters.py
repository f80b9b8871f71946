"""ModelArts' older listing: GET /v1/{project_id}/clusters."""

from exporter.simulator.errors import ApiError
from exporter.simulator.operations import Call, Json
from exporter.simulator.products.modelarts.product import OPERATIONS, refused
from exporter.simulator.world.computing import ModelArtsCluster

STATES = ("deploying", "running", "concerning", "abnormal")


@OPERATIONS.operation("ModelArts.ListClusters")
def list_clusters(call: Call) -> Json:
    """The vendor's page: filters by name and status, offset and limit, sorted by created_at (newest first) or name."""
    query = call.query
    try:
        offset, limit = query.number("offset", 0), query.number("limit", 1000)
    except ApiError as error:
        raise refused(error.message) from None
    by, order = query.optional("sort_by") or "created_at", query.optional("order") or "desc"
    if by not in {"created_at", "cluster_name"} or order not in {"asc", "desc"} or offset < 0 or limit < 1:
        raise refused("offset, limit, sort_by or order is not valid")
    status, name = query.optional("status"), query.optional("cluster_name")
    if status not in {"", *STATES}:
        raise refused(f"status is one of {', '.join(STATES)}")
    found = [
        cluster
        for cluster in call.world.modelarts_clusters
        if call.inhabited and status in {"", cluster.status} and name in {"", cluster.name}
    ]
    found.sort(key=lambda cluster: cluster.created)
    if by == "cluster_name":
        found.sort(key=lambda cluster: cluster.name)
    if order == "desc":
        found.reverse()
    start = 0 if call.quirks.ignore_page_number else offset * (limit if call.quirks.modelarts_offset == "pages" else 1)
    rows = found[start : start + limit]
    if call.quirks.endless_pages and found:
        rows = [found[(start + index) % len(found)] for index in range(limit)]
    return {
        "total_count": call.claimed_total(len(found), limit),
        "count": len(rows),
        "clusters": [_cluster(call, cluster) for cluster in rows],
    }


def _cluster(call: Call, cluster: ModelArtsCluster) -> Json:
    row: Json = {
        "cluster_id": cluster.id,
        "cluster_name": cluster.name,
        "description": "",
        "tenant": "canary-tenant",
        "project": call.query.text("project_id"),
        "owner": "canary-owner",
        "created_at": int(cluster.created * 1000),
        "status": cluster.status,
        "nodes": {
            "specification": "modelarts.vm.cpu.8ud",
            "count": cluster.nodes,
            "available_count": cluster.nodes - cluster.missing,
        },
        "allocatable_cpu_cores": cluster.cores,
        "allocatable_memory": cluster.memory_mib,
        "allocatable_gpus": cluster.gpus,
    }
    if cluster.yearly:
        row |= {"product_id": "OFFI-1", "order_id": "CS-1", "period_type": "year", "period_num": 1}
    return row
