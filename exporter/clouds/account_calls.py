"""What the calls of one account share: places, what is known of its hosts, and their count."""

import asyncio
from collections.abc import Callable

from exporter.clouds.circuit import Circuit
from exporter.clouds.tally import Tally


class AccountCalls:
    """How many calls of one account may be under way, which hosts answered lately, and how many calls were made."""

    def __init__(self, name: str, provider: str, concurrency: int, product_concurrency: int | None = None) -> None:
        """``concurrency`` calls of the account at once, ``product_concurrency`` of each product (the same if None)."""
        self.name = name
        self.provider = provider
        self.slots = asyncio.Semaphore(concurrency)
        self.tally = Tally()
        self._product_slots: dict[str, asyncio.Semaphore] = {}
        self._product_concurrency = product_concurrency or concurrency
        self._answered: dict[str, float] = {}
        self._circuits: dict[tuple[str, str, str], Circuit] = {}

    def slots_of(self, product: str) -> asyncio.Semaphore:
        """The slots of one product; to be taken before those of the account."""
        return self._product_slots.setdefault(product, asyncio.Semaphore(self._product_concurrency))

    def circuit(
        self, product: str, region: str, address: str, monotonic: Callable[[], float], told: Callable[[], None]
    ) -> Circuit:
        """What holds calls back from a host (name and port) while it gives no answer, by product and region."""
        key = product, region, address
        if key not in self._circuits:
            self._circuits[key] = Circuit(address, monotonic, told)
        return self._circuits[key]

    def leave_out(self, in_use: Callable[[str, str], bool]) -> None:
        """Forget the silence of hosts that nothing asks any more; ``in_use`` tells by product and region."""
        for key, circuit in list(self._circuits.items()):
            if not in_use(key[0], key[1]):
                del self._circuits[key]
                circuit.give_up()

    def silent_hosts(self, product: str) -> int:
        """From how many hosts of a product calls are held back now."""
        return sum(circuit.is_open for (of, _, _), circuit in self._circuits.items() if of == product)

    def answered(self, host: str, now: float) -> None:
        """Note that a host answered (monotonic seconds)."""
        self._answered[host] = now

    def another_host_answered(self, host: str, since: float) -> bool:
        """Whether a host other than ``host`` answered since then."""
        return any(at >= since for other, at in self._answered.items() if other != host)
