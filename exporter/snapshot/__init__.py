"""The snapshot: what all collections know, in a file, so that a restart goes on without a gap."""

from exporter.snapshot.identity import identity
from exporter.snapshot.snapshot import Snapshot

__all__ = ["Snapshot", "identity"]
