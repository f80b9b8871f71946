"""The declaration of a collector: its subject, its metrics, and the two functions that make them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from exporter.clouds.operation import Operation
from exporter.collectors.rows import Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

Product = TypeVar("Product")
Payload = TypeVar("Payload")


@dataclass(frozen=True, slots=True)
class Collector(Generic[Product, Payload]):
    """One subject of one product.

    ``product`` is the client class in clouds/; ``scope`` tells whether there is a collection for each region or one
    for the account; ``metrics`` stand in the order of the page. ``fetch`` does the calls, ``samples`` is pure.
    ``optional`` are the operations without which it does its work all the same, ``one_of`` those of which one will do,
    in the order in which they are asked: the next where one is refused.
    ``weight`` is how many calls it may make when it is its turn, while others wait for the same budget;
    ``replaced_by`` names the collector of the API that the vendor has put in the place of this one's.
    ``needs_instances`` tells that there is nothing to collect for an account without RDS instances. ``memory`` is the
    type of what a run remembers, a frozen dataclass of types that pydantic knows, so that a snapshot can hold it.
    Durations are in seconds.
    """

    name: str
    product: type[Product]
    scope: Literal["global", "regional"]
    operations: tuple[Operation, ...]
    metrics: tuple[Metric, ...]
    interval: float
    timeout: float
    fetch: Callable[[Product, Run[Payload]], Awaitable[None]]
    samples: Callable[[Payload, Place], Rows]
    enabled: bool = True
    window: float | None = None
    history: float | None = None
    max_series: int = 50_000
    needs_instances: bool = False
    weight: int = 1
    replaced_by: str = ""
    optional: tuple[Operation, ...] = ()
    one_of: tuple[Operation, ...] = ()
    memory: type | None = None
