"""RetailCloud apps and their environments: the inventory that deploys are read by.

Reads ListApp (one call a page of 50), ListAppEnvironment (one call an app) and ListAppResourceAllocs (one paged call
for all) every ten minutes. Permissions: retailcloud:ListApp, retailcloud:ListAppEnvironment and
retailcloud:ListAppResourceAllocs (names not documented by the vendor); besides, ListApp shows only the apps that the
identity is a member of. ListAppResourceAllocs is optional: without it only environment_cluster_info is missing.
What a filter leaves out costs no call: an app by its title, an environment by its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from exporter.clouds.aliyun.retailcloud import LIST_APP, LIST_APP_ENVIRONMENT, LIST_APP_RESOURCE_ALLOCS, RetailCloud
from exporter.clouds.aliyun.retailcloud_models import App, Environment, ResourceAllocation
from exporter.clouds.errors import CloudError
from exporter.collectors.collector import Collector
from exporter.collectors.retailcloud_env_type import shown_env_type
from exporter.collectors.retailcloud_inventory import (
    APPS,
    ENVIRONMENT,
    AppInventory,
    KnownEnvironment,
    known_environments,
)
from exporter.collectors.rows import Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

APP = ("account", "app_id", "app_name")

APP_INFO = Metric(
    "aliyun_retailcloud_app_info",
    "An app; always 1. ListApp.",
    (*APP, "app_title", "state_type", "deploy_type", "language"),
)
ENVIRONMENT_INFO = Metric(
    "aliyun_retailcloud_environment_info",
    "An environment of an app; always 1. ListAppEnvironment.",
    (*ENVIRONMENT, "env_type", "region_id"),
)
ENVIRONMENT_CLUSTER_INFO = Metric(
    "aliyun_retailcloud_environment_cluster_info",
    "A cluster that an environment may use; always 1; there may be several for one environment. ListAppResourceAllocs.",
    (*ENVIRONMENT, "cluster_id"),
)


@dataclass(frozen=True, slots=True)
class AppEnvironment:
    """An environment as it was listed, and as it is known."""

    known: KnownEnvironment
    environment: Environment


@dataclass(frozen=True, slots=True)
class AppClusters:
    """Which clusters an app's environments may use."""

    environments: tuple[KnownEnvironment, ...]
    allocations: tuple[ResourceAllocation, ...]


Payload = App | AppEnvironment | AppClusters


async def fetch(cloud: RetailCloud, run: Run[Payload]) -> None:
    """List the apps and which clusters their environments may use, then the environments of each app."""
    earlier = run.memory if isinstance(run.memory, AppInventory) else AppInventory()
    filters = run.place.filters
    listing = await cloud.list_apps()
    apps = {app.app_id: app for app in listing.items if filters.app(app.title)}
    run.listed(listing, apps, APP_INFO)
    allocations = await _allocations(cloud, run)
    for app_id, app in apps.items():
        run.keep(app_id, app)
    titles = {app_id: app.title for app_id, app in apps.items()}
    inventory = earlier.listed(titles, complete=listing.complete)

    async def ask(app_id: str) -> None:
        nonlocal inventory
        found = await cloud.list_app_environments(app_id)
        run.listed_of(app_id, found, ENVIRONMENT_INFO)
        known = known_environments(app_id, titles[app_id], found.items, filters)
        for environment, item in zip(known, found.items, strict=True):
            if environment.watched:
                run.keep(app_id, AppEnvironment(environment, item), unit=environment.env_id)
        inventory = inventory.with_environments(app_id, known, complete=found.complete)
        if allocations is not None:
            run.keep(app_id, AppClusters(inventory.of_app(app_id), allocations.get(app_id, ())))
        run.remember(inventory, so_far=True)

    await run.each(apps, ask)
    run.remember(replace(inventory, whole=True))


async def _allocations(cloud: RetailCloud, run: Run[Payload]) -> Mapping[str, tuple[ResourceAllocation, ...]] | None:
    """The allocations by app; None where they could not be read to their end."""
    try:
        listing = await cloud.list_app_resource_allocs()
    except CloudError as error:
        run.do_without(AppClusters, error)
        return None
    run.odd_rows(listing, ENVIRONMENT_CLUSTER_INFO)
    failure = listing.failure(LIST_APP_RESOURCE_ALLOCS.name)
    if failure is not None:
        run.do_without(AppClusters, failure)
        return None
    by_app: dict[str, tuple[ResourceAllocation, ...]] = {}
    for allocation in listing.items:
        by_app[allocation.app_id] = (*by_app.get(allocation.app_id, ()), allocation)
    return by_app


def samples(payload: Payload, place: Place) -> Rows:
    """The rows of an app, of an environment, or of the clusters of an app's environments."""
    rows = Rows(account=place.account)
    if isinstance(payload, App):
        rows.info(
            APP_INFO,
            app_id=payload.app_id,
            app_name=payload.title,
            app_title=payload.title,
            state_type=payload.app_state_type,
            deploy_type=payload.deploy_type,
            language=payload.language,
        )
    elif isinstance(payload, AppEnvironment):
        environment = payload.environment
        payload.known.under(rows).info(
            ENVIRONMENT_INFO,
            env_type=shown_env_type(rows, ENVIRONMENT_INFO, environment.env_type, environment.env_type_name),
            region_id=environment.region,
        )
    else:
        known = {environment.env_id: environment.under(rows) for environment in payload.environments}
        for allocation in payload.allocations:
            if allocation.app_env_id in known:
                known[allocation.app_env_id].info(ENVIRONMENT_CLUSTER_INFO, cluster_id=allocation.cluster_id)
    return rows


COLLECTOR = Collector(
    name=APPS,
    product=RetailCloud,
    scope="global",
    operations=(LIST_APP, LIST_APP_ENVIRONMENT, LIST_APP_RESOURCE_ALLOCS),
    optional=(LIST_APP_RESOURCE_ALLOCS,),
    metrics=(APP_INFO, ENVIRONMENT_INFO, ENVIRONMENT_CLUSTER_INFO),
    interval=600,
    timeout=300,
    fetch=fetch,
    samples=samples,
    memory=AppInventory,
)
