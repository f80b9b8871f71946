"""What one collection remembers for another, and how long that one waits for it."""

import asyncio

import pytest

from exporter.clouds.errors import CallTimeoutError
from tests.doubles import Bench, simple_collector


class Inventory:
    """A collection that remembers a part at once and the whole when it is let go."""

    def __init__(self, first: object = "a part") -> None:
        self.begun, self.let_go = asyncio.Event(), asyncio.Event()

        async def fetch(_, run):
            if first is not None:
                run.remember(first, so_far=True)
            self.begun.set()
            await self.let_go.wait()
            run.remember("the whole")

        self.bench = Bench(simple_collector(fetch))
        self.collection = self.bench.collection


async def test_a_reader_waits_for_the_whole():
    inventory = Inventory()
    running = asyncio.create_task(inventory.collection.run())
    await inventory.begun.wait()
    reading = asyncio.create_task(inventory.collection.memory(60))
    await asyncio.sleep(0)
    inventory.let_go.set()
    assert "the whole" == await reading
    await running


async def test_a_reader_who_cannot_wait_longer_takes_what_is_there_so_far():
    inventory = Inventory()
    running = asyncio.create_task(inventory.collection.run())
    await inventory.begun.wait()
    assert "a part" == await inventory.collection.memory(0.01)
    inventory.let_go.set()
    await running


async def test_a_reader_who_cannot_wait_for_anything_is_told_so():
    inventory = Inventory(first=None)
    running = asyncio.create_task(inventory.collection.run())
    await inventory.begun.wait()
    with pytest.raises(CallTimeoutError, match="test_collector has not read its inventory yet"):
        await inventory.collection.memory(0.01)
    inventory.let_go.set()
    await running


async def test_a_memory_that_is_too_old_is_none():
    inventory = Inventory()
    inventory.let_go.set()
    await inventory.collection.run()
    inventory.bench.clock.advance(301)
    assert None is await inventory.collection.memory(1)


@pytest.mark.parametrize("declared", [None, int])
async def test_a_collector_that_remembers_what_it_does_not_declare_is_a_bug(declared):
    async def fetch(_, run):
        run.remember("something")

    bench = Bench(simple_collector(fetch, memory=declared))
    assert ("bug", None) == ((await bench.collection.run()).result, bench.collection.record.memory)
