"""RetailCloud apps and their environments: the inventory that deploys are read by.

Reads ListApp (one call a page of 50), ListAppEnvironment (one call an app) and ListAppResourceAllocs (one paged call
for all) every ten minutes. Permissions: retailcloud:ListApp, retailcloud:ListAppEnvironment and
retailcloud:ListAppResourceAllocs (names not documented by the vendor); besides, ListApp shows only the apps that the
identity is a member of. ListAppResourceAllocs is optional: without it only environment_cluster_info is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from exporter.clouds.aliyun.retailcloud import LIST_APP, LIST_APP_ENVIRONMENT, LIST_APP_RESOURCE_ALLOCS, RetailCloud
from exporter.clouds.aliyun.retailcloud_models import App, Environment, ResourceAllocation
from exporter.clouds.errors import CloudError
from exporter.collectors.collector import Collector
from exporter.collectors.retailcloud_inventory import (
    APPS,
    AppInventory,
    KnownEnvironment,
    known_environments,
    shown_env_type,
)
from exporter.collectors.rows import Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

APP = ("account", "app_id", "app_name")
KEY = (*APP, "env_id", "env_name")

APP_INFO = Metric(
    "aliyun_retailcloud_app_info",
    "An app; always 1. ListApp.",
    (*APP, "app_title", "state_type", "deploy_type", "language"),
)
ENVIRONMENT_INFO = Metric(
    "aliyun_retailcloud_environment_info",
    "An environment of an app; always 1. ListAppEnvironment.",
    (*KEY, "env_type", "region_id"),
)
ENVIRONMENT_CLUSTER_INFO = Metric(
    "aliyun_retailcloud_environment_cluster_info",
    "A cluster that an environment may use; always 1; there may be several for one environment. ListAppResourceAllocs.",
    (*KEY, "cluster_id"),
)


@dataclass(frozen=True, slots=True)
class AppEnvironment:
    """An environment and its app."""

    app: App
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
    listing = await cloud.list_apps()
    run.listed(listing, [app.app_id for app in listing.items], APP_INFO)
    allocations = await _allocations(cloud, run)
    for app in listing.items:
        run.keep(app.app_id, app)
    inventory = earlier.listed({app.app_id: app.title for app in listing.items}, complete=listing.complete)
    apps = {app.app_id: app for app in listing.items}

    async def ask(app_id: str) -> None:
        nonlocal inventory
        app = apps[app_id]
        found = await cloud.list_app_environments(app_id)
        run.listed_of(app_id, found, ENVIRONMENT_INFO)
        for environment in found.items:
            run.keep(app_id, AppEnvironment(app, environment), unit=environment.env_id)
        known = known_environments(app_id, app.title, found.items)
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
    if listing.error is not None:
        run.do_without(AppClusters, listing.error)
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
        app, environment = payload.app, payload.environment
        rows.info(
            ENVIRONMENT_INFO,
            app_id=app.app_id,
            app_name=app.title,
            env_id=environment.env_id,
            env_name=environment.env_name,
            env_type=shown_env_type(rows, ENVIRONMENT_INFO, environment.env_type, environment.env_type_name),
            region_id=environment.region,
        )
    else:
        _clusters(rows, payload)
    return rows


def _clusters(rows: Rows, payload: AppClusters) -> None:
    known = {environment.env_id: environment for environment in payload.environments}
    for allocation in payload.allocations:
        environment = known.get(allocation.app_env_id)
        if environment is not None:
            rows.info(
                ENVIRONMENT_CLUSTER_INFO,
                app_id=environment.app_id,
                app_name=environment.app_name,
                env_id=environment.env_id,
                env_name=environment.env_name,
                cluster_id=allocation.cluster_id,
            )


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
)
