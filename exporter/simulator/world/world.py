"""The simulated world: everything both clouds know about, brought up to its clock's time whenever it is asked."""

import dataclasses
from collections import defaultdict
from dataclasses import dataclass

from exporter.simulator.clock import SimulatedClock
from exporter.simulator.world import scenarios
from exporter.simulator.world.apps import App, Environment, make_apps, make_environment, make_environments
from exporter.simulator.world.backups import (
    BackupSet,
    DbInstance,
    backup_sets,
    make_db_instances,
    make_db_instances_elsewhere,
    make_db_replicas,
)
from exporter.simulator.world.batch import BatchCluster, BatchPark
from exporter.simulator.world.claims import Claim, make_claims
from exporter.simulator.world.clusters import Cluster, make_clusters
from exporter.simulator.world.computing import (
    make_flow_clusters,
    make_flow_projects,
    make_hpc_clusters,
    make_modelarts_clusters,
)
from exporter.simulator.world.deploys import DeployOrder, OrderBook, Plan
from exporter.simulator.world.emr import EmrCluster, make_emr_clusters
from exporter.simulator.world.instances import AppInstance, instances_of
from exporter.simulator.world.load import Load, load_of
from exporter.simulator.world.pods import Pod, pods_of
from exporter.simulator.world.pools import Pool, make_pools
from exporter.simulator.world.truth import truth_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large the world is; ``environments`` counts per app, ``nodes`` and ``volumes`` all clusters together.

    ``claims`` are those without a volume: each bound volume has one besides. ``rds_instances`` are primaries of the
    first region, ``rds_elsewhere`` those of the second. ``emr_clusters`` are those of the flow operations,
    ``emr_2021_clusters`` those of the newer API. ``orders_per_day`` are the deploy orders of each environment; None is
    an ordinary shop's rhythm, in which some environments rest for weeks.
    """

    clusters: int = 3
    nodes: int = 24
    apps: int = 12
    environments: int = 2
    volumes: int = 18
    claims: int = 4
    rds_instances: int = 3
    rds_replicas: int = 2
    rds_elsewhere: int = 1
    backup_days: int = 14
    emr_clusters: int = 4
    emr_2021_clusters: int = 12
    hpc_clusters: int = 2
    batchcompute_clusters: int = 2
    modelarts_clusters: int = 3
    modelarts_pools: int = 6
    orders_per_day: float | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a negative size."""
        for field in dataclasses.fields(self):
            size = getattr(self, field.name)
            if size is not None and not 0 <= size < float("inf"):
                raise ValueError(f"{field.name} is 0 or more")


class World:
    """A world made from a seed: the same seed, sizes and clock give the same facts at the same simulated time.

    Nothing runs in the background; ``advance`` catches up with the clock. Its lists may be changed by tests
    (``world.clusters.pop()`` deletes a cluster). ``scenario`` is the one started last.
    """

    def __init__(self, seed: int, sizes: Sizes, clock: SimulatedClock, scenario: str = "calm") -> None:
        self.seed = seed
        self.sizes = sizes
        self.clock = clock
        self.born = self.now = clock.now()
        self.clusters: list[Cluster] = make_clusters(seed, sizes.clusters, sizes.nodes, sizes.volumes, self.born)
        self.apps: list[App] = make_apps(seed, sizes.apps)
        self.environments: list[Environment] = make_environments(seed, self.apps, sizes.environments, self.clusters)
        self._homes: dict[str, list[Environment]] = defaultdict(list)
        for environment in self.environments:
            if environment.cluster is not None:
                self._homes[environment.cluster.instance_id].append(environment)
        self.claims: list[Claim] = make_claims(
            seed, self.clusters, self._homes, self.environments, unbound=sizes.claims, born=self.born
        )
        self._orders = OrderBook(self.environments, self.born, sizes.orders_per_day)
        self.db_instances: list[DbInstance] = make_db_instances(sizes.rds_instances, self.born)
        self.db_replicas = make_db_replicas(sizes.rds_replicas, self.db_instances, self.born)
        self.db_elsewhere = make_db_instances_elsewhere(sizes.rds_elsewhere, self.born)
        self.flow_projects = make_flow_projects(seed, sizes.emr_clusters, self.born)
        self.flow_clusters = make_flow_clusters(seed, sizes.emr_clusters, self.flow_projects, self.born)
        self.emr_clusters: list[EmrCluster] = make_emr_clusters(seed, sizes.emr_2021_clusters, self.born)
        self.hpc_clusters = make_hpc_clusters(seed, sizes.hpc_clusters)
        self.batch = BatchPark(seed, sizes.batchcompute_clusters, self.born)
        self.modelarts_clusters = make_modelarts_clusters(seed, sizes.modelarts_clusters, self.born)
        self.all_pools: list[Pool] = make_pools(seed, sizes.modelarts_pools, self.born)
        for environment in self.environments[1:2]:
            # Somebody is always just deploying when a demonstration starts.
            self._orders.plan(self.born - 20, environment, Plan(seconds=200.0))
        self.scenario = "calm"
        if scenario != self.scenario:
            self.start(scenario)

    @property
    def rds_instance_ids(self) -> list[str]:
        """The primaries of the first region, for settings that name them; they are the same for every seed."""
        return [instance.id for instance in self.db_instances]

    @property
    def all_db_instances(self) -> list[DbInstance]:
        """The RDS instances of both regions, primaries and read-only replicas."""
        return [*self.db_instances, *self.db_replicas, *self.db_elsewhere]

    def advance(self) -> None:
        """Bring the world up to its clock's time."""
        self.now = max(self.now, self.clock.now())

    @property
    def orders(self) -> OrderBook:
        """The deploy orders until now, started when they are asked for: weeks of them, and few calls want them."""
        self._orders.advance(self.now)
        return self._orders

    def start(self, scenario: str) -> None:
        """Start a scenario now; raises UnknownScenarioError, which lists the known ones.

        The timelines stand in ``SCENARIOS`` and in ``GET /_sim``. ``calm``: production deploys succeed, test deploys
        fail now and then. ``deploy-fails``: an order stays open while its instances fail from 5 s on; a person closes
        it at 300 s. ``deploy-fails-at-once``: an order is finished as failed at 5 s. ``scale-follows-failure``: after
        that a scale order succeeds. ``new-environment-fails``: a new environment's first order goes as in deploy-fails.
        ``retry-succeeds``: what is broken gets a new order, which succeeds at 60 s; where nothing is, an order fails at
        20 s and its retry ends at 120 s.
        """
        self.advance()
        scenarios.begin(scenario, self)
        self.scenario = scenario

    def add_environment(self, app: App) -> Environment:
        """One more production environment of an app, which had no order yet and gets none of itself."""
        number = max((environment.number for environment in self.environments), default=-1) + 1
        siblings = sum(each.production and each.app.id == app.id for each in self.environments)
        environment = make_environment(self.seed, app, number, 2 * siblings, self.clusters)
        self.environments.append(environment)
        if environment.cluster is not None:
            self._homes[environment.cluster.instance_id].append(environment)
        return environment

    def backup_sets(self, instance: DbInstance) -> list[BackupSet]:
        """The backup sets that an RDS instance keeps now, newest first."""
        return backup_sets(self.seed, instance, self.sizes.backup_days, self.now)

    def replicas(self, environment: Environment) -> int:
        """The instances an environment has now: one more than usual while an order is open."""
        latest = self.orders.latest(environment)
        return environment.replicas + (1 if latest is not None and latest.is_open(self.now) else 0)

    @property
    def batch_clusters(self) -> list[BatchCluster]:
        """The BatchCompute clusters of all regions, those created by a call after those there from the start."""
        return self.batch.clusters

    @property
    def pools(self) -> list[Pool]:
        """The ModelArts pools that are on record now: one that could not be created is forgotten after three days."""
        return [pool for pool in self.all_pools if pool.is_on_record(self.now)]

    def instances(self, environment: Environment) -> list[AppInstance]:
        """The instances an environment has now, as many as its replicas."""
        orders = self.orders.by_environment.get(environment.id, ())
        count = self.replicas(environment)
        return instances_of(self.seed, environment, orders, count=count, now=self.now, born=self.born)

    def claims_of(self, environment: Environment) -> list[Claim]:
        """The persistent volume claims of an environment."""
        return [claim for claim in self.claims if claim.environment.id == environment.id]

    def order_pods(self, order: DeployOrder) -> list[Pod]:
        """What became of each instance of an order until now."""
        return pods_of(self.seed, order, self.now)

    def pods(self, cluster: Cluster) -> list[tuple[Environment, int]]:
        """The environments at home in a cluster, with the instances each has now."""
        return [(environment, self.replicas(environment)) for environment in self._homes[cluster.instance_id]]

    def load(self, cluster: Cluster) -> Load:
        """What is requested and used in a cluster now."""
        return load_of(cluster, self.pods(cluster), self.now)

    def truth(self) -> dict[str, object]:
        """What is the case now, as JSON: ids, names, and the state of every environment's orders."""
        self.advance()
        return truth_of(self)
