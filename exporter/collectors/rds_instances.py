"""Which RDS instances an account has: those of its settings, or those that RDS lists in its regions.

A part of rds_backups, which asks for their backups.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from exporter.clouds.aliyun.rds import DESCRIBE_DB_INSTANCES, Databases, DbInstance
from exporter.clouds.errors import NotOfferedError
from exporter.clouds.paging import attempt
from exporter.collectors.run import Run
from exporter.metric import Metric

KNOWN_FOR = 6 * 3600.0  # seconds


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance whose backups are asked for.

    ``region`` and ``facts`` are there where RDS has listed it, at ``listed_at`` (epoch seconds).
    """

    db_instance_id: str
    region: str = ""
    facts: DbInstance | None = None
    listed_at: float = 0


async def find_instances(
    cloud: Databases, run: Run[Instance], earlier: Mapping[str, Instance], metric: Metric
) -> dict[str, Instance]:
    """The instances by id; ``earlier`` are those of the run before, ``metric`` is charged with odd rows.

    Where the settings list instances, RDS only adds what it knows of them, and a region that fails costs no more than
    that. Where they do not, it tells which there are; a region that fails then counts as a failed object, and so does
    one that had instances and has the product no longer. In both, what a region listed before is known for some hours
    more: only a complete list tells that an instance is gone. Raises NotOfferedError where instances are to be
    discovered and no region has the product.
    """
    chosen = run.place.instances
    if chosen == ():
        return {}
    inhabited = {instance.region for instance in earlier.values() if run.now - instance.listed_at < KNOWN_FOR}
    found: dict[str, Instance] = {}
    whole: set[str] = set()
    without: list[NotOfferedError] = []

    async def ask(region: str) -> None:
        listing = await attempt(cloud.rds(region).describe_db_instances())
        run.odd_rows(listing, metric)
        for item in listing.items:
            found[item.db_instance_id] = Instance(item.db_instance_id, region, item, run.now)
        error = listing.failure(DESCRIBE_DB_INSTANCES.name)
        never_was = isinstance(error, NotOfferedError) and region not in inhabited
        if listing.complete or never_was:
            whole.add(region)
        if isinstance(error, NotOfferedError):
            without.append(error)
        if never_was:
            return
        if error is not None and chosen is None:
            run.fail(region, error)
        elif error is not None:
            run.do_without(Instance, error)

    await run.each(cloud.regions, ask)
    if chosen is None and without and len(without) == len(cloud.regions):
        raise without[0]
    unsure = set(cloud.regions) - whole
    remembered = {
        name: instance
        for name, instance in earlier.items()
        if instance.region in unsure and run.now - instance.listed_at < KNOWN_FOR
    }
    known = remembered | found
    return known if chosen is None else {name: known.get(name, Instance(name)) for name in chosen}
