"""What the operator's web-config file comes to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exporter.access.tls import ServerTls

FileState = tuple[int, int, int, int] | None


class UnusableAccessError(Exception):
    """The web-config file cannot be used; the text has a line for each mistake, and no secret."""


def states_of(files: Iterable[Path]) -> tuple[FileState, ...]:
    """What changes with each file, also where a link leads elsewhere, as in Kubernetes' volumes; None: not there."""
    return tuple(_state(file) for file in files)


def _state(file: Path) -> FileState:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size, found.st_dev


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A request every ``interval`` seconds on average, ``burst`` at once; for all clients together."""

    interval: float
    burst: int


@dataclass(frozen=True, slots=True)
class Access:
    """Everything about access to our pages; made with nothing, they are open and travel in clear.

    ``users`` are bcrypt hashes by name, both as bytes. ``headers`` are those that the operator wants on every answer,
    by their usual names. ``files`` are all that this was read from, ``states`` how those were just before. ``notices``
    say, one line each, what of the file has another effect than it seems to.
    """

    tls: ServerTls | None = None
    users: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    rate_limit: RateLimit | None = None
    files: tuple[Path, ...] = ()
    states: tuple[FileState, ...] = ()
    notices: tuple[str, ...] = ()

    def __str__(self) -> str:
        """What is in force, in a few words, for people."""
        parts = ["plain HTTP" if self.tls is None else f"TLS, {self.tls}"]
        if self.users:
            parts.append(f"passwords of {len(self.users)} user{'' if len(self.users) == 1 else 's'}")
        return ", ".join(parts if self.users or self.tls else ["plain HTTP, open to everybody who reaches the port"])
