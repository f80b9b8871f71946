"""The load of a cluster: what its environments request and use at a moment."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from exporter.simulator.world.apps import Environment
from exporter.simulator.world.clusters import GIB, Cluster
from exporter.simulator.world.dice import DAY

SYSTEM_PODS_PER_NODE = 3


@dataclass(frozen=True, slots=True)
class Load:
    """Requests and use of one cluster; memory in bytes. The total is what is left of the capacity for pods."""

    app_pods: int
    system_pods: int
    cpu_requested: float
    cpu_used: float
    cpu_total: float
    cpu_capacity: float
    memory_requested: int
    memory_used: int
    memory_total: int
    memory_capacity: int

    def available(self, cores: float, gib: float) -> int:
        """How many more pods of a shape there is room for."""
        by_cores = (self.cpu_total - self.cpu_requested) / cores
        by_memory = (self.memory_total - self.memory_requested) / (gib * GIB)
        return max(0, int(min(by_cores, by_memory)))


def load_of(cluster: Cluster, pods: Sequence[tuple[Environment, int]], now: float) -> Load:
    """The load of a cluster with these environments and their numbers of pods; use follows the time of day."""
    cpu_total = round(cluster.cores * 0.95, 2)
    memory_total = int(cluster.memory * 0.9)
    system = len(cluster.nodes) * SYSTEM_PODS_PER_NODE
    cpu = sum(count * environment.cores for environment, count in pods) + system * 0.1
    memory = sum(count * environment.memory_bytes for environment, count in pods) + system * GIB // 8
    cpu_requested = round(min(cpu, cpu_total), 2)
    memory_requested = int(min(memory, memory_total))
    wave = 1 + 0.4 * math.sin(2 * math.pi * (now / DAY + cluster.phase))
    return Load(
        app_pods=sum(count for _, count in pods),
        system_pods=system,
        cpu_requested=cpu_requested,
        cpu_used=round(cpu_requested * 0.4 * wave, 2),
        cpu_total=cpu_total,
        cpu_capacity=float(cluster.cores),
        memory_requested=memory_requested,
        memory_used=int(memory_requested * 0.6 * (0.7 + 0.3 * wave)),
        memory_total=memory_total,
        memory_capacity=cluster.memory,
    )


def share(part: float, whole: float) -> float:
    """A ratio with two decimals, as the cluster answers have them; 0 of nothing is 0."""
    return round(part / whole, 2) if whole else 0.0
