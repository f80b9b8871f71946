"""Lists of RPC products whose items stand two levels deep in the answer, as in ``Clusters.ClusterInfo``."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic

from exporter.clouds.aliyun.rpc import Parameters, RpcProduct
from exporter.clouds.paging import Listing, Page, numbered_pages
from exporter.clouds.payload import PayloadT, field, mapping, read_items, stated_number


@dataclass(frozen=True, slots=True)
class NestedList(Generic[PayloadT]):
    """Where the items of an operation stand, and how many it gives at once.

    ``outer`` and ``inner`` name the fields around the items, ``total`` that of their number; ``sizes`` are tried in
    order while the vendor refuses one.
    """

    operation: str
    outer: str
    inner: str
    model: type[PayloadT]
    key: Callable[[PayloadT], Hashable]
    sizes: Sequence[int]
    total: str = "TotalCount"

    async def read(self, rpc: RpcProduct, query: Parameters) -> tuple[Listing[PayloadT], int | None]:
        """All items, and their number as the last answer states it (None where it does not); raises CloudError."""
        total: int | None = None

        async def ask(number: int, size: int) -> Page[PayloadT]:
            nonlocal total
            answer = await rpc.call(self.operation, query={**query, "PageNumber": number, "PageSize": size})
            total = stated_number(answer, self.total)
            items = field(mapping(field(answer, self.outer)), self.inner)
            name = f"{self.outer}.{self.inner}"
            readable, bad = read_items(items, self.model, operation=self.operation, name=name, total=total)
            return Page(readable, bad, total, stated_number(answer, "PageSize"))

        return await numbered_pages(ask, self.key, self.sizes, operation=self.operation), total
