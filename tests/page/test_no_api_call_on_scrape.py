"""A scrape reads what is there: however often and by whom, it calls no cloud."""

from itertools import product

import pytest

from exporter.collectors import COLLECTORS
from tests.simulated import Simulated

TARGETS = [
    "/metrics",
    "/metrics?collect[]=retailcloud_clusters",
    "/metrics?" + "&".join(f"collect[]={collector.name}" for collector in COLLECTORS),
    "/metrics?collect[]=nobody",
    "/",
    "/-/ready",
    "/-/healthy",
    "/runbooks/",
]


HEADERS = [{}, {"accept-encoding": "gzip"}, {"accept": "application/openmetrics-text"}]


async def test_a_scrape_calls_no_cloud():
    simulated = Simulated()
    await simulated.run()
    before = simulated.transport.requests
    assert before > 0
    for target, headers, _ in product(TARGETS, HEADERS, range(3)):
        await simulated.get(target, **headers)
        assert before == simulated.transport.requests, (target, headers)


async def test_a_scrape_before_the_first_run_calls_no_cloud():
    simulated = Simulated()
    for target in TARGETS:
        await simulated.get(target)
        assert 0 == simulated.transport.requests, target


@pytest.mark.parametrize("target", TARGETS[:2])
async def test_a_scrape_of_what_is_too_old_calls_no_cloud(target):
    simulated = Simulated()
    await simulated.run()
    before = simulated.transport.requests
    simulated.clock.advance(7 * 24 * 3600)
    page = await simulated.get(target)
    assert "aliyun_retailcloud_cluster_info{" not in page.text
    assert before == simulated.transport.requests
