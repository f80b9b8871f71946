"""Small stand-ins for time, clouds and collectors."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta, timezone
from typing import Any

from exporter.clouds.aliyun.retailcloud import RetailCloud
from exporter.clouds.operation import Operation
from exporter.collection import Collection, Limits
from exporter.collectors.collector import Collector
from exporter.collectors.rows import Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric
from exporter.self_metrics import FROM_COLLECTIONS, SelfMetrics
from exporter.store import Store

NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z
SHANGHAI = timezone(timedelta(hours=8))
PLACE = Place("shop", "global", SHANGHAI, window=86_400, history=30 * 86_400)


class FakeClock:
    """A clock that goes on when told to."""

    def __init__(self, now: float = NOW) -> None:
        self.wall = now
        self.steady = 1000.0
        self.asleep = 0.0

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def awake(self) -> float:
        return self.steady - self.asleep

    def advance(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


LEVEL = Metric("test_level", "A level.", ("account", "object"))


def simple_samples(payload: tuple[str, float], place: Place) -> Rows:
    """One sample of the object's value."""
    rows = Rows(account=place.account)
    rows.value(LEVEL, payload[1], object=payload[0])
    return rows


def simple_collector(
    fetch: Callable[[Any, Run[Any]], Awaitable[None]],
    *,
    metrics: tuple[Metric, ...] = (LEVEL,),
    samples: Callable[[Any, Place], Rows] = simple_samples,
    window: float | None = None,
    memory: type | None = str,
) -> Collector[Any, Any]:
    """A collector around a fetch function of the test's own."""
    return Collector(
        name="test_collector",
        product=RetailCloud,
        scope="global",
        operations=(Operation("retailcloud", "Test", "retailcloud:Test"),),
        metrics=metrics,
        interval=60,
        timeout=50,
        fetch=fetch,
        samples=samples,
        window=window,
        memory=memory,
    )


class Bench:
    """A collection with its own store, metrics and clock."""

    def __init__(
        self,
        collector: Collector[Any, Any],
        product: object = None,
        *,
        place: Place = PLACE,
        limits: Limits | None = None,
        clock: FakeClock | None = None,
        neighbour_answered: bool = False,
    ) -> None:
        self.clock = clock or FakeClock()
        self.metrics = SelfMetrics("0", self.clock.now())
        self.store = Store((*collector.metrics, *FROM_COLLECTIONS), self.clock.monotonic)
        self.collection = Collection(
            collector,
            product,
            place,
            limits or Limits(60, 50, 300, 50_000),
            store=self.store,
            metrics=self.metrics,
            clock=self.clock,
            neighbour_answered=lambda: neighbour_answered,
        )

    async def page(self, *names: str) -> str:
        """The lines of the page, or those of metrics whose names begin so; without HELP and TYPE."""
        lines = (await self.store.page()).plain.decode().splitlines()
        return "\n".join(line for line in lines if not line.startswith("#") and (not names or line.startswith(names)))

    def counted(self, name: str, labels: Mapping[str, str] | None = None) -> float | None:
        """A value of the exporter's own counters."""
        return self.metrics.registry.get_sample_value(name, dict(labels or {}))
