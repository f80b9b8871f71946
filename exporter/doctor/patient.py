"""What the doctor is told of an account, and what is told of it in the end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from exporter.collectors.collector import Collector
from exporter.doctor.channel import ProbingChannel
from exporter.doctor.findings import Finding
from exporter.doctor.login import Login
from exporter.doctor.policies import Permission
from exporter.doctor.probes import Watched


@dataclass(frozen=True, slots=True)
class Patient:
    """An account that is to be examined.

    ``collectors`` are its enabled ones, ``idle`` says of those that have nothing to ask why. ``channel`` gives a new
    way to a product in a region. ``odd_regions`` says of the regions that are not known of the vendor what may have
    been meant. A probe ends after ``limit`` seconds, whatever happens; ``now`` gives epoch seconds.
    """

    name: str
    provider: str
    regions: tuple[str, ...]
    collectors: tuple[Collector[Any, Any], ...]
    login: Login
    channel: Callable[[str, str], ProbingChannel]
    now: Callable[[], float]
    limit: float
    idle: tuple[str, ...] = ()
    watched: Watched = field(default_factory=Watched)
    odd_regions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What an examination found.

    ``permissions`` are those of the account's identity, ``permissions_behind`` those of the identity that assumes its
    role. ``behind`` is how many seconds this machine's clock is behind the cloud's.
    """

    account: str
    provider: str
    findings: tuple[Finding, ...]
    permissions: tuple[Permission, ...]
    permissions_behind: tuple[Permission, ...]
    idle: tuple[str, ...]
    behind: float | None

    @property
    def broken(self) -> tuple[str, ...]:
        """The operations that enabled collectors cannot do without and that failed."""
        return tuple(dict.fromkeys(finding.operation for finding in self.findings if not finding.fine))

    @property
    def fine(self) -> bool:
        """Whether all that is enabled works."""
        return not self.broken
