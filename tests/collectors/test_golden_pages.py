"""The page of every collector on a small fixed world, as files to read.

``UPDATE_GOLDEN=1 pytest tests/collectors/test_golden_pages.py`` writes them anew.
"""

import asyncio
import os
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporter.collectors import COLLECTORS
from tests.simulated import Simulated

GOLDEN = Path(__file__).parent / "golden"


async def pages() -> dict[str, str]:
    """The page of each collector in a world where a deploy has just failed."""
    simulated = Simulated()
    simulated.world.start("deploy-fails-at-once")
    await simulated.run(seconds=30)
    return {collector.name: await simulated.page_of(collector.name) for collector in COLLECTORS}


@pytest.fixture(scope="module", name="page_of")
def all_pages() -> dict[str, str]:
    return asyncio.run(pages())


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda collector: collector.name)
def test_the_page_is_the_golden_one(page_of, collector):
    path = GOLDEN / f"{collector.name}.prom"
    page = page_of[collector.name]
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(page, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == page, "see the head of this file for how to accept a change"


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda collector: collector.name)
def test_the_golden_page_shows_every_metric_of_its_collector(page_of, collector):
    shown = {family.name for family in text_string_to_metric_families(page_of[collector.name]) if family.samples}
    assert {metric.name for metric in collector.metrics} <= shown


def test_there_is_no_golden_page_of_nobody():
    assert {f"{collector.name}.prom" for collector in COLLECTORS} == {path.name for path in GOLDEN.iterdir()}


async def test_the_same_seed_and_time_give_the_same_page(page_of):
    assert page_of == await pages()
