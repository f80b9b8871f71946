"""The past of an order book, to be asked for single values."""

from exporter.backfill import SUBJECTS, Gathered, Grid, Timeline, gather
from exporter.collectors.run import Place
from tests.collectors.order_book import HOUR, PREFIX, OrderBook
from tests.doubles import NOW, PLACE

DEPLOYS = SUBJECTS["retailcloud_deploys"]


class Past:
    """What is written of the last ``hours`` before NOW, one moment an hour unless ``step`` says otherwise."""

    def __init__(self, gathered: Gathered, grid: Grid, place: Place) -> None:
        self.gathered = gathered
        self.grid = grid
        self.timeline = Timeline()
        for payload in gathered.payloads:
            self.timeline.add(DEPLOYS.spans(payload, place, grid))

    def value(self, name: str, hours_ago: float, env_id: str = "11", **labels: str) -> float | None:
        """The value of an environment's series at a moment; None where there is none."""
        index = self.grid.at_or_after(NOW - hours_ago * HOUR)
        wanted = {"env_id": env_id, **labels}
        found = [
            run.value
            for metric, series in self.timeline.series.items()
            for values, runs in series.items()
            for run in runs
            if metric.name == PREFIX + name
            and wanted.items() <= dict(zip(metric.labels, values, strict=True)).items()
            and run.start <= index < run.end
        ]
        assert len(found) <= 1, found
        return found[0] if found else None

    def state(self, name: str, label: str, hours_ago: float, env_id: str = "11") -> str | None:
        """The one state that is 1 at a moment; None where there is no set."""
        metric = next(metric for metric in DEPLOYS.metrics if metric.name == PREFIX + name)
        ones = [state for state in metric.states if self.value(name, hours_ago, env_id, **{label: state}) == 1]
        assert len(ones) <= 1, ones
        return ones[0] if ones else None


async def past_of(book: OrderBook, hours: int = 48, step: float = HOUR, place: Place = PLACE) -> Past:
    """The past of an order book."""
    grid = Grid.between(NOW - hours * HOUR, NOW, int(step))
    gathered = await gather(
        DEPLOYS, book, place, grid.first, now=NOW, monotonic=lambda: 0.0, told=lambda _done, _of: None
    )
    return Past(gathered, grid, place)
