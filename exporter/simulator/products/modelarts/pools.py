"""ModelArts' newer listing: GET /v2/{project_id}/pools, in the shape of Kubernetes objects and without pages."""

import re
from collections.abc import Callable, Mapping, Sequence

from exporter.simulator.errors import ApiError
from exporter.simulator.operations import Call, Json
from exporter.simulator.products.modelarts.product import OPERATIONS, refused
from exporter.simulator.quirks import Quirks
from exporter.simulator.times import utc_seconds
from exporter.simulator.world.pools import CREATING, ERROR, STATES, NodeGroup, Pool

_WORKSPACE = "0"
_SELECTOR = re.compile(r"(!?)([A-Za-z0-9._/-]+)(?:(!?=|==)([A-Za-z0-9._-]*))?")


@OPERATIONS.operation("ModelArts.ListPools")
def list_pools(call: Call) -> Json:
    """The vendor's page: filters by workspace, labels and status; no status means what was or is being created."""
    query = call.query
    if (query.optional("workspaceId") or _WORKSPACE) != _WORKSPACE:
        raise ApiError(400, "ModelArts.0104", "The workspace id is not valid")
    status = query.optional("status")
    if status not in {"", "created", "failed", "creating"}:
        raise refused("status is one of created, failed, creating")
    fits = _selector(query.optional("labelSelector"))
    project = query.text("project_id")
    return {
        "apiVersion": "v2",
        "kind": "PoolList",
        "items": [
            _pool(call.quirks, pool, labels)
            for pool in (call.world.pools if call.inhabited else ())
            if _has_status(pool, status) and fits(labels := _labels(pool, project))
        ],
    }


def _has_status(pool: Pool, status: str) -> bool:
    found = {CREATING: "creating", ERROR: "failed"}.get(pool.phase, "created")
    return found == status if status else found != "failed"


def _selector(text: str) -> Callable[[Mapping[str, str]], bool]:
    """Whether labels fit a selector of Kubernetes' kind: ``a=b``, ``a==b``, ``a!=b``, ``a``, ``!a``, with commas."""
    terms = []
    for term in text.split(",") if text else ():
        match = _SELECTOR.fullmatch(term.strip())
        if match is None or (match[1] and match[3]):
            raise refused("labelSelector is not valid")
        terms.append(match)

    def fits(labels: Mapping[str, str]) -> bool:
        return all(_fits(labels, absent=match[1], key=match[2], sign=match[3], value=match[4]) for match in terms)

    return fits


def _fits(labels: Mapping[str, str], *, absent: str, key: str, sign: str | None, value: str) -> bool:
    if sign is None:
        return (key in labels) != bool(absent)
    return (labels.get(key) == value) != (sign == "!=")


def _labels(pool: Pool, project: str) -> dict[str, str]:
    return {
        "os.modelarts/name": pool.name,
        "os.modelarts/workspace.id": _WORKSPACE,
        "os.modelarts/resource.id": f"maos-{pool.id}",
        "os.modelarts/tenant.domain.id": "canary-domain-id",
        "os.modelarts/tenant.project.id": project,
        "os.modelarts/enterprise.project.id": "0",
        "os.modelarts/region": "cn-north-4",
        "os.modelarts.pool/biz": "private" if pool.dedicated else "public",
    }


def _pool(quirks: Quirks, pool: Pool, labels: dict[str, str]) -> Json:
    return {
        "apiVersion": "v2",
        "kind": "Pool",
        "metadata": {
            "name": pool.id,
            "creationTimestamp": utc_seconds(pool.created),
            "labels": labels,
            "annotations": _annotations(pool),
        },
        "spec": {
            "type": "Dedicate" if pool.dedicated else "Logical",
            "scope": ["Train", "Infer", "Notebook"],
            "resources": [_row(group, group.count) for group in pool.groups],
            "network": {"name": "network-sim"},
            "jobFlavors": [],
            "driver": {"gpuVersion": "515.65.01", "updateStrategy": "force"},
            "controlMode": pool.control,
        },
        "status": {
            "phase": pool.phase,
            "message": "the nodes could not be had" if pool.phase == ERROR else "",
            "resources": _resources(quirks, pool.groups),
            "scope": [{"scopeType": kind, "state": "Enabled"} for kind in ("Train", "Infer", "Notebook")],
            "driver": {"gpu": {"version": "515.65.01", "state": "Running"}},
            "parent": "",
            "root": "",
        },
    }


def _annotations(pool: Pool) -> Json:
    if pool.yearly is None:
        return {"os.modelarts/description": "", "os.modelarts/billing.mode": "0"}
    return {
        "os.modelarts/description": "",
        "os.modelarts/billing.mode": "1",
        "os.modelarts/period.num": "1",
        "os.modelarts/period.type": "3" if pool.yearly else "2",
        "os.modelarts/auto.renew": "1",
        "os.modelarts/order.id": "canary-order-id",
    }


def _row(group: NodeGroup, count: int) -> Json:
    return {
        "flavor": group.flavor,
        "count": count,
        "maxCount": group.most,
        "azs": [{"az": group.zone, "count": count}],
        "nodePool": group.node_pool,
    }


def _resources(quirks: Quirks, groups: Sequence[NodeGroup]) -> Json:
    """The nodes by state, without the states that no node is in."""
    answer: Json = {}
    for state in STATES:
        rows = [(group, count) for group in groups if (count := dict(group.states)[state])]
        if rows and quirks.pool_resources == "list":
            answer[state] = [_row(group, count) for group, count in rows]
        elif rows:
            answer[state] = _of_first_flavor(rows)
    return answer


def _of_first_flavor(rows: Sequence[tuple[NodeGroup, int]]) -> Json:
    flavor = rows[0][0].flavor
    same = [(group, count) for group, count in rows if group.flavor == flavor]
    return {
        "flavor": flavor,
        "count": sum(count for _, count in same),
        "maxCount": sum(group.most for group, _ in same),
        "azs": [{"az": group.zone, "count": count} for group, count in same],
    }
