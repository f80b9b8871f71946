"""What the settings come to: plain, frozen values with every default filled in; durations are seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from exporter.access import Access
from exporter.settings.login import Login
from exporter.settings.value import ProviderName


@dataclass(frozen=True, slots=True)
class CollectorDefaults:
    """What a collector's declaration says of itself, handed in by the caller; seconds.

    `window` and `history` are None for a collector that looks at no span of time: they cannot be set there.
    `scope` tells whether it runs once for an account or for each region, `needs_instances` whether it asks for RDS
    instances, listed or to be found in the regions.
    """

    interval: float
    timeout: float
    enabled: bool
    window: float | None
    history: float | None
    max_series: int
    provider: ProviderName
    scope: Literal["global", "regional"] = "global"
    needs_instances: bool = False


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the page is served; `host` without brackets, `port` 0 for any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        """Write it as `host:port`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Http:
    """The way out to the clouds; `proxy` is a whole URL and may hold a password."""

    proxy: SecretStr | None
    no_proxy: tuple[str, ...]
    ca_file: Path | None
    connect_timeout: float
    timeout: float


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a product may be called: `rate` calls a second on average, `burst` at once."""

    rate: float
    burst: int


@dataclass(frozen=True, slots=True)
class Names:
    """Regular expressions for the names of objects, each for a whole name; none at all for a kind that is left out."""

    cluster: tuple[str, ...] = ()
    app: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collector:
    """How one collector runs; seconds. `scope` and `needs_instances` are those of its `CollectorDefaults`."""

    enabled: bool
    interval: float
    timeout: float
    max_staleness: float
    max_series: int
    window: float | None
    history: float | None
    scope: Literal["global", "regional"] = "global"
    needs_instances: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """One account at one vendor.

    `rds_instances` None: left out (an empty list is not).
    `collectors` holds every collector of the vendor, disabled ones too, with the account's own settings laid over those
    for all.
    `projects` holds the project ids that are given, by region (Huawei). `endpoints` are `scheme://host[:port]`, in
    which `{region}` stands for the region that is asked.
    """

    name: str
    provider: ProviderName
    regions: tuple[str, ...]
    login: Login
    endpoints: Mapping[str, str]
    rds_instances: tuple[str, ...] | None
    include: Names
    exclude: Names
    collectors: Mapping[str, Collector]
    budget: Mapping[str, Budget]
    projects: Mapping[str, str]

    def endpoint(self, product: str, region: str) -> str:
        """The address that the settings give a product for a region; "" where it is the vendor's own."""
        return self.endpoints.get(product, "").replace("{region}", region)

    @property
    def has_instances(self) -> bool:
        """Whether RDS instances are listed, or can be looked for in a region."""
        return bool(self.regions) if self.rds_instances is None else bool(self.rds_instances)


@dataclass(frozen=True, slots=True)
class Web:
    """Access to our own pages.

    `access` is what the web-config file says, in exporter-toolkit's format; without one everybody may read.
    `enable_actions` lets also those act (reload) who have not shown who they are.
    """

    config_file: Path | None = None
    enable_actions: bool = False
    access: Access = field(default_factory=Access, compare=False)  # it is followed, and changes without the settings


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything; `collectors` holds every collector there is, disabled ones too, as set for all accounts.

    `snapshot_path` None: nothing is kept for the next start.
    """

    listen: Listen
    naive_time_zone: ZoneInfo
    snapshot_path: Path | None
    http: Http
    accounts: tuple[Account, ...]
    collectors: Mapping[str, Collector]
    web: Web = field(default_factory=Web)
