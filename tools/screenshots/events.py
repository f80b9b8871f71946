"""What happens in the simulated shop beside its everyday life, so that the dashboards have something to tell."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from exporter.simulator import Fault, World
from exporter.simulator.faults import Faults
from exporter.simulator.world.computing import make_flow_clusters
from exporter.simulator.world.deploys import CLOSED, FAILED, SUCCESS, Plan
from exporter.simulator.world.emr import make_emr_clusters
from exporter.simulator.world.pools import make_pools

DAY, HOUR, MINUTE = 86_400, 3600, 60
What = Callable[[World, Faults], None]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens, so many seconds before the end."""

    before: float
    happen: What


def _deploy(app: str, plan: Plan) -> What:
    """A deploy to an app's production. After a failure no other one follows by itself."""

    def begin(world: World, _: Faults) -> None:
        environment = next(each for each in world.environments if each.app.title == app and each.production)
        latest = world.orders.latest(environment)
        if latest is not None and latest.is_open(world.now):
            latest.end = world.now - 1
        (world.orders.held.discard if plan.result == SUCCESS else world.orders.held.add)(environment.id)
        world.orders.start(world.now, environment, plan)

    return begin


def _outage(before: float, app: str, lasts: float) -> tuple[Event, Event]:
    """A deploy that fails, and the one that mends it so many seconds later."""
    broken = Plan(45, FAILED, instances=4, ready=1, failing=(10.0, 15.0, 20.0))
    return Event(before, _deploy(app, broken)), Event(before - lasts, _deploy(app, Plan(90)))


def _fault(operation: str, fault: str, seconds: float, **match: str) -> What:
    return lambda _, faults: faults.add(Fault(operation=operation, fault=fault, seconds=seconds, match=match))


def _freshly_made(world: World, _: Faults) -> None:
    """Clusters that are being made would be so for days: they are made now."""
    sizes = world.sizes
    world.emr_clusters = make_emr_clusters(world.seed, sizes.emr_2021_clusters, world.now)
    world.flow_clusters = make_flow_clusters(world.seed, sizes.emr_clusters, world.flow_projects, world.now)
    pools = make_pools(world.seed, sizes.modelarts_pools, world.now)
    world.all_pools = [replace(pool, control=0) for pool in pools]  # none of them frozen


def _node_expires(world: World, _: Faults) -> None:
    nodes = world.clusters[0].nodes
    nodes[1] = replace(nodes[1], expires="2026-03-22")


def _flow_cluster_is(number: int, status: str) -> What:
    def change(world: World, _: Faults) -> None:
        world.flow_clusters[number] = replace(world.flow_clusters[number], status=status)

    return change


def _modelarts_cluster_is(number: int, status: str, missing: int) -> What:
    def change(world: World, _: Faults) -> None:
        cluster = world.modelarts_clusters[number]
        world.modelarts_clusters[number] = replace(cluster, status=status, missing=missing)

    return change


EVENTS = (
    *_outage(6 * DAY, "catalog", 50 * MINUTE),
    *_outage(4.2 * DAY, "search", 2 * HOUR),
    *_outage(2.1 * DAY, "checkout", 25 * MINUTE),
    *_outage(20 * HOUR, "catalog", 70 * MINUTE),
    Event(29.9 * HOUR, _freshly_made),
    Event(29 * HOUR, _node_expires),
    Event(11 * HOUR, _flow_cluster_is(3, "ABNORMAL")),
    Event(9 * HOUR, _modelarts_cluster_is(1, "concerning", 2)),
    Event(4 * HOUR, _modelarts_cluster_is(1, "running", 0)),
    # A permission was taken away this morning; one app is closed to us for an hour.
    Event(8 * HOUR, _fault("DescribeHpcClusters", "forbidden", 8 * HOUR)),
    Event(50 * MINUTE, _fault("ListAppInstance", "forbidden", HOUR, AppId="5614")),
    # The clouds throttle for longer than most data is kept.
    Event(5 * HOUR, _fault("*", "throttled", 35 * MINUTE)),
    # One that a person closed, and that nobody has retried since.
    Event(160 * MINUTE, _deploy("payment", Plan(300, CLOSED, instances=6, ready=2, failing=(30.0, 60.0, 90.0, 150.0)))),
    # The one that pages: still open, more and more of its instances fail.
    Event(
        16 * MINUTE,
        _deploy(
            "checkout", Plan(HOUR, CLOSED, instances=10, ready=3, ready_within=120, failing=(35.0, 80.0, 200.0, 420.0))
        ),
    ),
)
"""Everything, in no order."""
