"""The simulated world: the same for the same seed, alive by its clock, large where it is told to be."""

import itertools

import pytest

from exporter.simulator import SimulatedClock, Sizes, World

START = 1_767_600_000.0
DAY = 86400.0
THIRTY_DAYS = 30 * DAY


def world_of(seed: int = 7, sizes: Sizes = Sizes(), scenario: str = "calm") -> World:  # noqa: B008 - frozen
    return World(seed, sizes, SimulatedClock(lambda: START), scenario)


def test_the_default_sizes():
    world = world_of()
    truth = world.truth()
    sizes = {name: len(truth[name]) for name in ("clusters", "apps", "environments", "rds_instances", "emr_clusters")}
    assert {"clusters": 3, "apps": 12, "environments": 24, "rds_instances": 3, "emr_clusters": 4} == sizes
    assert 24 == sum(len(cluster.nodes) for cluster in world.clusters)
    assert 18 == sum(len(cluster.volumes) for cluster in world.clusters)
    assert (2, 2, 3) == (len(world.hpc_clusters), len(world.batch_clusters), len(world.modelarts_clusters))


def test_the_same_seed_makes_the_same_world():
    assert world_of().truth() == world_of().truth()
    assert world_of().truth() != world_of(seed=8).truth()


def test_how_often_it_is_asked_changes_nothing():
    often, once = world_of(), world_of()
    for _ in range(300):
        often.clock.advance(600)
        often.advance()
        assert often.orders.by_id
    once.clock.advance(300 * 600)
    assert once.truth() == often.truth()


def test_ids_of_rds_instances_do_not_hang_on_the_seed():
    assert ["rm-8vbsim0000000001", "rm-8vbsim0000000002", "rm-8vbsim0000000003"] == world_of(seed=99).rds_instance_ids


def test_the_clock_changes_speed_without_a_jump():
    real = [START]
    clock = SimulatedClock(lambda: real[0])
    real[0] += 10
    clock.speed = 60
    assert START + 10 == clock.now()
    real[0] += 10
    assert START + 610 == clock.now()
    clock.advance(3600)
    clock.speed = 0
    real[0] += 10
    assert START + 4210 == clock.now()


def test_the_clock_does_not_go_back():
    clock = SimulatedClock(lambda: START)
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)
    with pytest.raises(ValueError, match="0 or more"):
        clock.speed = -1


def test_later_orders_have_higher_ids():
    world = world_of()
    world.clock.advance(3 * DAY)
    world.advance()
    orders = list(world.orders.by_id.values())
    assert sorted(orders, key=lambda order: order.start) == sorted(orders, key=lambda order: order.id)


def test_an_environment_has_one_open_order_at_most():
    world = world_of()
    world.clock.advance(5 * DAY)
    world.advance()
    for orders in world.orders.by_environment.values():
        assert all(earlier.end <= later.start for earlier, later in itertools.pairwise(orders))


def test_history_has_scalings_failures_and_quiet_environments():
    world = world_of()
    orders = list(world.orders.by_id.values())
    assert any(order.start < START - THIRTY_DAYS for order in orders)
    assert {"应用实例数扩缩容至2个"} <= {order.name for order in orders if order.category == "scale"}
    assert {1, 2, 4} == {order.result for order in orders}
    silent = [START - world.orders.latest(environment).start for environment in world.environments]
    assert any(DAY < age < 10 * DAY for age in silent)
    assert any(10 * DAY < age < THIRTY_DAYS for age in silent)
    assert any(age > THIRTY_DAYS for age in silent)


def test_calm_production_stays_healthy_for_days():
    world = world_of()
    for _ in range(96):
        world.clock.advance(1800)
        for environment in world.truth()["environments"]:
            if environment["env_type"] == "prod":
                assert environment["failing_since"] is None


def test_deploys_start_and_finish_while_time_goes_by():
    world = world_of()
    before = len(world.orders.by_id)
    world.clock.advance(6 * 3600)
    world.advance()
    assert len(world.orders.by_id) > before


def test_backups_are_made_every_night_and_age_out():
    world = world_of()
    instance = world.db_instances[1]
    before = {backup.id for backup in world.backup_sets(instance) if backup.automated}
    assert 14 == len(before)
    world.clock.advance(DAY)
    world.advance()
    after = {backup.id for backup in world.backup_sets(instance) if backup.automated}
    assert 14 == len(after)
    assert 13 == len(before & after)


def test_a_large_world_is_made_in_seconds(stopwatch):
    began = stopwatch()
    world = world_of(sizes=Sizes(clusters=1000, nodes=20000))
    assert (1000, 20) == (len(world.clusters), len(world.clusters[999].nodes))
    assert world.orders.by_id
    assert stopwatch() - began < 10


@pytest.mark.parametrize("size", [{"nodes": -1}, {"orders_per_day": -0.5}, {"orders_per_day": float("nan")}])
def test_a_negative_size_is_refused(size):
    with pytest.raises(ValueError, match=f"{next(iter(size))} is 0 or more"):
        Sizes(**size)


@pytest.mark.parametrize("a_day", [1, 5, 40])
def test_orders_a_day_can_be_told(a_day):
    world = world_of(sizes=Sizes(orders_per_day=a_day))
    world.clock.advance(10 * DAY)
    world.advance()
    days = 20 * len(world.environments)
    started = [order for order in world.orders.by_id.values() if order.start > world.now - 20 * DAY]
    assert 0.85 * a_day < len(started) / days < 1.15 * a_day
    assert len(world.environments) == len({order.environment.id for order in started})


def test_a_shop_without_orders():
    world = world_of(sizes=Sizes(orders_per_day=0))
    world.clock.advance(DAY)
    world.advance()
    assert 1 == len(world.orders.by_id), "but for the one that is always just running when a demonstration starts"
    assert all(world.instances(environment) for environment in world.environments)


def test_the_rhythm_of_a_shop_is_the_same_without_the_new_size():
    told, ordinary = world_of(sizes=Sizes(orders_per_day=None)), world_of()
    assert ordinary.truth() == told.truth()


@pytest.mark.parametrize(
    "size",
    ["claims", "rds_replicas", "rds_elsewhere", "emr_2021_clusters", "modelarts_pools", "batchcompute_clusters"],
)
def test_one_more_object_changes_none_of_the_others(size):
    before = world_of().truth()
    sizes = Sizes()
    after = world_of(sizes=Sizes(**{size: getattr(sizes, size) + 1})).truth()
    grown = {name for name in before if before[name] != after[name]}
    assert 1 == len(grown), "one list, in which everything that was there still is"
    name = grown.pop()
    if size == "claims":
        added = {
            claim
            for one, other in zip(before[name], after[name], strict=True)
            for claim in other["claims"].items() - one["claims"].items()
        }
        assert 1 == len(added)
        assert [{**row, "claims": None} for row in before[name]] == [{**row, "claims": None} for row in after[name]]
    else:
        assert before[name] == after[name][: len(before[name])]
        assert len(before[name]) + 1 == len(after[name])
