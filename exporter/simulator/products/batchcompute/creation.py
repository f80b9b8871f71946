"""BatchCompute's creation of a cluster: POST /clusters, with what it refuses and its idempotent token."""

import json
import re

from exporter.simulator.errors import ApiError
from exporter.simulator.operations import Call, Reply
from exporter.simulator.products.batchcompute.description import invalid, plan_of
from exporter.simulator.products.batchcompute.product import OPERATIONS, region_of
from exporter.simulator.world.batch import BatchPlan

MAX_CLUSTERS = 50
MAX_GROUPS = 16
MAX_MACHINES = 1000
_TOKEN = re.compile(r"[A-Za-z0-9_]{1,64}")


@OPERATIONS.operation("BatchCompute.CreateCluster")
def create_cluster(call: Call) -> Reply:
    """The vendor's page on CreateCluster: HTTP 201 and the id; the same one again for the same token and request."""
    region, token = region_of(call), call.query.optional("IdempotentToken")
    if token and not _TOKEN.fullmatch(token):
        raise invalid("IdempotentToken", "It has to be of 1 to 64 letters, digits and underscores.")
    document = _document(call.body)
    plan = plan_of(document)
    # Two bodies that differ in blanks or in the order of their keys ask for the same.
    request = json.dumps([region, document], sort_keys=True)
    before = call.world.batch.remembered(token) if token else None
    if before is not None:
        if before[0] != request:
            raise ApiError(400, "IdempotentTokenMismatch", "Specified idempotent token mismatch.")
        return Reply({"Id": before[1]}, 201)
    _check_quota(call, plan, region)
    cluster_id = call.world.batch.create(plan, region, call.now)
    if token:
        call.world.batch.remember(token, request, cluster_id)
    return Reply({"Id": cluster_id}, 201)


def _document(body: bytes) -> dict[str, object]:
    try:
        document = json.loads(body)
        # Python reads more than JSON has, infinities and halves of characters, which no answer could give back.
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise ApiError(400, "InvalidJsonFormat", "The request body has an invalid json format.") from None
    if not isinstance(document, dict):
        raise invalid("HttpBody", "Its type must be object.")
    return document


def _check_quota(call: Call, plan: BatchPlan, region: str) -> None:
    clusters = sum(cluster.region == region for cluster in call.world.batch_clusters)
    machines = max(group.desired for group in plan.groups)
    for name, most, wanted in (
        ("MaxClusterCount", MAX_CLUSTERS, clusters + 1),
        ("MaxClusterGroupCount", MAX_GROUPS, len(plan.groups)),
        ("MaxClusterGroupDesiredVMCount", MAX_MACHINES, machines),
    ):
        if wanted > most:
            raise ApiError(403, f"QuotaExhausted.{name}", f"The {name} ({most}) quota is exhausted.")
