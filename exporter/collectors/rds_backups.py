"""RDS backups: the latest set, the last success and the oldest set of every instance; and when instances expire.

Every 30 minutes reads DescribeDBInstances of RDS (one call a region and 100 instances), which also finds the instances
where the settings do not list them, and then DescribeBackups of RDS, or GetRdsBackUp of RetailCloud where that is
refused or the instance's region is not known (one call an instance and 100 sets). Permissions: rds:DescribeDBInstances
(name not documented by the vendor), and one of rds:DescribeBackups and retailcloud:GetRdsBackUp (name not documented).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from exporter.clouds.aliyun.rds import DESCRIBE_BACKUPS, DESCRIBE_DB_INSTANCES, Databases
from exporter.clouds.aliyun.retailcloud import GET_RDS_BACK_UP
from exporter.clouds.aliyun.retailcloud_models import Backup
from exporter.clouds.values import Raw, count, expiry, instant, text
from exporter.collectors.collector import Collector
from exporter.collectors.rds_backup_sets import BackupSets, Denial, read_backup_sets
from exporter.collectors.rds_instances import Instance, find_instances
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
LEAVING = frozenset({"deleting", "released"})  # states of an instance whose expiry is nobody's concern any more
WHOLE = ""  # the owner of what is known without asking for an instance

INFO = Metric(
    "aliyun_rds_instance_info",
    "An RDS instance whose backups are asked for, also when they cannot be read; always 1; labels are empty where they "
    "are not known. DescribeDBInstances DBInstanceDescription, Engine, DBInstanceType.",
    (*KEY, "db_instance_name", "engine", "instance_type", "region_id"),
)
EXPIRY = Metric(
    "aliyun_rds_instance_expiry_timestamp_seconds",
    "When the subscription ends, epoch seconds; absent for pay-as-you-go and for instances that are being released. "
    "DescribeDBInstances ExpireTime.",
    KEY,
)
LATEST_STATUS = Metric(
    "aliyun_rds_backup_latest_status",
    "1 for the state of the backup set that started last; absent where there is no set of the type, unknown where no "
    "start can be read and the states differ. GetRdsBackUp or DescribeBackups BackupStatus; "
    "MetaStatus EMPTY is failed, whatever BackupStatus says.",
    (*TYPED, "status"),
    states=ALL_STATUSES,
)
LATEST_START = Metric(
    "aliyun_rds_backup_latest_start_timestamp_seconds",
    "When the latest backup set was started, epoch seconds. GetRdsBackUp or DescribeBackups BackupStartTime.",
    TYPED,
)
LATEST_END = Metric(
    "aliyun_rds_backup_latest_end_timestamp_seconds",
    "When the latest backup set was ready, epoch seconds. GetRdsBackUp or DescribeBackups BackupEndTime.",
    TYPED,
)
LATEST_DURATION = Metric(
    "aliyun_rds_backup_latest_duration_seconds",
    "How long the latest backup set took, in seconds. GetRdsBackUp or DescribeBackups BackupEndTime less "
    "BackupStartTime.",
    TYPED,
)
LATEST_SIZE = Metric(
    "aliyun_rds_backup_latest_size_bytes",
    "Size of the latest backup set, in bytes. GetRdsBackUp or DescribeBackups BackupSize.",
    TYPED,
)
LAST_SUCCESS = Metric(
    "aliyun_rds_backup_last_success_timestamp_seconds",
    "When the newest successful backup set of a mode was ready, epoch seconds. GetRdsBackUp or DescribeBackups "
    "BackupEndTime, BackupMode.",
    (*TYPED, "backup_mode"),
)
OLDEST_SET = Metric(
    "aliyun_rds_backup_oldest_set_timestamp_seconds",
    "When the oldest backup set that is kept was started, epoch seconds. GetRdsBackUp or DescribeBackups "
    "BackupStartTime.",
    TYPED,
)
SETS = Metric(
    "aliyun_rds_backup_sets",
    "Backup sets that are kept, by state. GetRdsBackUp or DescribeBackups Items.",
    (*TYPED, "status"),
    states=ALL_STATUSES,
)
TOTAL_SIZE = Metric(
    "aliyun_rds_backup_total_size_bytes",
    "Size of all backup sets, in bytes. GetRdsBackUp TotalBackupSize; the sum of DescribeBackups BackupSize, which is "
    "what the vendor's sample has there, absent where one of them is not known.",
    KEY,
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the next run starts from: instances by id, and for which of them DescribeBackups was refused."""

    instances: Mapping[str, Instance] = field(default_factory=dict)
    denials: Mapping[str, Denial] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Set:
    """One backup set in our words; times in epoch seconds."""

    backup: Backup
    type: str
    status: str
    mode: str
    start: float | None
    end: float | None


async def fetch(cloud: Databases, run: Run[Instance | BackupSets]) -> None:
    """Find the instances, then ask for the backup sets of each.

    What is known of an instance without its backups is no success of a run: it stands under no owner.
    """
    known = run.memory if isinstance(run.memory, Known) else Known()
    instances = await find_instances(cloud, run, known.instances, INFO)
    run.known((WHOLE, *instances), complete=True)
    for name, instance in instances.items():
        run.keep(WHOLE, instance, unit=name)
    denials = {name: denial for name, denial in known.denials.items() if name in instances}

    async def ask(name: str) -> None:
        sets = await read_backup_sets(cloud, instances[name], denials, run.now)
        if sets.doubt is not None:
            run.fail(name, sets.doubt)
        run.listed_of(name, sets.listing, SETS)
        if sets.doubt is None and sets.listing.error is None:
            run.keep(name, sets)

    try:
        await run.each(instances, ask)
    finally:  # also in a run that is stopped by its timeout
        run.remember(Known(instances, denials))


def samples(payload: Instance | BackupSets, place: Place) -> Rows:
    """The rows of an instance, or those of its backup sets."""
    rows = Rows(account=place.account, db_instance_id=payload.db_instance_id)
    if isinstance(payload, Instance):
        _instance(rows, payload, place.zone)
    else:
        _backups(rows, payload, place.zone)
    return rows


def _instance(rows: Rows, instance: Instance, zone: tzinfo) -> None:
    facts = instance.facts
    rows.info(
        INFO,
        db_instance_name=facts.db_instance_description if facts else "",
        engine=facts.engine if facts else "",
        instance_type=facts.db_instance_type if facts else "",
        region_id=instance.region,
    )
    if facts and facts.pay_type.lower() != "postpaid" and facts.db_instance_status.lower() not in LEAVING:
        rows.read(EXPIRY, lambda raw: expiry(instant(raw, zone)), facts.expire_time)


def _backups(rows: Rows, payload: BackupSets, zone: tzinfo) -> None:
    from_rds = payload.source == DESCRIBE_BACKUPS
    backups = payload.listing.items
    sets = [_read(rows, backup, UTC if from_rds else zone) for backup in backups]
    for type_ in (*TYPES.values(), UNKNOWN):
        of_type = [each for each in sets if each.type == type_]
        if of_type or type_ == "full":
            _of_type(rows.under(backup_type=type_), of_type)
    if not from_rds:
        rows.read(TOTAL_SIZE, count, payload.total_size)
    elif payload.listing.complete:
        sizes = [rows.reading(TOTAL_SIZE, count, backup.backup_size) for backup in backups]
        known = [size for size in sizes if size is not None]
        rows.value(TOTAL_SIZE, sum(known, 0.0) if len(known) == len(sizes) else None)


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
    product=Databases,
    scope="global",
    operations=(DESCRIBE_DB_INSTANCES, DESCRIBE_BACKUPS, GET_RDS_BACK_UP),
    one_of=(DESCRIBE_BACKUPS, GET_RDS_BACK_UP),
    metrics=(
        INFO,
        EXPIRY,
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
    memory=Known,
    needs_instances=True,
)
