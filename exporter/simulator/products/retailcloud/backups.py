"""RetailCloud's view of RDS backups: GetRdsBackUp."""

from exporter.simulator.errors import BusinessError
from exporter.simulator.operations import Call, Json, invalid
from exporter.simulator.products.retailcloud.product import OPERATIONS, detail
from exporter.simulator.quirks import Quirks
from exporter.simulator.times import written
from exporter.simulator.world.backups import BackupSet

NO_SUCH_INSTANCE = 102406
_TYPES = {"FullBackup": True, "IncrementalBackup": False}
_SIZES = (30, 50, 100)
_LOWER = {"DBInstanceId": "dBInstanceId", "HostInstanceID": "hostInstanceId"}


@OPERATIONS.operation("GetRdsBackUp", "ErrMsg")
def get_rds_back_up(call: Call) -> Json:
    """Manual 6.7: everything in the form, pages of 30, 50 or 100; its samples write all keys in lower camel case."""
    wanted = call.form.text("DbInstanceId")
    kind, backup_id = call.form.optional("BackupType"), call.form.optional("BackupId")
    number, size = call.form.number("PageNumber", 1), call.form.number("PageSize", _SIZES[0])
    if size not in _SIZES:
        raise invalid("PageSize", "30, 50 or 100")
    if kind not in {"", *_TYPES}:
        raise invalid("BackupType", "FullBackup or IncrementalBackup")
    instance = next((instance for instance in call.world.all_db_instances if instance.id == wanted), None)
    if instance is None:
        raise BusinessError(NO_SUCH_INSTANCE, "The database instance does not exist")
    found = [
        backup
        for backup in call.world.backup_sets(instance)
        if (not kind or backup.full == _TYPES[kind]) and backup_id in {"", backup.id}
    ]
    page = call.page(found, number, size)
    counted = str if call.quirks.rds_counters == "strings" else int
    result: Json = {
        "Items": [_backup(call.quirks, backup) for backup in page.rows],
        "PageNumber": counted(page.number),
        "PageRecordCount": counted(len(page.rows)),
        "TotalBackupSize": sum(backup.size for backup in found),
        "TotalRecordCount": counted(page.total),
    }
    answer = detail(call, result)
    return _lowered(answer) if call.quirks.rds_casing == "lower" else answer


def _backup(quirks: Quirks, backup: BackupSet) -> Json:
    return {
        "BackupDBNames": "shop,orders",
        "BackupEndTime": written(backup.end, quirks, "naive_local"),
        "BackupExtractionStatus": "",
        "BackupId": backup.id,
        "BackupLocation": "OSS",
        "BackupMethod": "Physical",
        "BackupMode": "Automated" if backup.automated else "Manual",
        "BackupScale": "DBInstance",
        "BackupSize": backup.size,
        "BackupStartTime": written(backup.start, quirks, "naive_local"),
        "BackupStatus": "Success" if backup.succeeded else "Failed",
        "BackupType": "FullBackup" if backup.full else "IncrementalBackup",
        "DBInstanceId": backup.instance.id,
        "HostInstanceID": str(8_317_197 + backup.instance.number),
        "MetaStatus": "OK" if backup.succeeded else "EMPTY",
        "StoreStatus": "Disabled",
        "TotalBackupSize": backup.size,
    }


def _lowered(row: Json) -> Json:
    """The object with the manual's lower camel keys, and so all objects within."""
    return {_LOWER.get(key, key[0].lower() + key[1:]): _lowered_value(value) for key, value in row.items()}


def _lowered_value(value: object) -> object:
    if isinstance(value, list):
        return [_lowered_value(item) for item in value]
    return _lowered(value) if isinstance(value, dict) else value
