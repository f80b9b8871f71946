"""The persistent volume claims of the simulated world: those of its bound volumes, and some that have none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exporter.simulator.world.apps import Environment
from exporter.simulator.world.clusters import Cluster
from exporter.simulator.world.dice import DAY, dice, letters


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of an environment; ``volume`` is empty while it waits for one. ``created`` is epoch seconds."""

    name: str
    environment: Environment
    volume: str
    capacity: str
    access_modes: str
    storage_class: str
    created: float

    @property
    def status(self) -> str:
        """Pending without a volume, Bound with one, Lost when its volume is gone."""
        if not self.volume:
            return "Pending"
        cluster = self.environment.cluster
        there = cluster is not None and any(volume.name == self.volume for volume in cluster.volumes)
        return "Bound" if there else "Lost"


def make_claims(
    seed: int,
    clusters: Sequence[Cluster],
    homes: Mapping[str, Sequence[Environment]],
    environments: Sequence[Environment],
    *,
    unbound: int,
    born: float,
) -> list[Claim]:
    """A claim for each bound volume, in an environment of its cluster; then ``unbound``, every third of them lost.

    The claim of a released volume is deleted: only the volume still tells its name.
    """
    bound = [
        Claim(
            name=volume.claim,
            environment=here[number % len(here)],
            volume=volume.name,
            capacity=volume.capacity,
            access_modes=volume.access_modes,
            storage_class=volume.storage_class,
            created=volume.created,
        )
        for cluster in clusters
        if (here := homes.get(cluster.instance_id, ()))
        for number, volume in enumerate(cluster.volumes)
        if volume.status == "Bound"
    ]
    return bound + [_unbound(seed, environments, number, born) for number in range(unbound if environments else 0)]


def _unbound(seed: int, environments: Sequence[Environment], number: int, born: float) -> Claim:
    rolls = dice(seed, "claim", number)
    lost = number % 3 == 2
    return Claim(
        name=f"data-{letters(rolls, 5)}",
        environment=environments[number % len(environments)],
        volume=f"pv-{letters(rolls, 8)}" if lost else "",
        capacity="20Gi" if lost else "",
        access_modes="ReadWriteOnce",
        storage_class="alicloud-disk-ssd",
        created=born - rolls.uniform(1, 20) * DAY,
    )
