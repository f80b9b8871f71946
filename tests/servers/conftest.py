"""Real servers look at an exporter of the simulated cloud on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loopback import serve, simulated_cloud, write_settings
from tests.watched_stack import WatchedStack, running_stack

__all__ = ["serve", "simulated_cloud", "write_settings"]


@pytest.fixture(scope="module")
def watched_stack(
    prometheus: Path, alertmanager: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WatchedStack]:
    """Simulated cloud, exporter, Prometheus with the committed rules, Alertmanager and a receiver, all running."""
    with running_stack(prometheus, alertmanager, tmp_path_factory.mktemp("watched")) as stack:
        yield stack
