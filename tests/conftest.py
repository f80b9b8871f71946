"""Real servers for the tests that want them: fixtures that give the path of a command."""

import os
from pathlib import Path

import pytest

from tools import servers
from tools.debian_packages import NotToBeHadError

_REASONS = pytest.StashKey[dict[str, str]]()


@pytest.fixture(scope="session")
def promtool(pytestconfig: pytest.Config) -> Path:
    """Prometheus' own checker of rules and pages."""
    return _server("promtool", pytestconfig)


@pytest.fixture(scope="session")
def prometheus(pytestconfig: pytest.Config) -> Path:
    """The Prometheus server."""
    return _server("prometheus", pytestconfig)


def _server(command: str, config: pytest.Config) -> Path:
    """Skips the test where the command cannot be had, loudly; in CI that is a failure."""
    try:
        return servers.find(command)
    except NotToBeHadError as error:
        reason = config.stash[_REASONS][command] = str(error)
    if os.environ.get("CI") == "true":
        pytest.fail(f"{command} cannot be had: {reason}", pytrace=False)
    pytest.skip(f"{command} cannot be had: {reason}")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_REASONS] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server, and let it come last."""
    for item in items:
        if set(servers.PACKAGES) & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")
    items.sort(key=lambda item: item.get_closest_marker("servers") is not None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for command, reason in config.stash[_REASONS].items():
        terminalreporter.write_line(f"NOT TESTED with {command}: it cannot be had: {reason}", red=True, bold=True)
