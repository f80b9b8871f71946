"""Real servers for the tests that want them: fixtures that give the path of a command."""

import gc
import os
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tools import servers
from tools.debian_packages import NotToBeHadError

_NOT_TO_BE_HAD = "cannot be had"
_CHECKERS = {"promtool", "amtool"}

# How long an example takes says nothing of the code on a machine that does other work besides.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def own_logs():
    """Commands set logs up for the whole process: what one test set must not hold for the next."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def promtool() -> Path:
    """Prometheus' own checker of rules and pages."""
    return _server("promtool")


@pytest.fixture(scope="session")
def prometheus() -> Path:
    """The Prometheus server."""
    return _server("prometheus")


@pytest.fixture(scope="session")
def alertmanager() -> Path:
    """The Alertmanager server."""
    return _server("alertmanager")


@pytest.fixture(scope="session")
def amtool() -> Path:
    """Alertmanager's own checker of its settings."""
    return _server("amtool")


def _server(command: str) -> Path:
    """Skips the test where the command cannot be had, loudly; in CI that is a failure."""
    try:
        return servers.find(command)
    except NotToBeHadError as error:
        reason = str(error)
    if os.environ.get("CI") == "true":
        pytest.fail(f"{command} {_NOT_TO_BE_HAD}: {reason}", pytrace=False)
    pytest.skip(f"{command} {_NOT_TO_BE_HAD}: {reason}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server, and let it come last."""
    for item in items:
        needed = set(servers.PACKAGES) & set(getattr(item, "fixturenames", ()))
        if needed:
            item.add_marker("servers")
            # One process each for what waits for servers, and for what has a checker reckon.
            item.add_marker(pytest.mark.xdist_group("checkers" if needed <= _CHECKERS else "servers"))
    items.sort(key=lambda item: item.get_closest_marker("servers") is not None)


def pytest_collection_finish() -> None:
    """Garbage is looked for among what tests make, and not again and again in the thousands of tests themselves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if _NOT_TO_BE_HAD in reason:
            terminalreporter.write_line(f"NOT TESTED: {report.nodeid}: {reason}", red=True, bold=True)
