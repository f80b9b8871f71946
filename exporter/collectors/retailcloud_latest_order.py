"""The latest deploy order of a RetailCloud environment: how it goes, and how far it has come.

A part of retailcloud_deploys, which asks ListDeployOrders.
"""

from functools import partial

from exporter.clouds.values import count, failure_ratio, instant
from exporter.collectors.retailcloud_inventory import ENVIRONMENT
from exporter.collectors.retailcloud_orders import RESULTS, STATUSES, Order
from exporter.collectors.rows import UNKNOWN, Rows
from exporter.collectors.run import Place
from exporter.metric import Metric

LATEST_INFO = Metric(
    "aliyun_retailcloud_deploy_latest_info",
    "The latest deploy order (the highest number) of an environment; always 1. ListDeployOrders.",
    (*ENVIRONMENT, "order_id", "order_name", "deploy_type", "pause_type"),
)
LATEST_STATUS = Metric(
    "aliyun_retailcloud_deploy_latest_status",
    "Status of the latest order: exactly one is 1. A bad order stays deploying or paused until somebody closes it. "
    "ListDeployOrders Status.",
    (*ENVIRONMENT, "status"),
    states=(*STATUSES.values(), UNKNOWN),
)
LATEST_RESULT = Metric(
    "aliyun_retailcloud_deploy_latest_result",
    "Result of the latest order: exactly one is 1; closed is what a person ended by hand. ListDeployOrders Result.",
    (*ENVIRONMENT, "result"),
    states=(*RESULTS.values(), UNKNOWN),
)
LATEST_FAILURE_RATIO = Metric(
    "aliyun_retailcloud_deploy_latest_failure_ratio",
    "Failed share of the latest order's instances, 0 to 1, also while it is open. ListDeployOrders FailureRate, whose "
    "unit is not documented: a percent sign or a number above 1 is read as percent, 1 as all.",
    ENVIRONMENT,
)
LATEST_START = Metric(
    "aliyun_retailcloud_deploy_latest_start_timestamp_seconds",
    "When the latest order started, epoch seconds. ListDeployOrders StartTime.",
    ENVIRONMENT,
)
LATEST_END = Metric(
    "aliyun_retailcloud_deploy_latest_end_timestamp_seconds",
    "When the latest order ended, epoch seconds; absent while it is open. ListDeployOrders EndTime.",
    ENVIRONMENT,
)
LATEST_DURATION = Metric(
    "aliyun_retailcloud_deploy_latest_duration_seconds",
    "How long the latest order took so far, in seconds. ListDeployOrders ElapsedTime.",
    ENVIRONMENT,
)
LATEST_INSTANCES = Metric(
    "aliyun_retailcloud_deploy_latest_instances",
    "Instances that the latest order deploys. ListDeployOrders TotalAppInstanceCt.",
    ENVIRONMENT,
)
LATEST_FINISHED_INSTANCES = Metric(
    "aliyun_retailcloud_deploy_latest_finished_instances",
    "Instances that the latest order is done with. ListDeployOrders FinishAppInstanceCt.",
    ENVIRONMENT,
)
LATEST_PARTITIONS = Metric(
    "aliyun_retailcloud_deploy_latest_partitions",
    "Batches of the latest order. ListDeployOrders TotalPartitions.",
    ENVIRONMENT,
)
LATEST_CURRENT_PARTITION = Metric(
    "aliyun_retailcloud_deploy_latest_current_partition",
    "The batch that the latest order is at. ListDeployOrders CurrentPartitionNum.",
    ENVIRONMENT,
)
METRICS = (
    LATEST_INFO,
    LATEST_STATUS,
    LATEST_RESULT,
    LATEST_FAILURE_RATIO,
    LATEST_START,
    LATEST_END,
    LATEST_DURATION,
    LATEST_INSTANCES,
    LATEST_FINISHED_INSTANCES,
    LATEST_PARTITIONS,
    LATEST_CURRENT_PARTITION,
)


def latest_order_rows(rows: Rows, order: Order, place: Place) -> None:
    """Add the rows of an environment's latest order; ``rows`` have the environment as their key."""
    wire = order.wire
    rows.info(
        LATEST_INFO,
        order_id=wire.deploy_order_id,
        order_name=wire.name,
        deploy_type=wire.deploy_type,
        pause_type=wire.deploy_pause_type,
    )
    rows.state(LATEST_STATUS, wire.status, STATUSES)
    rows.state(LATEST_RESULT, wire.result, RESULTS)
    rows.read(LATEST_FAILURE_RATIO, failure_ratio, wire.failure_rate)
    rows.read(LATEST_START, partial(instant, zone=place.zone), wire.start_time)
    rows.read(LATEST_END, partial(instant, zone=place.zone), wire.end_time)
    rows.read(LATEST_DURATION, count, wire.elapsed_time)
    rows.read(LATEST_INSTANCES, count, wire.total_app_instance_ct)
    rows.read(LATEST_FINISHED_INSTANCES, count, wire.finish_app_instance_ct)
    rows.read(LATEST_PARTITIONS, count, wire.total_partitions)
    rows.read(LATEST_CURRENT_PARTITION, count, wire.current_partition_num)
