"""Relational databases (RDS), API version 2014-08-15: the instances of a region and their backup sets."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from exporter.clouds.aliyun.retailcloud import RetailCloud
from exporter.clouds.aliyun.retailcloud_models import Backup
from exporter.clouds.aliyun.rpc import RpcProduct
from exporter.clouds.aliyun.rpc_lists import NestedList
from exporter.clouds.http import Channel
from exporter.clouds.operation import Operation
from exporter.clouds.paging import Listing
from exporter.clouds.payload import Identifier, Payload, Text

VERSION = "2014-08-15"
PAGE_SIZES = (100, 30)  # the documented maximum and default

# Its page names no permission; it is named as those of the product's other operations are.
DESCRIBE_DB_INSTANCES = Operation("rds", "DescribeDBInstances", "rds:DescribeDBInstances")
DESCRIBE_BACKUPS = Operation(
    "rds", "DescribeBackups", "rds:DescribeBackups", documented=True, resource="acs:rds:*:*:dbinstance/*"
)

Raw = object
_PRIMARY = "Primary"


class DbInstance(Payload):
    """An item of DescribeDBInstances."""

    db_instance_id: Identifier
    db_instance_description: Text = ""
    db_instance_type: Text = ""
    db_instance_status: Text = ""
    engine: Text = ""
    pay_type: Text = ""
    expire_time: Raw = None


_INSTANCES = NestedList(
    DESCRIBE_DB_INSTANCES.name,
    "Items",
    "DBInstance",
    DbInstance,
    lambda item: item.db_instance_id,
    PAGE_SIZES,
    total="TotalRecordCount",
)
# The fields are those of GetRdsBackUp, which hands them on; the signed URLs beside them are not read.
_BACKUPS = NestedList(
    DESCRIBE_BACKUPS.name,
    "Items",
    "Backup",
    Backup,
    lambda item: item.backup_id,
    PAGE_SIZES,
    total="TotalRecordCount",
)


class Rds:
    """The product for one account and region."""

    product: ClassVar = "rds"
    provider: ClassVar = "aliyun"

    def __init__(self, channel: Channel) -> None:
        self._rpc = RpcProduct(channel, VERSION)
        self._region = channel.region

    async def describe_db_instances(self) -> Listing[DbInstance]:
        """DescribeDBInstances: the primary instances; NotOfferedError in a region without the product."""
        listing, _ = await _INSTANCES.read(self._rpc, {"RegionId": self._region, "DBInstanceType": _PRIMARY})
        # The filter may be ignored; a read-only instance has no backups of its own.
        primaries = [item for item in listing.items if item.db_instance_type.lower() in {"", _PRIMARY.lower()}]
        return replace(listing, items=tuple(primaries))

    async def describe_backups(self, db_instance_id: str) -> Listing[Backup]:
        """DescribeBackups: the backup sets kept of one instance; times are in UTC."""
        listing, _ = await _BACKUPS.read(self._rpc, {"DBInstanceId": db_instance_id})
        return listing


class Databases:
    """The ways to the RDS instances of an account: RDS in each of its regions, and RetailCloud for their backups."""

    product: ClassVar = "retailcloud"
    provider: ClassVar = "aliyun"

    def __init__(self, channel: Channel) -> None:
        self.retailcloud = RetailCloud(channel)
        self.regions: Sequence[str] = channel.regions
        self._rds = {region: Rds(channel.elsewhere("rds", region)) for region in self.regions}

    def rds(self, region: str) -> Rds:
        """RDS in one of ``regions``."""
        return self._rds[region]
