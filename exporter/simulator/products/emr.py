"""EMR's flow operations, API version 2016-04-08: ListFlowProject, ListFlowCluster."""

from exporter.simulator.errors import ApiError
from exporter.simulator.operations import Call, Json, Operations
from exporter.simulator.products.regions import is_inhabited
from exporter.simulator.world.computing import FlowCluster, FlowProject

OPERATIONS = Operations()


@OPERATIONS.operation("ListFlowProject")
def list_flow_project(call: Call) -> Json:
    """The SDK's model: RegionId required, everything in the query; the count is ``Total`` here."""
    here = is_inhabited(call.query.text("RegionId"), 404)
    wanted, name = call.query.optional("ProjectId"), call.query.optional("Name")
    found = [
        project
        for project in call.world.flow_projects
        if here and wanted in {"", project.id} and name in {"", project.name}
    ]
    page = call.page(found, call.query.number("PageNumber", 1), call.query.number("PageSize", 10))
    return {
        "RequestId": call.request_id,
        "PageNumber": page.number,
        "PageSize": page.size,
        "Total": page.total,
        "Projects": {"Project": page.of(_project).rows},
    }


def _project(project: FlowProject) -> Json:
    return {
        "Description": "",
        "GmtCreate": int(project.created * 1000),
        "GmtModified": int(project.created * 1000),
        "Id": project.id,
        "Name": project.name,
        "UserId": "canary-user-id-emr",
    }


@OPERATIONS.operation("ListFlowCluster")
def list_flow_cluster(call: Call) -> Json:
    """The vendor's page on ListFlowCluster: RegionId and ProjectId required, everything in the query."""
    here = is_inhabited(call.query.text("RegionId"), 404)
    project_id = call.query.text("ProjectId")
    if here and all(project.id != project_id for project in call.world.flow_projects):
        raise ApiError(404, "InvalidProjectId.NotFound", "The specified project does not exist.")
    found = [cluster for cluster in call.world.flow_clusters if here and project_id in cluster.projects]
    page = call.page(found, call.query.number("PageNumber", 1), call.query.number("PageSize", 10))
    return {
        "RequestId": call.request_id,
        "PageNumber": page.number,
        "PageSize": page.size,
        "TotalCount": page.total,
        "Clusters": {"ClusterInfo": page.of(lambda cluster: _cluster(call, cluster)).rows},
    }


def _cluster(call: Call, cluster: FlowCluster) -> Json:
    row: Json = {
        "ChargeType": "PrePaid" if cluster.expires else "PostPaid",
        "CreateResource": "ECM_EMR",
        "CreateTime": int(cluster.created * 1000),
        "FailReason": {},
        "HasUncompletedOrder": cluster.orders is not None and cluster.orders[0] < cluster.orders[1],
        "Id": cluster.id,
        "K8sClusterId": "None",
        "Name": cluster.name,
        "OrderTaskInfo": {},
        "RunningTime": max(0, int(call.now - cluster.created)),
        "Status": cluster.status,
        "Type": "HADOOP",
    }
    if cluster.expires:
        row |= {"ExpiredTime": int(cluster.expires * 1000), "Period": 1}
    if cluster.orders is not None:
        done, target = cluster.orders
        row |= {
            "OrderList": "1,2",
            "OrderTaskInfo": {"CurrentCount": done, "OrderIdList": "1,2", "TargetCount": target},
        }
    if cluster.status == "CREATE_FAILED":
        row["FailReason"] = {"ErrorCode": "400", "ErrorMsg": "no stock of this type", "RequestId": call.request_id}
    return row
