"""A small round of fuzzing, and what a large one found: `make bench` does more."""

import json
import random

import httpx
import pytest
import structlog
from fuzz import SHARES, Findings, fuzz, report
from fuzzing.mutation import mutated, written

from exporter.clouds.aliyun.dialect import AliyunDialect
from exporter.clouds.exchange import Answer
from exporter.simulator import SimulatedClock, World, create_app
from tests.doubles import FakeClock
from tests.simulated import SMALL, document, exporter_of, get, settings_of

CASES = 1000


@pytest.fixture(autouse=True)
def log_again():
    yield
    structlog.reset_defaults()


def test_nothing_from_outside_does_more_than_be_refused(tmp_path, capsys):
    findings = fuzz(7, CASES, tmp_path)
    assert [] == findings.failures
    assert SHARES.keys() == findings.cases.keys()
    assert sum(findings.cases.values()) > 0.95 * CASES
    assert report(findings, 7, tmp_path)


def test_a_failure_is_written_down_with_its_input(tmp_path, capsys):
    failure = {"target": "values", "number": 3, "error": "ValueError: x", "input": "'1²'"}
    findings = Findings(failures=[failure])
    assert not report(findings, 7, tmp_path / "new")
    (path,) = (tmp_path / "new").iterdir()
    assert failure == json.loads(path.read_text(encoding="utf-8"))
    assert str(path) in capsys.readouterr().out


def test_a_number_makes_the_same_case_again():
    good = {"Data": [{"Id": 1, "Name": "a"}, {"Id": 2}], "TotalCount": 2}
    first, again = ([written(mutated(good, random.Random(n)), random.Random(n)) for n in range(50)] for _ in range(2))
    assert first == again
    assert len(set(first)) > 25
    assert {"Data": [{"Id": 1, "Name": "a"}, {"Id": 2}], "TotalCount": 2} == good


# What fuzzing found.


@pytest.mark.parametrize(
    "headers",
    [
        {"x-acs-retry-after": "²"},
        {"x-acs-retry-after": "9" * 5000},
        {"x-acs-retry-after": "9" * 400},
        {"x-ratelimit-user-api": f"TimeLeft:{'9' * 5000}"},
        {"x-acs-retry-after": "0"},
        {"x-acs-retry-after": "-5"},
    ],
)
def test_an_odd_time_to_wait_is_none(headers):
    refusal = AliyunDialect().refusal(Answer(400, headers, {"Code": "Throttling.User"}))
    assert refusal is not None
    assert None is refusal.retry_after


@pytest.mark.parametrize("headers", [{"x-acs-retry-after": "1500"}, {"x-ratelimit-user-api": "Remain:0,TimeLeft:1500"}])
def test_a_time_to_wait_is_read_where_it_is_one(headers):
    refusal = AliyunDialect().refusal(Answer(400, headers, {"Code": "Throttling.User"}))
    assert refusal is not None
    assert 1.5 == refusal.retry_after


@pytest.mark.parametrize(
    "accept", ["text/plain;version=x", 'application/openmetrics-text; version="é', "text/plain;version=1.x.0"]
)
async def test_an_accept_header_with_a_version_that_is_none_gets_a_page(accept):
    clock = FakeClock()
    world = World(1, SMALL, SimulatedClock(clock.now))
    exporter = exporter_of(settings_of(document(world)), httpx.ASGITransport(create_app(world)), clock)
    answer = await get(exporter, "/metrics", accept=accept.encode("latin-1"))
    await exporter.close()
    assert 200 == answer.status_code
    assert "cluster_exporter_build_info" in answer.text
