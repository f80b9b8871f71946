"""An account with RDS instances in several regions, whose backups can be asked for in two ways."""

from dataclasses import replace

from exporter.clouds.aliyun.rds import DbInstance
from exporter.clouds.aliyun.retailcloud_models import Backup
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors.rds_backups import COLLECTOR
from tests.doubles import PLACE, Bench


def instance(name, **fields):
    written = {
        "DBInstanceId": name,
        "DBInstanceDescription": f"name of {name}",
        "DBInstanceType": "Primary",
        "DBInstanceStatus": "Running",
        "Engine": "MySQL",
        "PayType": "Postpaid",
    }
    read = DbInstance.read(written | fields)
    assert read is not None
    return read


def backup(backup_id="1", start="2026-01-01T04:40:00Z", end="2026-01-01T04:41:30Z", **fields):
    written = {
        "BackupId": backup_id,
        "BackupStartTime": start,
        "BackupEndTime": end,
        "BackupType": "FullBackup",
        "BackupMode": "Automated",
        "BackupStatus": "Success",
        "BackupSize": 2048,
    }
    read = Backup.read(written | fields)
    assert read is not None
    return read


class Account:
    """Instances by region, of which a list or an error may take the place; sets by instance, the same both ways.

    ``refused`` are raised by DescribeBackups (``rds``) or GetRdsBackUp (``retailcloud``) of an instance, or of all
    ("*"). ``calls`` are those of the run under way.
    """

    def __init__(self, **regions) -> None:
        self.instances = {region.replace("_", "-"): found for region, found in regions.items()}
        self.homes = {each.db_instance_id: region for region, found in self.instances.items() for each in found}
        self.sets: dict[str, object] = {}
        self.refused: dict[tuple[str, str], Exception] = {}
        self.calls: list[tuple[str, str]] = []

    @property
    def regions(self):
        return tuple(self.instances)

    @property
    def retailcloud(self):
        return self

    def rds(self, region):
        return Region(self, region)

    async def list_backups(self, name):
        listing = self.answer("retailcloud", name)
        return listing, sum(int(str(each.backup_size)) for each in listing.items)

    def answer(self, way, name):
        self.calls.append((way, name))
        error = self.refused.get((way, name)) or self.refused.get((way, "*"))
        if error is not None:
            raise error
        found = self.sets.get(name, (backup(),))
        return found if isinstance(found, Listing) else Listing(tuple(found))

    def calls_of_this_run(self):
        calls, self.calls = self.calls, []
        return sorted(calls)


class Region:
    """RDS in one region."""

    def __init__(self, account, region) -> None:
        self._account, self._region = account, region

    async def describe_db_instances(self):
        self._account.calls.append(("list", self._region))
        found = self._account.instances[self._region]
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, Listing) else Listing(tuple(found))

    async def describe_backups(self, name):
        assert self._region == self._account.homes[name]
        return self._account.answer("rds", name)


def bench_of(account, *, listed=None):
    place = replace(PLACE, instances=listed)
    return Bench(COLLECTOR, account, place=place, limits=Limits(1800, 300, 5400, 50_000))
