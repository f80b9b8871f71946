"""Blocks and pages: what is shown, for how long, and how much of it."""

import asyncio
import gzip
import threading
from concurrent.futures import ThreadPoolExecutor

from exporter.metric import Metric
from exporter.store import CollectionKey, Part, PartKey, Record, Status, Store, build_block
from tests.doubles import FakeClock

GAUGE = Metric("test_gauge", "A gauge.", ("name",))
KEY = CollectionKey("collector", "shop", "global")


def part(name: str, read_at: float = 0, series: int = 1, *, urgent: bool = False) -> tuple[PartKey, Part]:
    return PartKey(name, name, "P"), Part({GAUGE: f'test_gauge{{name="{name}"}} 1\n' * series}, series, read_at, urgent)


def shown(block) -> list[str]:
    return [line.split('"')[1] for line in block.texts.get(GAUGE, "").splitlines()]


def test_a_part_is_shown_until_it_was_not_read_for_max_staleness():
    parts = dict([part("a", 0), part("b", 10)])
    assert ["a", "b"] == shown(build_block(parts, 299, 300, 100))
    assert ["b"] == shown(build_block(parts, 300, 300, 100))
    assert [] == shown(build_block(parts, 310, 300, 100))


def test_a_block_knows_when_its_first_row_gets_too_old():
    assert 303 == build_block(dict([part("a", 3), part("b", 10)]), 20, 300, 100).expires_at


def test_max_series_cuts_whole_units_in_the_order_of_their_ids():
    block = build_block(dict([part("c", series=2), part("a", series=2), part("b", series=2)]), 0, 300, 5)
    assert ["a", "a", "b", "b"] == shown(block)
    assert (4, 2) == (block.series, block.dropped)


def test_max_series_never_cuts_what_is_urgent():
    block = build_block(dict([part("a", series=2), part("z", series=9, urgent=True)]), 0, 300, 5)
    assert ["z"] * 9 == shown(block)
    assert 2 == block.dropped


async def test_the_page_loses_expired_rows_even_if_no_run_ever_ends_again():
    clock = FakeClock()
    store = Store([GAUGE], clock.monotonic)
    block = build_block(dict([part("a", clock.monotonic())]), clock.monotonic(), 300, 100)
    store.put(KEY, Record(Status(60, 60, 300, 100), block))
    await store.refresh()
    clock.advance(299)
    assert b'name="a"' in (await store.page()).plain
    clock.advance(1)
    assert b'name="a"' not in (await store.page()).plain


async def test_a_finished_page_is_served_as_it_is_until_the_next_one_is_ready():
    clock = FakeClock()
    store = Store([GAUGE], clock.monotonic)
    store.put(KEY, Record(Status(60, 60, 300, 100)))
    await store.refresh()
    first = await store.page()
    store.put(KEY, Record(Status(60, 60, 300, 100), build_block(dict([part("a", 1000)]), 1000, 300, 100)))
    assert first is await store.page()
    await store.refresh()
    assert b'name="a"' in (await store.page()).plain


async def test_look_ups_of_host_names_that_hang_do_not_hold_up_the_page():
    clock, resolver = FakeClock(), threading.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    looking_up = loop.run_in_executor(None, resolver.wait)
    store = Store([GAUGE], clock.monotonic)
    store.put(KEY, Record(Status(60, 60, 300, 100), build_block(dict([part("a", 1000)]), 1000, 300, 100)))
    try:
        assert b'name="a"' in (await asyncio.wait_for(store.page(), 5)).plain
    finally:
        resolver.set()
        await looking_up


async def test_the_compressed_page_is_the_plain_one():
    clock = FakeClock()
    store = Store([GAUGE], clock.monotonic)
    store.put(KEY, Record(Status(60, 60, 300, 100), build_block(dict([part("a", 1000)]), 1000, 300, 100)))
    page = await store.page()
    assert page.plain == gzip.decompress(page.compressed.ended_with(b""))
