"""What fits into an API budget, what does not, and what would mend it: from numbers alone."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.assembly import DEFAULT_BURST, DEFAULT_RATE
from exporter.collectors import COLLECTORS
from exporter.plan import Demand, Supply, Usage, known_limit, rounded_up, share, stretches

# The calls of one run for 100 clusters of 20 nodes, 200 apps with 3 environments each, a tenth of those with an order
# that is open or failed, and 20 RDS instances: lists come in pages of 50, backups in pages of 100.
FLEET = {
    "retailcloud_clusters": 2 + 100,
    "retailcloud_nodes": 100,
    "retailcloud_volumes": 100,
    "retailcloud_claims": 600,
    "retailcloud_apps": 4 + 200 + 12,
    "retailcloud_deploys": 200 + 60,
    "retailcloud_instances": 600,
    "rds_backups": 20,
}
TEN = Supply(10, 20, 0, 10)


def demand(name: str, calls: int, interval: float = 60, timeout: float = 50, weight: int = 1, **others: int) -> Demand:
    """A collection that makes ``calls`` of product a in a run, and others of other products."""
    usages = tuple(Usage(product, "global", "List", number) for product, number in {"a": calls, **others}.items())
    return Demand(name, "global", interval, timeout, weight, usages)


def stretched(demands: Sequence[Demand], supply: Supply = TEN, **supplies: Supply) -> dict[str, float]:
    """The effective intervals of what is stretched."""
    found = stretches(demands, {"a": supply, **supplies})
    return {each.demand.collector: each.effective_interval for each in found}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], 10.0),
        ([demand("quiet", 60)], 9.0),
        ([demand("busy", 6000)], 5.0),
        ([demand("busy", 6000), demand("quiet", 60)], 4.5),
        ([demand("busy", 6000, weight=4)], 2.0),
        ([demand("half", 360, weight=4)], 4.0),
        ([demand("elsewhere", 0, b=6000)], 10.0),
    ],
)
def test_a_run_has_what_the_others_leave_and_never_less_than_the_share_of_its_weight(
    others: list[Demand], expected: float
):
    one = demand("one", 100)

    assert expected == pytest.approx(share(one, [one, *others], "a", 10))


lanes = st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 5)), max_size=6)


@given(lanes, st.integers(1, 5), st.floats(0.01, 1000))
def test_a_share_lies_between_that_of_its_weight_and_all(others: list[tuple[int, int]], weight: int, capacity: float):
    one = demand("one", 1, weight=weight)
    demands = [one, *(demand(str(number), calls, weight=its) for number, (calls, its) in enumerate(others))]
    total = sum(each.weight for each in demands)

    found = share(one, demands, "a", capacity)

    assert capacity * weight / total * 0.999 <= found <= capacity * 1.001
    left = capacity - sum(each.calls("a") / each.interval for each in demands[1:])
    assert found >= left * 0.999


def test_what_fits_is_not_stretched():
    assert {} == stretched([demand("clusters", 101), demand("deploys", 200), demand("apps", 216, 600, 300)])


def test_what_exceeds_the_budget_is_stretched_and_the_small_ones_are_not():
    demands = [demand("small", 10), demand("large", 1200)]

    (found,) = stretches(demands, {"a": TEN})

    assert ("large", "a", 1200) == (found.demand.collector, found.product, found.calls)
    assert 10 - 10 / 60 == pytest.approx(found.share)
    # 1200 calls less a burst of 20 take 120 s: three runs of 50 s.
    assert 180 == found.effective_interval


def test_every_way_out_mends_it_by_itself():
    demands = [demand("clusters", 102), demand("instances", 3000, 300, 250), demand("deploys", 200, weight=2)]

    found = stretches(demands, {"a": TEN})

    assert ["instances"] == [each.demand.collector for each in found]
    (it,) = found
    assert it.rate is not None
    assert {} == stretched(demands, replace(TEN, rate=it.rate))
    assert {"instances"} == stretched(demands, replace(TEN, rate=it.rate - 1)).keys()
    assert it.interval is not None
    longer = replace(it.demand, interval=it.interval, timeout=it.timeout)
    assert {} == stretched([longer if each is it.demand else each for each in demands])


def test_a_longer_timeout_is_enough_where_the_interval_leaves_room():
    demands = [demand("one", 400, interval=600, timeout=20)]

    (found,) = stretches(demands, {"a": TEN})

    assert (None, 40.0) == (found.interval, found.timeout)
    assert {} == stretched([replace(demands[0], timeout=found.timeout)])


@settings(deadline=None)
@given(lanes.filter(bool), st.sampled_from([60, 300, 1800]), st.floats(0.1, 20))
def test_the_ways_out_hold_for_any_fleet(others: list[tuple[int, int]], interval: float, rate: float):
    demands = [demand(str(n), calls, interval, interval - 10, weight) for n, (calls, weight) in enumerate(others)]
    supply = replace(TEN, rate=rate)

    found = stretches(demands, {"a": supply})

    for each in found:
        assert each.effective_interval > interval
        assert each.rate is not None
        assert {} == stretched(demands, replace(supply, rate=each.rate))
        longer = replace(each.demand, interval=each.interval or interval, timeout=each.timeout)
        assert each.demand.collector not in stretched(
            [longer if one is each.demand else one for one in demands], supply
        )


def test_where_answers_are_slow_no_budget_mends_it():
    slow = replace(TEN, answer=2.0)

    (found,) = stretches([demand("one", 400)], {"a": slow})

    assert 5 == slow.capacity == pytest.approx(found.share)
    assert found.rate is None
    assert found.interval is not None


def test_a_burst_that_gathers_between_runs_goes_at_once():
    hourly = demand("one", 20, interval=3600, timeout=30)

    assert {} == stretched([hourly], Supply(1 / 60, 20, 0, 10))
    assert {"one": 72_000} == stretched([hourly], Supply(1 / 60, 10, 0, 10))


def test_a_collection_waits_for_all_the_products_it_calls():
    both = demand("both", 300, b=300)

    assert {} == stretched([both], b=replace(TEN, rate=20))
    (found,) = stretches([both], {"a": TEN, "b": replace(TEN, rate=1)})
    assert ("b", 300) == (found.product, found.calls)


def test_the_time_for_a_burst_of_calls():
    assert [0, 0, 8] == [TEN.seconds_for(calls) for calls in (0, 20, 100)]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(1, 5), (60, 60), (61, 90), (600, 600), (601, 660), (3600, 3600), (3601, 3900)]
)
def test_a_duration_is_rounded_up_to_one_that_people_write(seconds: float, expected: float):
    assert expected == rounded_up(seconds)


def test_limits_are_told_where_the_vendor_publishes_them():
    assert known_limit("aliyun", "retailcloud") is None
    assert "minute" in known_limit("aliyun", "ecs").text
    assert 200 == known_limit("huaweicloud", "modelarts").rate


def test_a_large_fleet_fits_the_default_budget():
    collectors = [each for each in COLLECTORS if any(its.product == "retailcloud" for its in each.operations)]
    demands = [demand(each.name, FLEET[each.name], each.interval, each.timeout, each.weight) for each in collectors]

    assert FLEET.keys() == {each.name for each in collectors}
    assert sum(each.calls("a") / each.interval for each in demands) < DEFAULT_RATE
    assert {} == stretched(demands, Supply(DEFAULT_RATE, DEFAULT_BURST, 0.15, 10))
