"""RetailCloud's deploy operations: ListDeployOrders with all of its filters, DescribeDeployOrderDetail."""

import operator
import random
from collections.abc import Callable
from datetime import UTC, datetime

from exporter.simulator.errors import BusinessError
from exporter.simulator.operations import Call, Json, invalid
from exporter.simulator.products.retailcloud.product import OPERATIONS, detail, listing
from exporter.simulator.quirks import Quirks
from exporter.simulator.times import SHANGHAI, written
from exporter.simulator.world.deploys import DeployOrder

NO_SUCH_ORDER = 102405
STATUS_NAMES = {1: "部署中", 2: "暂停", 3: "已完成"}
RESULT_NAMES = {0: "部署中", 1: "成功", 2: "失败", 4: "人为置为失败"}
_PAUSE = {"none": "不暂停", "first": "第一批暂停", "each": "每批暂停"}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "EnvType": ("online", "test"),
    "DeployCategory": ("deploy", "scale"),
    "PauseType": ("first", "none", "each"),
}
Filter = Callable[[DeployOrder], bool]


@OPERATIONS.operation("ListDeployOrders")
def list_deploy_orders(call: Call) -> Json:
    """Manual 4.1.2: AppId and the page in the query are required; StatusList.N and ResultList.N are in the form."""
    app_id = call.query.number("AppId")
    number, size = call.query.number("PageNumber"), call.query.number("PageSize")
    filters = [*_plain_filters(call), *_list_filters(call), *_time_filters(call)]
    found = [order for order in call.world.orders.by_app.get(app_id, ()) if all(fits(order) for fits in filters)]
    if call.quirks.deploy_order == "descending":
        found.reverse()
    elif call.quirks.deploy_order == "shuffled":
        random.Random(app_id).shuffle(found)  # noqa: S311 - the same disorder on every page
    return listing(call, call.page(found, number, size).of(lambda order: _order(call, order)))


def _plain_filters(call: Call) -> list[Filter]:
    query, now = call.query, call.now
    for name, choices in _CHOICES.items():
        if query.optional(name) not in {"", *choices}:
            raise invalid(name, f"one of {', '.join(choices)}")
    texts: dict[str, Callable[[DeployOrder], str]] = {
        "EnvType": lambda order: "online" if order.environment.production else "test",
        "DeployType": lambda _: "partition_parallel",
        "PartitionType": lambda _: "group_even",
        "PauseType": lambda order: order.pause,
    }
    if not call.quirks.ignore_deploy_category:
        texts["DeployCategory"] = lambda order: order.category
    numbers: dict[str, Callable[[DeployOrder], int]] = {
        "EnvId": lambda order: order.environment.id,
        "Status": lambda order: order.status(now),
    }
    filters = [_equal(of, query.optional(name)) for name, of in texts.items() if query.optional(name)]
    for name, number_of in numbers.items():
        number = query.optional_number(name)
        if number is not None:
            filters.append(_equal(number_of, number))
    return filters


def _equal(of: Callable[[DeployOrder], object], wanted: object) -> Filter:
    return lambda order: of(order) == wanted


def _list_filters(call: Call) -> list[Filter]:
    fits, now = of_lists(call), call.now
    return [lambda order: fits(order.status(now), order.result_at(now))]


def of_lists(call: Call) -> Callable[[int, int], bool]:
    """Whether a row's status and result are among those that StatusList.N and ResultList.N in the form ask for."""
    statuses, results = call.form.numbers("StatusList"), call.form.numbers("ResultList")
    if call.quirks.ignore_deploy_lists or not (statuses or results):
        return lambda *_: True
    return lambda status, result: (not statuses or status in statuses) and (not results or result in results)


def _time_filters(call: Call) -> list[Filter]:
    """An order that has not ended fits no comparison with its end."""
    filters = []
    for side in ("StartTime", "EndTime"):
        for word, compare in _COMPARISONS.items():
            text = call.query.optional(side + word)
            if text:
                filters.append(
                    _compared(side == "StartTime", compare, _instant(call.quirks, side + word, text), call.now)
                )
    return filters


def _compared(by_start: bool, compare: Callable[[float, float], bool], instant: float, now: float) -> Filter:
    if by_start:
        return lambda order: compare(order.start, instant)
    return lambda order: not order.is_open(now) and compare(order.end, instant)


def _instant(quirks: Quirks, name: str, text: str) -> float:
    zone = SHANGHAI if quirks.deploy_filter_zone == "+8" else UTC
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).timestamp()
    except ValueError:
        raise invalid(name, "of the form 2020-01-01 00:00:00") from None


@OPERATIONS.operation("DescribeDeployOrderDetail", "ErrMsg")
def describe_deploy_order_detail(call: Call) -> Json:
    """Manual 4.1.4: DeployOrderId in the query; the fields of an item of ListDeployOrders."""
    return detail(call, _order(call, wanted_order(call)))


def wanted_order(call: Call) -> DeployOrder:
    """The order that DeployOrderId names in the query; raises BusinessError where there is none."""
    order = call.world.orders.by_id.get(call.query.number("DeployOrderId"))
    if order is None:
        raise BusinessError(NO_SUCH_ORDER, "The deploy order does not exist")
    return order


def _order(call: Call, order: DeployOrder) -> Json:
    now, environment = call.now, order.environment
    row: Json = {
        "AppInstanceType": "k8s_pod",
        "CurrentPartitionNum": order.partition_at(now),
        "DeployOrderId": order.id,
        "DeployPauseType": order.pause,
        "DeployPauseTypeName": _PAUSE[order.pause],
        "DeployType": "partition_parallel",
        "DeployTypeName": "分批发布-批内并行",
        "Description": "",
        "ElapsedTime": order.elapsed(now),
        "EnvId": environment.id,
        "EnvType": "online" if environment.production else "test",
        "FailureRate": _failure_rate(call.quirks, order.failed_at(now), order.instances),
        "FinishAppInstanceCt": order.ready_at(now),
        "Name": order.name,
        "PartitionType": "group_even",
        "PartitionTypeName": "分组均分",
        "Result": order.result_at(now),
        "ResultName": RESULT_NAMES[order.result_at(now)],
        "SchemaId": environment.schema_id,
        "StartTime": written(order.start, call.quirks, "utc_minutes"),
        "Status": order.status(now),
        "StatusName": STATUS_NAMES[order.status(now)],
        "TotalAppInstanceCt": order.instances,
        "TotalPartitions": order.partitions,
        "UserId": f"canary-user-id-{environment.app.id}",
        "UserNick": f"canary-user-nick-{environment.app.id}",
    }
    if not order.is_open(now):
        row["EndTime"] = written(order.end, call.quirks, "utc_minutes")
    return row


def _failure_rate(quirks: Quirks, failed: int, instances: int) -> str:
    share = failed / instances if instances else 0.0
    if quirks.failure_rate == "ratio":
        return f"{share:.3g}"
    return f"{share * 100:.3g}" + ("%" if quirks.failure_rate == "percent_sign" else "")
