"""RetailCloud's view of one deploy order's instances: ListPods."""

from exporter.simulator.operations import Call, Json
from exporter.simulator.products.retailcloud.deploys import RESULT_NAMES, STATUS_NAMES, of_lists, wanted_order
from exporter.simulator.products.retailcloud.instances import host_ip, pod_ip
from exporter.simulator.products.retailcloud.product import OPERATIONS, listing
from exporter.simulator.times import written
from exporter.simulator.world.clusters import REGION
from exporter.simulator.world.deploys import DeployOrder
from exporter.simulator.world.pods import Pod

_STEP_NAMES = {"StartAppInstance": "启动应用", "StopAppInstance": "停止应用", "DeleteAppInstance": "删除应用"}


@OPERATIONS.operation("ListPods")
def list_pods(call: Call) -> Json:
    """Manual 4.2.1: DeployOrderId and the page in the query are required; StatusList.N and ResultList.N in the form."""
    order = wanted_order(call)
    number, size = call.query.number("PageNumber"), call.query.number("PageSize")
    fits = of_lists(call)
    found = [pod for pod in call.world.order_pods(order) if fits(pod.status, pod.result)]
    return listing(call, call.page(found, number, size).of(lambda pod: _pod(call, order, pod)))


def _pod(call: Call, order: DeployOrder, pod: Pod) -> Json:
    host = host_ip(order.environment, pod.number)
    return {
        "AppInstanceId": pod.id,
        "DeployOrderId": order.id,
        "DeployPartitionNum": pod.partition,
        "DeploySteps": [
            {"Status": status, "StepCode": code, "StepName": _STEP_NAMES[code]} for code, status in pod.steps
        ],
        "GroupName": f"{order.environment.name}-group-{1 + pod.number % order.environment.groups}",
        "HostIp": host,
        "HostName": f"host-{host}",
        "PodIp": pod_ip(order.environment, pod.number),
        "Region": REGION,
        "Result": pod.result,
        "ResultName": RESULT_NAMES[pod.result],
        "StartTime": written(order.start, call.quirks, "naive_t"),
        "Status": pod.status,
        "StatusName": STATUS_NAMES[pod.status],
        "UpdateTime": written(pod.updated, call.quirks, "naive_t"),
    }
