"""What was true when: every value that the simulated world had while it was asked, against which pages are checked."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from endurance import products, shop
from endurance.shop import Facts, Key

from exporter.simulator import World

KEYS: Mapping[str, tuple[str, ...]] = {**shop.KEYS, **products.KEYS}

# What is read by which collector, and the calls that its rows hang on.
SUBJECTS: Mapping[str, tuple[Callable[[World], Facts], tuple[str, ...]]] = {
    "retailcloud_clusters": (shop.clusters, ("ListCluster", "QueryClusterDetail")),
    "retailcloud_nodes": (shop.nodes, ("ListClusterNode",)),
    "retailcloud_volumes": (shop.volumes, ("ListPersistentVolume",)),
    "retailcloud_claims": (shop.claims, ("ListPersistentVolumeClaim",)),
    "retailcloud_apps": (shop.apps, ("ListApp", "ListAppEnvironment", "ListAppResourceAllocs")),
    "retailcloud_deploys": (shop.deploys, ("ListDeployOrders", "DescribeDeployOrderDetail", "ListPods")),
    "retailcloud_instances": (shop.instances, ("ListAppInstance",)),
    "rds_backups": (products.backups, ("DescribeDBInstances", "DescribeBackups", "GetRdsBackUp")),
    "emr_flow_clusters": (products.flow_clusters, ("ListFlowProject", "ListFlowCluster")),
    "emr_clusters": (products.emr_clusters, ("Emr.ListClusters",)),
    "ecs_hpc_clusters": (products.hpc_clusters, ("DescribeHpcClusters",)),
    "batchcompute_clusters": (products.batch_clusters, ("BatchCompute.ListClusters",)),
    "modelarts_clusters": (products.modelarts_clusters, ("ModelArts.ListClusters",)),
    "modelarts_pools": (products.pools, ("ModelArts.ListPools",)),
}
INVENTORIES: Mapping[str, str] = {
    "retailcloud_nodes": "retailcloud_clusters",
    "retailcloud_volumes": "retailcloud_clusters",
    "retailcloud_claims": "retailcloud_apps",
    "retailcloud_deploys": "retailcloud_apps",
    "retailcloud_instances": "retailcloud_apps",
}
"""Whose list of objects a collector goes by: a deleted object may live on for as long as that list may."""

# What RDS listed is known for six hours more, by design: only a complete list tells that an instance is gone.
KNOWN_LONGER = {
    "aliyun_rds_instance_info": 6 * 3600.0,
    "aliyun_rds_instance_expiry_timestamp_seconds": 6 * 3600.0,
}
# The deploys of an environment are read by the last list of its app's environments, while none can be read.
UNTIL_LISTED = {"aliyun_retailcloud_deploy_environment_info": 6 * 3600.0}
_KEPT = 30 * 3600.0  # seconds of history, more than any row may be old
GONE = None


@dataclass(slots=True)
class Oracle:
    """The history of every fact: from when on it had which value, ``GONE`` where there is none."""

    world: World
    history: dict[Key, list[tuple[float, float | None]]] = field(default_factory=lambda: defaultdict(list))
    answered_at: dict[tuple[str, str], float] = field(default_factory=dict)
    observations: int = 0
    _known: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))

    def observe(self, *subjects: str) -> None:
        """Note what is true now of some subjects; of all, where none is named."""
        self.world.advance()
        now = self.world.now
        for subject in subjects or SUBJECTS:
            self.observations += 1
            told = dict(SUBJECTS[subject][0](self.world))
            for key, value in told.items():
                self._note(key, now, value)
            for key in self._known[subject] - told.keys():
                self._note(key, now, GONE)
            self._known[subject] |= told.keys()

    def _note(self, key: Key, now: float, value: float | None) -> None:
        events = self.history[key]
        if not events or events[-1][1] != value:
            events.append((now, value))

    def answered(self, account: str, operation: str) -> None:
        """Note that a call was answered as the world is."""
        for subject, (_, operations) in SUBJECTS.items():
            if operation in operations:
                self.observe(subject)
                self.answered_at[account, subject] = self.world.now

    def was_true(self, key: Key, value: float, since: float, there_since: float) -> bool:
        """Whether a fact had this value at some moment since then, or as its last one when it went at ``there_since``.

        ``there_since`` is how long ago an object may have been deleted, at most.
        """
        events = self.history.get(key, [])
        last: float | None = GONE
        if not events:
            return False
        for (begin, told), end in zip(events, [*(at for at, _ in events[1:]), float("inf")], strict=True):
            if told is not GONE:
                last = told
            if told is not GONE and end > since and _same(told, value, key):
                return True
            if told is GONE and begin >= there_since and last is not GONE and _same(last, value, key):
                return True
        return False

    def standing(self, subjects: Iterable[str], since: float) -> dict[Key, float]:
        """The facts of some subjects that have not changed since then."""
        return {
            key: value
            for subject in subjects
            for key in self._known[subject]
            for at, value in self.history[key][-1:]
            if value is not GONE and at <= since
        }

    def forget(self) -> None:
        """Let go of what is too old to matter."""
        horizon = self.world.now - _KEPT
        for key, events in list(self.history.items()):
            while len(events) > 1 and events[1][0] < horizon:
                events.pop(0)
            if events and events[-1][1] is GONE and events[-1][0] < horizon:
                del self.history[key]
                for keys in self._known.values():
                    keys.discard(key)


def _same(told: float, shown: float, key: Key) -> bool:
    """Times are written in minutes or seconds, ratios with three digits."""
    tolerance = 60.0 if key[0].endswith("_timestamp_seconds") else 1e-6 + 0.005 * abs(told)
    return abs(told - shown) <= tolerance
