"""Pages of some collectors only, when many ask for them."""

import asyncio

from exporter.metric import Metric
from exporter.store import CollectionKey, Record, Status, Store
from tests.doubles import FakeClock


class Counting(Store):
    """Counts what is in its workers at one time."""

    def __init__(self) -> None:
        super().__init__([Metric("test_gauge", "A gauge.", ("name",))], FakeClock().monotonic)
        self.under_way = self.most = 0

    async def in_worker(self, work, *args, **kwargs):
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            return await super().in_worker(work, *args, **kwargs)
        finally:
            self.under_way -= 1


async def test_however_many_ask_for_part_of_the_page_a_worker_is_left_for_the_whole():
    store = Counting()
    store.put(CollectionKey("collector", "shop", "global"), Record(Status(60, 60, 300, 100)))
    parts = [asyncio.create_task(store.page_of({"collector"})) for _ in range(20)]
    whole = await store.page()
    assert {page.plain for page in await asyncio.gather(*parts)} == {whole.plain}
    assert 2 == store.most
