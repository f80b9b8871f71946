"""RDS instances of the simulated world and their backup sets: made at night, dropped after their retention."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from exporter.simulator.world.clusters import REGION, SECOND_REGION
from exporter.simulator.world.dice import DAY, HOUR, SHANGHAI, dice

_ELSEWHERE = 1000
"""Numbers from here on are those of instances in the second region."""


@dataclass(frozen=True, slots=True)
class DbInstance:
    """One RDS instance. Its id does not hang on the seed: settings name it before the world is there.

    ``primary`` is the id that a read-only replica copies, empty for a primary. Times are epoch seconds, ``expires`` is
    0 for pay-as-you-go.
    """

    number: int
    id: str
    created: float
    expires: float = 0.0
    region: str = REGION
    primary: str = ""

    @property
    def incremental(self) -> bool:
        """Whether it also makes incremental sets, every eight hours."""
        return self.number % 3 == 0


@dataclass(frozen=True, slots=True)
class BackupSet:
    """One backup set; times are epoch seconds, ``size`` is bytes."""

    id: str
    instance: DbInstance
    start: float
    end: float
    full: bool
    automated: bool
    succeeded: bool
    size: int


def make_db_instances(count: int, born: float) -> list[DbInstance]:
    """Primaries with ids rm-8vbsim0000000001 and so on; every second is a subscription, every tenth of them lapsed."""
    return [_primary(number, f"rm-8vbsim{number + 1:010d}", REGION, born) for number in range(count)]


def make_db_instances_elsewhere(count: int, born: float) -> list[DbInstance]:
    """Primaries of the second region, with ids rm-bp1sim0000000001 and so on."""
    return [
        _primary(_ELSEWHERE + number, f"rm-bp1sim{number + 1:010d}", SECOND_REGION, born) for number in range(count)
    ]


def make_db_replicas(count: int, primaries: Sequence[DbInstance], born: float) -> list[DbInstance]:
    """Read-only replicas of the primaries in turn, with ids rr-8vbsim0000000001 and so on; they make no backups."""
    return [
        DbInstance(
            number=number,
            id=f"rr-8vbsim{number + 1:010d}",
            created=born - (20 + number % 50) * DAY,
            primary=primaries[number % len(primaries)].id,
        )
        for number in range(count if primaries else 0)
    ]


def _primary(number: int, id_: str, region: str, born: float) -> DbInstance:
    left = (-2 if number % 20 == 19 else 20 + 15 * (number % 30)) * DAY
    return DbInstance(
        number=number,
        id=id_,
        created=born - (200 + number % 100) * DAY,
        expires=born + left if number % 2 else 0.0,
        region=region,
    )


def backup_sets(seed: int, instance: DbInstance, retention_days: int, now: float) -> list[BackupSet]:
    """The sets kept at a moment, newest first: those begun within the retention and done by now."""
    if instance.primary:
        return []
    today = math.floor((now + SHANGHAI) / DAY)
    made = [
        backup
        for day in range(today - retention_days - 1, today + 1)
        for backup in _of_day(seed, instance, day)
        if backup.end <= now and backup.start > now - retention_days * DAY
    ]
    return sorted(made, key=lambda backup: backup.start, reverse=True)


def _of_day(seed: int, instance: DbInstance, day: int) -> list[BackupSet]:
    rolls = dice(seed, "backup", instance.number, day)
    midnight = day * DAY - SHANGHAI
    nightly = midnight + 4 * HOUR + 40 * 60 + rolls.uniform(0, 300)
    size = int((20 + 7 * (instance.number % _ELSEWHERE)) * 1024**3 * (1 + (day % 400) / 1000))
    base = 300_000_000 + day * 1000 + instance.number * 100_000_000
    failed = rolls.random() < 0.04 and instance.number % 3 == 1
    sets = [
        BackupSet(
            id=str(base),
            instance=instance,
            start=nightly,
            end=nightly + rolls.uniform(300, 1500),
            full=True,
            automated=True,
            succeeded=not failed,
            size=0 if failed else size,
        )
    ]
    if day % 9 == 4:
        start = midnight + 12 * HOUR + rolls.uniform(0, 600)
        end = start + rolls.uniform(300, 1500)
        sets.append(BackupSet(str(base + 1), instance, start, end, True, False, True, size))
    if instance.incremental:
        for turn in range(3):
            start = midnight + (turn * 8 + 1) * HOUR + rolls.uniform(0, 120)
            end = start + rolls.uniform(30, 200)
            sets.append(BackupSet(str(base + 2 + turn), instance, start, end, False, True, True, size // 50))
    return sets
