"""What the operator's web-config file comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exporter.access.tls import ServerTls


class UnusableAccessError(Exception):
    """The web-config file cannot be used; the text has a line for each mistake, and no secret."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A request every ``interval`` seconds on average, ``burst`` at once; for all clients together."""

    interval: float
    burst: int


@dataclass(frozen=True, slots=True)
class Access:
    """Everything about access to our pages; made with nothing, they are open and travel in clear.

    ``users`` are bcrypt hashes by name, both as bytes. ``headers`` are those that the operator wants on every answer,
    by their usual names. ``files`` are all that this was read from. ``notices`` say, one line each, what of the file
    has another effect than it seems to.
    """

    tls: ServerTls | None = None
    users: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    rate_limit: RateLimit | None = None
    files: tuple[Path, ...] = ()
    notices: tuple[str, ...] = ()

    def __str__(self) -> str:
        """What is in force, in a few words, for people."""
        parts = ["plain HTTP" if self.tls is None else f"TLS, {self.tls}"]
        if self.users:
            parts.append(f"passwords of {len(self.users)} user{'' if len(self.users) == 1 else 's'}")
        return ", ".join(parts if self.users or self.tls else ["plain HTTP, open to everybody who reaches the port"])
