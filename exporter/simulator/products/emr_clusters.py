"""EMR's clusters, API version 2021-03-20: ListClusters, called Emr.ListClusters here because others have one, too."""

from exporter.simulator.operations import Call, Json, Operations, Parameters, invalid
from exporter.simulator.products.regions import known_region
from exporter.simulator.world.emr import STATES, TYPES, EmrCluster

OPERATIONS = Operations(prefix="Emr.")
_RESOURCE_GROUP, _TEAM = "rg-simulated", "data"
_PAYMENTS = ("PayAsYouGo", "Subscription")
_MOST = {"ClusterIds": 100, "ClusterStates": 100, "ClusterTypes": 100, "PaymentTypes": 2}


@OPERATIONS.operation("Emr.ListClusters")
def list_clusters(call: Call) -> Json:
    """The SDK's model: RegionId required, repeated filters, pages by MaxResults and NextToken; all in the query."""
    query = call.query
    region_id = known_region(query.text("RegionId"), 404)
    states, types = _wanted(query, "ClusterStates", STATES), _wanted(query, "ClusterTypes", TYPES)
    payments, ids = _wanted(query, "PaymentTypes", _PAYMENTS), _wanted(query, "ClusterIds", ())
    name, group, tagged = (
        query.optional("ClusterName"),
        query.optional("ResourceGroupId"),
        query.values.get("Tags.1.Key"),
    )
    found = [
        cluster
        for cluster in call.world.emr_clusters
        if cluster.region == region_id
        and (not ids or cluster.id in ids)
        and (not states or cluster.state in states)
        and (not types or cluster.type in types)
        and (not payments or _payment(cluster) in payments)
        and name in {"", cluster.name}
        and group in {"", _RESOURCE_GROUP}
        and tagged in {None, "team"}
        and query.optional("Tags.1.Value") in {"", _TEAM}
    ]
    size = query.number("MaxResults", 20)
    rows, token = call.token_page(found, size, query.optional("NextToken"))
    return {
        "RequestId": call.request_id,
        "MaxResults": size,
        "NextToken": token,
        "TotalCount": call.claimed_total(len(found), size),
        "Clusters": [_cluster(cluster) for cluster in rows],
    }


def _wanted(query: Parameters, name: str, known: tuple[str, ...]) -> list[str]:
    """The values of a repeated filter; raises for too many of them and for one that the documents do not have."""
    values = query.texts(name)
    if len(values) > _MOST[name]:
        raise invalid(name, f"{_MOST[name]} values or fewer")
    if known and not set(values) <= set(known):
        raise invalid(name, f"one of {', '.join(known)}")
    return values


def _payment(cluster: EmrCluster) -> str:
    return _PAYMENTS[cluster.subscribed]


def _cluster(cluster: EmrCluster) -> Json:
    row: Json = {
        "ClusterId": cluster.id,
        "ClusterName": cluster.name,
        "ClusterState": cluster.state,
        "ClusterType": cluster.type,
        "CreateTime": int(cluster.created * 1000),
        "DeletionProtection": cluster.subscribed,
        "Description": "",
        "EmrDefaultRole": "AliyunEMRDefaultRole",
        "PaymentType": _payment(cluster),
        "ReleaseVersion": cluster.release,
        "ResourceGroupId": _RESOURCE_GROUP,
        "Tags": [{"Key": "team", "Value": _TEAM}],
    }
    times = {"ReadyTime": cluster.ready, "EndTime": cluster.ended, "ExpireTime": cluster.expires}
    row |= {name: int(instant * 1000) for name, instant in times.items() if instant}
    if cluster.reason:
        row["StateChangeReason"] = {"Code": cluster.reason[0], "Message": cluster.reason[1]}
    return row
