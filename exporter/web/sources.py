"""What the pages are made of."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
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
class Reloaded:
    """How a reload ended, in lines for who asked for it; no secret is in them."""

    succeeded: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """What the web application is given.

    ``collections`` are read anew for every page. ``problems`` says what keeps the schedule from turning. ``runbooks``
    are named by the last part of their path, as ``rds-backups.md``; their index has an empty name. ``settings`` gives
    those in force (YAML without secrets), ``reload`` does what a request for one wants, where there are such;
    ``actions_enabled`` allows that to everybody, not only to who is authenticated.
    """

    store: Store
    registry: CollectorRegistry
    collections: Sequence[Collection]
    problems: Callable[[], list[str]]
    version: str
    runbooks: Mapping[str, Runbook] = field(default_factory=dict)
    settings: Callable[[], Awaitable[str]] | None = None
    reload: Callable[[], Awaitable[Reloaded]] | None = None
    actions_enabled: bool = False
