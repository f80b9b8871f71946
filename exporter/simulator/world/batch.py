"""The BatchCompute clusters of the simulated world: those it begins with, and those that are created in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.simulator.world.clusters import REGION
from exporter.simulator.world.dice import DAY, dice, letters

ACTIVE, DELETING = "Active", "Deleting"
_FIRST_RUNS, _LAST_RUNS = 60.0, 240.0
"""Seconds after its creation in which a cluster's machines come up, evenly from the one to the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchGroup:
    """One group of machines; ``price_limit`` is in the vendor's currency, whichever that is."""

    name: str
    desired: int
    instance_type: str
    spot: bool = False
    strategy: str = "NoSpot"
    price_limit: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """What a cluster is made of; the mappings are given back as they came, credentials included."""

    name: str
    image_id: str
    instance_type: str
    groups: tuple[BatchGroup, ...]
    description: str = ""
    user_data: Mapping[str, object] = field(default_factory=dict)
    env_vars: Mapping[str, object] = field(default_factory=dict)
    notification: Mapping[str, object] = field(default_factory=dict)
    configs: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchCluster:
    """One BatchCompute cluster; ``created`` is epoch seconds."""

    id: str
    region: str
    state: str
    created: float
    plan: BatchPlan

    def running(self, group: BatchGroup, now: float) -> int:
        """How many machines of a group run; in a cluster that is being deleted none does."""
        if self.state != ACTIVE:
            return 0
        share = (now - self.created - _FIRST_RUNS) / (_LAST_RUNS - _FIRST_RUNS)
        return int(group.desired * min(max(share, 0.0), 1.0))


class BatchPark:
    """All BatchCompute clusters; ``clusters`` may be changed by tests. A token stands for one creation, for ever."""

    def __init__(self, seed: int, count: int, born: float) -> None:
        self.clusters = [_first_cluster(seed, number, born) for number in range(count)]
        self._seed = seed
        self._created = 0
        self._by_token: dict[str, tuple[str, str]] = {}

    def create(self, plan: BatchPlan, region: str, now: float) -> str:
        """A new cluster; returns its id."""
        rolls = dice(self._seed, "batch-created", self._created)
        self._created += 1
        cluster = BatchCluster(f"cls-{letters(rolls, 24)}", region, ACTIVE, now, plan)
        self.clusters.append(cluster)
        return cluster.id

    def remember(self, token: str, request: str, cluster_id: str) -> None:
        """Note that a request with this token created a cluster."""
        self._by_token[token] = request, cluster_id

    def remembered(self, token: str) -> tuple[str, str] | None:
        """The request that came with a token, and the id of the cluster it created."""
        return self._by_token.get(token)


def _first_cluster(seed: int, number: int, born: float) -> BatchCluster:
    """Every second one has a group of spot instances, every fifth is going."""
    type_ = "bcs.a2.large"
    groups = [BatchGroup(name="workers", desired=3 + number % 4, instance_type=type_)]
    if number % 2:
        groups.append(
            BatchGroup(
                name="spot", desired=5, instance_type=type_, spot=True, strategy="SpotWithPriceLimit", price_limit=0.35
            )
        )
    return BatchCluster(
        id=f"cls-{letters(dice(seed, 'batch', number), 24)}",
        region=REGION,
        state=DELETING if number % 5 == 4 else ACTIVE,
        created=born - (10 + 3 * number) * DAY,
        plan=BatchPlan(
            name=f"batch-{number + 1}",
            image_id="img-ubuntu",
            instance_type=type_,
            groups=tuple(groups),
            user_data={"note": "canary-batchcompute-user-data"},
            env_vars={"PASSWORD": "canary-batchcompute-env"},
            configs=_CONFIGS,
        ),
    )


_CONFIGS = {
    "Disks": {"SystemDisk": {"Type": "cloud", "Size": 500}},
    "Mounts": {
        "Entries": [],
        "Locale": "GBK",
        "Lock": False,
        "OSS": {
            "AccessKeyId": "canary-oss-access-key-id",
            "AccessKeySecret": "canary-oss-access-key-secret",
            "AccessSecurityToken": "canary-oss-security-token",
        },
    },
    "Networks": {"VPC": {"CidrBlock": "10.0.0.0/8"}},
}
