"""Reading the backup sets of one RDS instance: from RDS itself where that may be asked, else through RetailCloud.

A part of rds_backups. Both operations tell of the same sets; RDS writes its times in UTC, RetailCloud without a zone.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass

from exporter.clouds.aliyun.rds import DESCRIBE_BACKUPS, DESCRIBE_DB_INSTANCES, Databases
from exporter.clouds.aliyun.retailcloud import GET_RDS_BACK_UP
from exporter.clouds.aliyun.retailcloud_models import Backup
from exporter.clouds.errors import BadResponseError, CloudError, NotOfferedError, PermissionDeniedError
from exporter.clouds.operation import Operation
from exporter.clouds.paging import Listing
from exporter.clouds.values import Raw
from exporter.collectors.rds_instances import Instance

DENIED_FOR = 6 * 3600.0  # seconds until an operation that was refused is tried again

Read = Callable[[], Awaitable[tuple[Listing[Backup], Raw]]]


@dataclass(frozen=True, slots=True)
class Denial:
    """DescribeBackups was refused for an instance, at an instant (epoch seconds)."""

    at: float
    was_permission: bool


@dataclass(frozen=True, slots=True)
class BackupSets:
    """What an operation told of the backup sets of an instance.

    ``total_size`` is as written, None where ``source`` has none. ``doubt`` is why the list is not to be relied on.
    """

    db_instance_id: str
    source: Operation
    listing: Listing[Backup]
    total_size: Raw
    doubt: BadResponseError | None = None


async def read_backup_sets(
    cloud: Databases, instance: Instance, denials: MutableMapping[str, Denial], now: float
) -> BackupSets:
    """All backup sets of an instance; raises CloudError, PermissionDeniedError where neither operation is allowed.

    Only a refusal leads from one operation to the other, and is remembered in ``denials``, by instance because policies
    may name some of them: asking twice in each run would be for nothing. Any other failure is not evaded: when
    operations took turns, so would what they tell apart.
    """
    name = instance.db_instance_id
    denial = denials.get(name)
    if instance.region and (denial is None or now - denial.at >= DENIED_FOR):

        async def from_rds() -> tuple[Listing[Backup], Raw]:
            return await cloud.rds(instance.region).describe_backups(name), None

        try:
            sets = await _read(name, DESCRIBE_BACKUPS, from_rds)
        except (PermissionDeniedError, NotOfferedError) as error:
            denial = denials[name] = Denial(now, isinstance(error, PermissionDeniedError))
        else:
            denials.pop(name, None)
            return sets
    try:
        return await _read(name, GET_RDS_BACK_UP, lambda: cloud.retailcloud.list_backups(name))
    except (PermissionDeniedError, NotOfferedError) as error:
        if isinstance(error, PermissionDeniedError) or (denial and denial.was_permission):
            raise _neither(error, denial) from None
        raise


def _neither(error: CloudError, denial: Denial | None) -> PermissionDeniedError:
    if denial is None:
        why = f"for which {DESCRIBE_DB_INSTANCES.permission} has to find the instance's region"
    else:
        why = "which was refused too" if denial.was_permission else "which is not offered"
    text = f"{error}; what is needed is {GET_RDS_BACK_UP.permission} or {DESCRIBE_BACKUPS.permission}, {why}"
    return PermissionDeniedError(text, operation=error.operation, request_id=error.request_id, code=error.code)


async def _read(db_instance_id: str, operation: Operation, read: Read) -> BackupSets:
    """The sets of a list, with a doubt where it cannot be relied on.

    A list that is not complete would count wrong, and an old set would pass for the latest: it fails the instance,
    whose earlier numbers stay. But a total may be too large for ever, or a set unreadable, and then there would never
    be a number. So a list that falls short without an error is read once more, at once: what changed meanwhile is
    whole now. What is short again with the same sets is what the vendor has, and is taken; unreadable sets are counted
    as such. It is not taken where it has no set at all (none is not to be told from all held back), nor where every
    set came twice: then the vendor ignores the page number, and there are more.
    """
    listing, total_size = await read()
    first = listing
    if _falls_short(first):
        listing, total_size = await read()
    doubt = None
    if _falls_short(listing) and not _is_all_there_is(first, listing):
        text = f"{operation.name}: the list of backups changed while it was read, or is held back"
        doubt = BadResponseError(text, operation=operation.name)
    return BackupSets(db_instance_id, operation, listing, total_size, doubt)


def _falls_short(listing: Listing[Backup]) -> bool:
    return not listing.complete and listing.error is None


def _is_all_there_is(first: Listing[Backup], second: Listing[Backup]) -> bool:
    alike = {each.backup_id for each in first.items} == {each.backup_id for each in second.items}
    return alike and len(second.items) > second.duplicates
