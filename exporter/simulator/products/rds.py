"""RDS, API version 2014-08-15: DescribeDBInstances, DescribeBackups."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from exporter.simulator.errors import ApiError
from exporter.simulator.operations import Call, Json, Operations, Parameters, invalid
from exporter.simulator.products.regions import known_region
from exporter.simulator.times import utc_seconds
from exporter.simulator.world.backups import BackupSet, DbInstance

OPERATIONS = Operations()
MAX_PAGE_SIZE = 100
_BACKUP_SIZES = (30, 50, 100)
_CHOICES: dict[str, tuple[str, ...]] = {
    "DBInstanceType": ("Primary", "Readonly", "Guard", "Temp"),
    "Engine": ("MySQL", "SQLServer", "PostgreSQL", "MariaDB"),
    "PayType": ("Postpaid", "Prepaid"),
    "Expired": ("True", "False"),
    "InstanceNetworkType": ("VPC", "Classic"),
    "BackupMode": ("Automated", "Manual"),
    "BackupStatus": ("Success", "Failed"),
    "BackupType": ("FullBackup", "IncrementalBackup"),
}
_ENGINES = (
    ("MySQL", "8.0", "mysql.n2.large.1"),
    ("MySQL", "5.7", "rds.mysql.s3.large"),
    ("PostgreSQL", "14.0", "pg.n2"),
)


@OPERATIONS.operation("DescribeDBInstances")
def describe_db_instances(call: Call) -> Json:
    """The SDK's model: RegionId required; MaxResults or NextToken make PageNumber and PageSize void."""
    region_id = known_region(call.query.text("RegionId"), 404)
    fits = _instance_filter(call.query)
    here = [_instance(call.now, each) for each in call.world.all_db_instances if each.region == region_id]
    found = [row for row in here if fits(row)]
    if call.query.optional("MaxResults") or call.query.optional("NextToken"):
        size = call.query.number("MaxResults", 30)
        rows, token = call.token_page(found, size, call.query.optional("NextToken"))
        paged: Json = {"NextToken": token}
    else:
        number, size = call.query.number("PageNumber", 1), call.query.number("PageSize", 30)
        if size > MAX_PAGE_SIZE:
            raise invalid("PageSize", "between 1 and 100")
        rows = list(call.page(found, number, size).rows)
        paged = {"PageNumber": number}
    return {
        "RequestId": call.request_id,
        "Items": {"DBInstance": rows},
        "PageRecordCount": len(rows),
        "TotalRecordCount": call.claimed_total(len(found), size),
        **paged,
    }


def _instance_filter(query: Parameters) -> Callable[[Json], bool]:
    """Whether a row has everything that is asked for; raises for a value that the documents do not have."""
    same = [
        "DBInstanceId",
        "DBInstanceStatus",
        "DBInstanceType",
        "DBInstanceClass",
        "Engine",
        "EngineVersion",
        "InstanceNetworkType",
        "PayType",
        "ResourceGroupId",
        "VpcId",
        "VSwitchId",
        "ZoneId",
    ]
    wanted = {name: _check(query, name) for name in same if query.optional(name)}
    expired, key, tagged = _check(query, "Expired"), query.optional("SearchKey"), _tagged(query)

    def fits(row: Json) -> bool:
        return (
            not tagged
            and all(row[name] == value for name, value in wanted.items())
            and expired in {"", str(row["LockMode"] == "LockByExpiration")}
            and any(key in str(row[name]) for name in ("DBInstanceId", "DBInstanceDescription"))
        )

    return fits


def _check(query: Parameters, name: str) -> str:
    value = query.optional(name)
    if name in _CHOICES and value not in {"", *_CHOICES[name]}:
        raise invalid(name, f"one of {', '.join(_CHOICES[name])}")
    return value


def _tagged(query: Parameters) -> bool:
    """Whether tags are asked for: no instance of this world has one."""
    try:
        return bool(json.loads(query.optional("Tags") or "{}"))
    except ValueError:
        raise invalid("Tags", "a JSON object") from None


def _instance(now: float, instance: DbInstance) -> Json:
    engine, version, shape = _ENGINES[instance.number % len(_ENGINES)]
    lapsed = 0 < instance.expires <= now
    row: Json = {
        "Category": "HighAvailability",
        "ConnectionMode": "Standard",
        "CreateTime": utc_seconds(instance.created),
        "DBInstanceClass": shape,
        "DBInstanceDescription": f"shop-db-{instance.number + 1}" if instance.number % 4 != 3 else instance.id,
        "DBInstanceId": instance.id,
        "DBInstanceMemory": 8192,
        "DBInstanceNetType": "Intranet",
        "DBInstanceStatus": "Running",
        "DBInstanceStorageType": "cloud_essd",
        "DBInstanceType": "Readonly" if instance.primary else "Primary",
        "DeletionProtection": True,
        "Engine": engine,
        "EngineVersion": version,
        "ExpireTime": utc_seconds(instance.expires) if instance.expires else "",
        "InsId": 1,
        "InstanceNetworkType": "VPC",
        "LockMode": "LockByExpiration" if lapsed else "Unlock",
        "LockReason": "instance_expire" if lapsed else "",
        "MutriORsignle": False,
        "PayType": "Prepaid" if instance.expires else "Postpaid",
        "ReadOnlyDBInstanceIds": {"ReadOnlyDBInstanceId": []},
        "RegionId": instance.region,
        "ResourceGroupId": "rg-simulated",
        "TipsLevel": 0,
        "VSwitchId": "vsw-simulated",
        "VpcCloudInstanceId": instance.id,
        "VpcId": "vpc-simulated",
        "ZoneId": f"{instance.region}-a",
    }
    return row | ({"MasterInstanceId": instance.primary} if instance.primary else {})


@OPERATIONS.operation("DescribeBackups")
def describe_backups(call: Call) -> Json:
    """The SDK's model: DBInstanceId required, pages of 30, 50 or 100; times are UTC in the query and in the answer."""
    query = call.query
    wanted = query.text("DBInstanceId")
    number, size = query.number("PageNumber", 1), query.number("PageSize", _BACKUP_SIZES[0])
    if size not in _BACKUP_SIZES:
        raise invalid("PageSize", "30, 50 or 100")
    filters = [*_backup_filters(query), *_times(query)]
    instance = next((instance for instance in call.world.all_db_instances if instance.id == wanted), None)
    if instance is None:
        raise ApiError(404, "InvalidDBInstanceId.NotFound", "The specified DBInstanceId does not exist.")
    found = [backup for backup in call.world.backup_sets(instance) if all(fits(backup) for fits in filters)]
    page = call.page(found, number, size)
    counted = str if call.quirks.rds_counters == "strings" else int
    return {
        "RequestId": call.request_id,
        "Items": {"Backup": page.of(_backup).rows},
        "PageNumber": counted(page.number),
        "PageRecordCount": counted(len(page.rows)),
        "TotalRecordCount": counted(page.total),
        "TotalEcsSnapshotSize": 0,
    }


def _backup_filters(query: Parameters) -> list[Callable[[BackupSet], bool]]:
    id_, mode, status, kind = (
        query.optional("BackupId"),
        *(_check(query, name) for name in ("BackupMode", "BackupStatus", "BackupType")),
    )
    return [
        lambda backup: id_ in {"", backup.id},
        lambda backup: mode in {"", _MODE[backup.automated]},
        lambda backup: status in {"", _STATUS[backup.succeeded]},
        lambda backup: kind in {"", _TYPE[backup.full]},
    ]


_MODE = {True: "Automated", False: "Manual"}
_STATUS = {True: "Success", False: "Failed"}
_TYPE = {True: "FullBackup", False: "IncrementalBackup"}


def _times(query: Parameters) -> list[Callable[[BackupSet], bool]]:
    """The sets that began between the two instants, either of which may be left out."""
    start, end = _minute(query, "StartTime", 0.0), _minute(query, "EndTime", float("inf"))
    if start >= end:
        raise invalid("EndTime", "later than StartTime")
    return [lambda backup: start <= backup.start <= end]


def _minute(query: Parameters, name: str, default: float) -> float:
    text = query.optional(name)
    if not text:
        return default
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise ApiError(400, f"Invalid{name}.Malformed", f"{name} is not of the form yyyy-MM-ddTHH:mmZ.") from None


def _backup(backup: BackupSet) -> Json:
    instance = backup.instance
    engine, version, _ = _ENGINES[instance.number % len(_ENGINES)]
    row: Json = {
        "BackupEndTime": utc_seconds(backup.end),
        "BackupId": backup.id,
        "BackupInitiator": "System" if backup.automated else "User",
        "BackupMethod": "Physical",
        "BackupMode": _MODE[backup.automated],
        "BackupSize": backup.size,
        "BackupStartTime": utc_seconds(backup.start),
        "BackupStatus": _STATUS[backup.succeeded],
        "BackupType": _TYPE[backup.full],
        "Checksum": "1835830439",
        "ConsistentTime": int(backup.end),
        "CopyOnlyBackup": "0",
        "DBInstanceId": instance.id,
        "Encryption": "{}",
        "Engine": engine,
        "EngineVersion": version,
        "HostInstanceID": str(8_317_197 + instance.number),
        "IsAvail": int(backup.succeeded),
        "MetaStatus": "OK" if backup.succeeded else "EMPTY",
        "StorageClass": "0",
        "StoreStatus": "Disabled",
    }
    if backup.succeeded:
        row["BackupDownloadURL"] = _signed_url(instance, backup, "")
        row["BackupIntranetDownloadURL"] = _signed_url(instance, backup, "-internal")
    return row


def _signed_url(instance: DbInstance, backup: BackupSet, network: str) -> str:
    """Where anybody can fetch the set: the vendor signs such URLs, so they are as good as a key."""
    host = f"rdsbak-sim.oss-{instance.region}{network}.aliyuncs.com"
    signature = "OSSAccessKeyId=canary-backup-key-id&Expires=4102444800&Signature=canary-backup-signature"
    return f"https://{host}/custins{instance.number}/hins{backup.id}.xb?{signature}"
