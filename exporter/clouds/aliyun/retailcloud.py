"""RetailCloud (聚石塔), API version 2018-03-13: one method for each operation that is read.

Parameters stand where the vendor's SDKs put them: most in the query, those of ListPersistentVolume, ListAppInstance and
GetRdsBackUp in a form, the lists of ListDeployOrders and ListPods in a form too.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import ClassVar

from exporter.clouds.aliyun.retailcloud_detail import read_detail
from exporter.clouds.aliyun.retailcloud_models import (
    App,
    AppInstance,
    Backup,
    Claim,
    Cluster,
    ClusterDetail,
    DeployOrder,
    Environment,
    Node,
    Pod,
    ResourceAllocation,
    Volume,
)
from exporter.clouds.aliyun.rpc import Parameters, RpcProduct
from exporter.clouds.errors import BadResponseError
from exporter.clouds.http import Channel
from exporter.clouds.operation import Operation
from exporter.clouds.paging import Listing, Page, numbered_pages
from exporter.clouds.payload import PayloadT, field, mapping, read_items, stated_number
from exporter.clouds.values import text

VERSION = "2018-03-13"
# The largest page is documented for volumes and backups only; the examples' 20 is the way back where 50 is refused.
PAGE_SIZES = (50, 20)
VOLUME_PAGE_SIZES = (100, 20)
BACKUP_PAGE_SIZES = (100, 30)


def _operation(name: str) -> Operation:
    # The vendor documents no RAM action of RetailCloud: these are named as those of its other products are.
    return Operation("retailcloud", name, f"retailcloud:{name}")


LIST_CLUSTER = _operation("ListCluster")
QUERY_CLUSTER_DETAIL = _operation("QueryClusterDetail")
LIST_CLUSTER_NODE = _operation("ListClusterNode")
LIST_PERSISTENT_VOLUME = _operation("ListPersistentVolume")
LIST_APP = _operation("ListApp")
LIST_APP_ENVIRONMENT = _operation("ListAppEnvironment")
LIST_APP_RESOURCE_ALLOCS = _operation("ListAppResourceAllocs")
LIST_APP_INSTANCE = _operation("ListAppInstance")
LIST_PERSISTENT_VOLUME_CLAIM = _operation("ListPersistentVolumeClaim")
LIST_DEPLOY_ORDERS = _operation("ListDeployOrders")
DESCRIBE_DEPLOY_ORDER_DETAIL = _operation("DescribeDeployOrderDetail")
LIST_PODS = _operation("ListPods")
GET_RDS_BACK_UP = _operation("GetRdsBackUp")


class RetailCloud:
    """The product for one account; one host serves the clusters of all regions."""

    product: ClassVar = "retailcloud"
    provider: ClassVar = "aliyun"

    def __init__(self, channel: Channel) -> None:
        self._rpc = RpcProduct(channel, VERSION)

    async def list_clusters(self) -> Listing[Cluster]:
        """ListCluster: all clusters that the account sees, of every region."""
        return await self._pages("ListCluster", Cluster, lambda item: item.instance_id, number="PageNum", method="GET")

    async def cluster_detail(self, cluster_id: str) -> ClusterDetail:
        """QueryClusterDetail: load and pods of one cluster."""
        operation = "QueryClusterDetail"
        answer = await self._rpc.call(operation, method="GET", query={"ClusterInstanceId": cluster_id})
        result = field(answer, "Result")
        if not isinstance(result, Mapping) or not result:
            raise BadResponseError(f"{operation}: the answer has no object Result", operation=operation)
        return read_detail(cluster_id, result)

    async def list_cluster_nodes(self, cluster_id: str) -> Listing[Node]:
        """ListClusterNode: the nodes of one cluster."""
        query = {"ClusterInstanceId": cluster_id}
        return await self._pages(
            "ListClusterNode", Node, lambda item: item.instance_id, number="PageNum", method="GET", query=query
        )

    async def list_persistent_volumes(self, cluster_id: str) -> Listing[Volume]:
        """ListPersistentVolume: the volumes of one cluster."""
        form = {"ClusterInstanceId": cluster_id}
        return await self._pages(
            "ListPersistentVolume", Volume, lambda item: item.name, form=form, sizes=VOLUME_PAGE_SIZES
        )

    async def list_apps(self) -> Listing[App]:
        """ListApp: the apps that this identity is a member of."""
        return await self._pages("ListApp", App, lambda item: item.app_id, method="GET")

    async def list_app_environments(self, app_id: str) -> Listing[Environment]:
        """ListAppEnvironment: the environments of one app."""
        query = {"AppId": app_id}
        return await self._pages("ListAppEnvironment", Environment, lambda item: item.env_id, method="GET", query=query)

    async def list_app_resource_allocs(self) -> Listing[ResourceAllocation]:
        """ListAppResourceAllocs: which clusters each environment may use, for all apps."""
        return await self._pages(
            "ListAppResourceAllocs",
            ResourceAllocation,
            lambda item: (item.app_env_id, item.cluster_id),
            method="GET",
        )

    async def list_app_instances(self, app_id: str, env_id: str) -> Listing[AppInstance]:
        """ListAppInstance: the instances that one environment has now."""
        form = {"AppId": app_id, "EnvId": env_id}
        return await self._pages("ListAppInstance", AppInstance, lambda item: item.app_instance_id, form=form)

    async def list_persistent_volume_claims(self, app_id: str, env_id: str) -> Listing[Claim]:
        """ListPersistentVolumeClaim: the volume claims of one environment."""
        query = {"AppId": app_id, "EnvId": env_id}
        return await self._pages("ListPersistentVolumeClaim", Claim, lambda item: item.name, query=query)

    async def list_deploy_orders(
        self,
        app_id: str,
        *,
        env_id: str | None = None,
        started_from: str | None = None,
        started_before: str | None = None,
        results: Sequence[int] = (),
    ) -> Listing[DeployOrder]:
        """ListDeployOrders with DeployCategory=deploy, filtered by start time and result.

        Times are written as ``2020-01-01 00:00:00``, in a zone that is not documented. No filter is certain to be
        honoured, and the order of the rows is not documented either. A list whose ``results`` are not honoured is cut
        at the first page that shows it, and not complete.
        """
        query: Parameters = {
            "AppId": app_id,
            "EnvId": env_id,
            "DeployCategory": "deploy",
            "StartTimeGreaterThanOrEqualTo": started_from,
            "StartTimeLessThan": started_before,
        }
        asked = {str(result) for result in results}
        lists: Parameters | None = {"ResultList": results} if results else None
        return await self._pages(
            "ListDeployOrders",
            DeployOrder,
            lambda item: item.deploy_order_id,
            query=query,
            lists=lists,
            wanted=lambda item: not results or text(item.result) in asked,
        )

    async def deploy_order(self, order_id: str) -> DeployOrder:
        """DescribeDeployOrderDetail: one order."""
        operation = "DescribeDeployOrderDetail"
        answer = await self._rpc.call(operation, query={"DeployOrderId": order_id})
        order = DeployOrder.read(field(answer, "Result"))
        if order is None:
            raise BadResponseError(f"{operation}: the answer has no order", operation=operation)
        return order

    async def list_pods(self, order_id: str, results: Sequence[int] = ()) -> Listing[Pod]:
        """ListPods: the instances that one deploy order deploys; the filter by result may not be honoured."""
        lists: Parameters | None = {"ResultList": results} if results else None
        query = {"DeployOrderId": order_id}
        return await self._pages("ListPods", Pod, lambda item: item.identity, query=query, lists=lists)

    async def list_backups(self, db_instance_id: str) -> tuple[Listing[Backup], object]:
        """GetRdsBackUp: the backup sets kept of one RDS instance, and ``TotalBackupSize`` (bytes) as written."""
        operation = "GetRdsBackUp"
        total_size: object = None

        async def ask(number: int, size: int) -> Page[Backup]:
            nonlocal total_size
            form: Parameters = {"DbInstanceId": db_instance_id, "PageNumber": number, "PageSize": size}
            answer = await self._rpc.call(operation, form=form)
            result = mapping(field(answer, "Result"))
            total_size = field(result, "TotalBackupSize")
            total = stated_number(result, "TotalRecordCount")
            listed = field(result, "Items")
            items, bad = read_items(listed, Backup, operation=operation, name="Result.Items", total=total)
            return Page(items, bad, total)

        listing = await numbered_pages(ask, lambda item: item.backup_id, BACKUP_PAGE_SIZES, operation=operation)
        return listing, total_size

    async def _pages(
        self,
        operation: str,
        model: type[PayloadT],
        key: Callable[[PayloadT], Hashable],
        *,
        number: str = "PageNumber",
        method: str = "POST",
        query: Parameters | None = None,
        form: Parameters | None = None,
        lists: Parameters | None = None,
        sizes: Sequence[int] = PAGE_SIZES,
        wanted: Callable[[PayloadT], bool] | None = None,
    ) -> Listing[PayloadT]:
        """All items of a list; paging stands in ``form`` where there is one, else in the query beside ``lists``."""

        async def ask(page_number: int, size: int) -> Page[PayloadT]:
            paging = {number: page_number, "PageSize": size}
            answer = await self._rpc.call(
                operation,
                method=method,
                query={**(query or {}), **paging} if form is None else None,
                form={**form, **paging} if form is not None else lists,
            )
            # The manual's example of ListAppResourceAllocs wraps the envelope once more.
            envelope = mapping(field(answer, f"{operation}Response")) or answer
            total = stated_number(envelope, "TotalCount")
            data = field(envelope, "Data")
            items, bad = read_items(data, model, operation=operation, name="Data", total=total)
            return Page(items, bad, total, stated_number(envelope, "PageSize"))

        return await numbered_pages(ask, key, sizes, wanted, operation=operation)
