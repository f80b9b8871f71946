"""What the pages are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from exporter.collection import Collection
from exporter.store import Store


@dataclass(frozen=True, slots=True)
class Runbook:
    """A page of what to do about alerts: its title, as plain text, and its content, as HTML."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Sources:
    """What the web application is given.

    ``problems`` says what keeps the schedule from turning. ``runbooks`` are named by the last part of their path, as
    ``rds-backups.md``; their index has an empty name. ``actions_enabled`` lets those act, too, who have not shown who
    they are (``scope["authenticated"]``).
    """

    store: Store
    registry: CollectorRegistry
    collections: Sequence[Collection]
    problems: Callable[[], list[str]]
    version: str
    runbooks: Mapping[str, Runbook] = field(default_factory=dict)
    actions_enabled: bool = False
