"""RDS backups: the latest set, the last success and the oldest set of every configured instance.

Reads GetRdsBackUp of RetailCloud (one call an instance and 100 sets) every 30 minutes.
Permission: retailcloud:GetRdsBackUp (name not documented by the vendor).
"""

from dataclasses import dataclass
from datetime import tzinfo

from exporter.clouds.aliyun.retailcloud import GET_RDS_BACK_UP, RetailCloud
from exporter.clouds.aliyun.retailcloud_models import Backup
from exporter.clouds.errors import BadResponseError
from exporter.clouds.paging import Listing
from exporter.clouds.values import Raw, count, instant, text
from exporter.collectors.collector import Collector
from exporter.collectors.rows import UNKNOWN, Oddity, Rows, shortened
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

KEY = ("account", "db_instance_id")
TYPED = (*KEY, "backup_type")
TYPES = {"fullbackup": "full", "incrementalbackup": "incremental"}
MODES = {"automated": "automated", "manual": "manual"}
# The manual of GetRdsBackUp knows Success only; Failed is in the documents of RDS itself.
STATUSES = {"success": "success", "failed": "failed"}
ALL_STATUSES = (*STATUSES.values(), UNKNOWN)
WHOLE = ""  # the owner of what is known without asking for an instance

INFO = Metric(
    "aliyun_rds_instance_info",
    "An RDS instance whose backups are asked for, also when they cannot be read; always 1. From the settings: labels "
    "that they do not tell are empty.",
    (*KEY, "db_instance_name", "engine", "instance_type", "region_id"),
)
LATEST_STATUS = Metric(
    "aliyun_rds_backup_latest_status",
    "1 for the state of the backup set that started last; absent where there is no set of the type, unknown where no "
    "start can be read and the states differ. GetRdsBackUp BackupStatus; MetaStatus EMPTY is failed, whatever "
    "BackupStatus says.",
    (*TYPED, "status"),
    states=ALL_STATUSES,
)
LATEST_START = Metric(
    "aliyun_rds_backup_latest_start_timestamp_seconds",
    "When the latest backup set was started, epoch seconds. GetRdsBackUp BackupStartTime.",
    TYPED,
)
LATEST_END = Metric(
    "aliyun_rds_backup_latest_end_timestamp_seconds",
    "When the latest backup set was ready, epoch seconds. GetRdsBackUp BackupEndTime.",
    TYPED,
)
LATEST_DURATION = Metric(
    "aliyun_rds_backup_latest_duration_seconds",
    "How long the latest backup set took, in seconds. GetRdsBackUp BackupEndTime less BackupStartTime.",
    TYPED,
)
LATEST_SIZE = Metric(
    "aliyun_rds_backup_latest_size_bytes",
    "Size of the latest backup set, in bytes. GetRdsBackUp BackupSize.",
    TYPED,
)
LAST_SUCCESS = Metric(
    "aliyun_rds_backup_last_success_timestamp_seconds",
    "When the newest successful backup set of a mode was ready, epoch seconds. GetRdsBackUp BackupEndTime, BackupMode.",
    (*TYPED, "backup_mode"),
)
OLDEST_SET = Metric(
    "aliyun_rds_backup_oldest_set_timestamp_seconds",
    "When the oldest backup set that is kept was started, epoch seconds. GetRdsBackUp BackupStartTime.",
    TYPED,
)
SETS = Metric(
    "aliyun_rds_backup_sets",
    "Backup sets that are kept, by state. GetRdsBackUp Items.",
    (*TYPED, "status"),
    states=ALL_STATUSES,
)
TOTAL_SIZE = Metric(
    "aliyun_rds_backup_total_size_bytes",
    "Size of all backup sets, in bytes. GetRdsBackUp TotalBackupSize.",
    KEY,
)


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of the settings."""

    db_instance_id: str


@dataclass(frozen=True, slots=True)
class InstanceBackups:
    """All backup sets of an instance, and their total size as written."""

    db_instance_id: str
    backups: tuple[Backup, ...]
    total_size: Raw


@dataclass(frozen=True, slots=True)
class _Set:
    """One backup set in our words; times in epoch seconds."""

    backup: Backup
    type: str
    status: str
    mode: str
    start: float | None
    end: float | None


async def fetch(cloud: RetailCloud, run: Run[Instance | InstanceBackups]) -> None:
    """Ask for the backup sets of each instance.

    A list that is not complete would count wrong, and an old set would pass for the latest: it fails the instance,
    whose earlier numbers stay. But a total may be too large for ever, or a set unreadable, and then there would never
    be a number. So a list that falls short without an error is read once more, at once: what changed meanwhile is
    whole now. What is short again with the same sets is what the vendor has, and is taken; unreadable sets are counted
    as such. It is not taken where it has no set at all (none is not to be told from all held back), nor where every
    set came twice: then the vendor ignores the page number, and there are more.
    """
    instances = run.place.instances or ()
    run.known((WHOLE, *instances), complete=True)
    for instance in instances:
        run.keep(WHOLE, Instance(instance), unit=instance)

    async def ask(instance: str) -> None:
        listing, total_size = await cloud.list_backups(instance)
        first = listing
        if _falls_short(first):
            listing, total_size = await cloud.list_backups(instance)
        run.listed_of(instance, listing, SETS)
        if _falls_short(listing) and not _is_all_there_is(first, listing):
            operation = GET_RDS_BACK_UP.name
            raise BadResponseError(
                f"{operation}: the list of backups changed while it was read, or is held back", operation=operation
            )
        if listing.error is None:
            run.keep(instance, InstanceBackups(instance, listing.items, total_size))

    await run.each(instances, ask)


def _falls_short(listing: Listing[Backup]) -> bool:
    return not listing.complete and listing.error is None


def _is_all_there_is(first: Listing[Backup], second: Listing[Backup]) -> bool:
    alike = {each.backup_id for each in first.items} == {each.backup_id for each in second.items}
    return alike and len(second.items) > second.duplicates


def samples(payload: Instance | InstanceBackups, place: Place) -> Rows:
    """The row of an instance, or those of its backup sets."""
    rows = Rows(account=place.account, db_instance_id=payload.db_instance_id)
    if isinstance(payload, Instance):
        rows.info(INFO, db_instance_name="", engine="", instance_type="", region_id="")
        return rows
    sets = [_read(rows, backup, place.zone) for backup in payload.backups]
    for type_ in (*TYPES.values(), UNKNOWN):
        of_type = [each for each in sets if each.type == type_]
        if of_type or type_ == "full":
            _of_type(rows.under(backup_type=type_), of_type)
    rows.read(TOTAL_SIZE, count, payload.total_size)
    return rows


def _read(rows: Rows, backup: Backup, zone: tzinfo) -> _Set:
    failed = text(backup.meta_status).upper() == "EMPTY"
    return _Set(
        backup,
        type=_word(rows, SETS, backup.backup_type, TYPES),
        status="failed" if failed else _word(rows, LATEST_STATUS, backup.backup_status, STATUSES),
        mode=_word(rows, SETS, backup.backup_mode, MODES),
        start=rows.reading(LATEST_START, lambda raw: instant(raw, zone), backup.backup_start_time),
        end=rows.reading(LATEST_END, lambda raw: instant(raw, zone), backup.backup_end_time),
    )


def _word(rows: Rows, metric: Metric, raw: Raw, words: dict[str, str]) -> str:
    """Our word for the vendor's; an undocumented one is noted for ``metric``, which has states to count it by."""
    word = words.get(text(raw).lower())
    if word is None and raw is not None:
        rows.note(Oddity("unknown_state", metric, shortened(raw)))
    return word or UNKNOWN


def _of_type(rows: Rows, sets: list[_Set]) -> None:
    for status in ALL_STATUSES:
        rows.value(SETS, sum(each.status == status for each in sets), status=status)
    started = [(each.start, each.end or 0, each.backup.backup_id, each) for each in sets if each.start is not None]
    if started:
        rows.value(OLDEST_SET, min(started)[0])
        _latest(rows, max(started, key=lambda entry: entry[:3])[3])
    elif sets:
        # Which one is the latest is not known; its state is where all have the same.
        states = {each.status for each in sets}
        rows.states(LATEST_STATUS, states.pop() if len(states) == 1 else UNKNOWN)
    for mode in MODES.values():
        ends = [each.end for each in sets if each.status == "success" and each.mode == mode and each.end is not None]
        rows.value(LAST_SUCCESS, max(ends, default=None), backup_mode=mode)


def _latest(rows: Rows, latest: _Set) -> None:
    rows.states(LATEST_STATUS, latest.status)
    rows.value(LATEST_START, latest.start)
    rows.value(LATEST_END, latest.end)
    if latest.start is not None and latest.end is not None and latest.end >= latest.start:
        rows.value(LATEST_DURATION, latest.end - latest.start)
    rows.read(LATEST_SIZE, count, latest.backup.backup_size)


COLLECTOR = Collector(
    name="rds_backups",
    product=RetailCloud,
    scope="global",
    operations=(GET_RDS_BACK_UP,),
    metrics=(
        INFO,
        LATEST_STATUS,
        LATEST_START,
        LATEST_END,
        LATEST_DURATION,
        LATEST_SIZE,
        LAST_SUCCESS,
        OLDEST_SET,
        SETS,
        TOTAL_SIZE,
    ),
    interval=1800,
    timeout=300,
    fetch=fetch,
    samples=samples,
    needs_instances=True,
)
