"""What is known of the apps and environments of a RetailCloud account: listed by one collector, read by several."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from exporter.clouds.aliyun.retailcloud_models import Environment
from exporter.collectors.filters import Filters
from exporter.collectors.retailcloud_env_type import env_type
from exporter.collectors.rows import UNKNOWN, Rows

APPS = "retailcloud_apps"
ENVIRONMENT = ("account", "app_id", "app_name", "env_id", "env_name")


@dataclass(frozen=True, slots=True)
class KnownEnvironment:
    """An environment, and the names that it and its app are shown by; ``watched`` unless a filter leaves it out.

    ``env_type`` is ``test``, ``prod`` or ``unknown``.
    """

    app_id: str
    app_name: str
    env_id: str
    env_name: str
    env_type: str = UNKNOWN
    watched: bool = True

    @property
    def id(self) -> str:
        """What it is called where ids of apps and of environments must not be mistaken for each other."""
        return f"{self.app_id}/{self.env_id}"

    def under(self, rows: Rows) -> Rows:
        """Rows with the labels `ENVIRONMENT`, where ``rows`` have the account."""
        return rows.under(app_id=self.app_id, app_name=self.app_name, env_id=self.env_id, env_name=self.env_name)


@dataclass(frozen=True, slots=True)
class AppInventory:
    """The watched apps (name by id) that were listed, and their environments by app id, also those not watched.

    ``complete`` when no app can be missing, ``whole`` once the environments of all were asked for. An app whose
    environments could not be read has those of earlier runs.
    """

    apps: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, tuple[KnownEnvironment, ...]] = field(default_factory=dict)
    complete: bool = False
    whole: bool = False

    @property
    def ready(self) -> Iterable[str]:
        """The apps that can be worked with: all, or those whose environments are known so far."""
        return [app_id for app_id in (self.apps if self.whole else self.environments) if not self.leaves_out(app_id)]

    def owners(self, *, by_environment: bool) -> tuple[list[str], bool]:
        """The ids of the apps, or those of the environments, and whether all others are gone."""
        if not by_environment:
            return [app_id for app_id in self.apps if not self.leaves_out(app_id)], self.complete
        settled = self.whole or self.environments.keys() >= self.apps.keys()
        known = [environment.id for app_id in self.environments for environment in self.of_app(app_id)]
        return known, self.complete and settled

    def listed(self, apps: Mapping[str, str], *, complete: bool) -> "AppInventory":
        """The inventory after a list of apps: those missing from a complete one are gone."""
        apps = dict(apps) if complete else {**self.apps, **apps}
        environments = {app_id: found for app_id, found in self.environments.items() if app_id in apps}
        return AppInventory(apps, environments, complete)

    def with_environments(self, app_id: str, found: Iterable[KnownEnvironment], *, complete: bool) -> "AppInventory":
        """The inventory after a list of an app's environments."""
        earlier = () if complete else self.environments.get(app_id, ())
        known = {environment.env_id: environment for environment in (*earlier, *found)}
        return replace(self, environments={**self.environments, app_id: tuple(known.values())})

    def of_app(self, app_id: str) -> tuple[KnownEnvironment, ...]:
        """The watched environments of one app."""
        return tuple(environment for environment in self.environments.get(app_id, ()) if environment.watched)

    def leaves_out(self, app_id: str) -> bool:
        """Whether an app has environments of which none is watched: nothing that is read by app is of interest."""
        return bool(self.environments.get(app_id)) and not self.of_app(app_id)

    def has(self, app_id: str, env_id: str) -> bool:
        """Whether there is such an environment, watched or not."""
        return any(environment.env_id == env_id for environment in self.environments.get(app_id, ()))


def known_environments(
    app_id: str, app_name: str, environments: Iterable[Environment], filters: Filters
) -> list[KnownEnvironment]:
    """What is to be remembered of an app's environments."""
    return [
        KnownEnvironment(
            app_id,
            app_name,
            item.env_id,
            item.env_name,
            env_type(item.env_type, item.env_type_name),
            filters.environment(item.env_name),
        )
        for item in environments
    ]
