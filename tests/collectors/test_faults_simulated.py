"""What a run is called for each fault that the simulated cloud can play, and that none of them is a bug of ours."""

from dataclasses import replace

import pytest

from exporter.collectors import (
    batchcompute_clusters,
    ecs_hpc_clusters,
    emr_clusters,
    emr_flow_clusters,
    modelarts_clusters,
    modelarts_pools,
    rds_backups,
    retailcloud_claims,
    retailcloud_instances,
)
from exporter.simulator.faults import Fault
from tests.clouds.simulated_wire import PROJECT, REGION, SimulatedWire
from tests.doubles import PLACE, Bench
from tests.simulated import SMALL

COLLECTORS = (
    batchcompute_clusters,
    ecs_hpc_clusters,
    emr_clusters,
    emr_flow_clusters,
    modelarts_clusters,
    modelarts_pools,
    rds_backups,
    retailcloud_claims,
    retailcloud_instances,
)
# Rows of which nothing can be read are counted, but the call itself was good; some such answers lack even the list.
FAULTS = {
    "throttled": {"throttled"},
    "unavailable": {"unavailable"},
    "internal_error": {"unavailable"},
    "html": {"unavailable"},
    "reset": {"unavailable"},
    "truncated_json": {"bad_response"},
    "forbidden": {"permission"},
    "invalid_key": {"auth"},
    "expired_token": {"auth"},
    "clock_skew": {"auth"},
    "not_found_api": {"not_offered"},
    "not_offered": {"not_offered"},
    "empty_object": {"bad_response"},
    "nulls": {"success", "bad_response"},
    "wrong_types": {"success", "bad_response"},
}


def bench_of(collector):
    product = collector.product
    wire = SimulatedWire(product.product, provider=product.provider, project=PROJECT, sizes=SMALL)
    place = replace(PLACE, region=REGION, instances=tuple(wire.world.rds_instance_ids))
    return Bench(collector, product(wire.channel), place=place), wire


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("module", COLLECTORS, ids=lambda module: module.COLLECTOR.name)
async def test_a_run_with_a_fault(module, fault):
    bench, wire = bench_of(module.COLLECTOR)
    wire.faults.add(Fault(fault=fault))

    status = await bench.collection.run()

    reasons = {reason for _, reason in status.failed} or {status.result}
    assert reasons <= FAULTS[fault]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("module", COLLECTORS, ids=lambda module: module.COLLECTOR.name)
async def test_the_rows_of_the_last_good_run_outlive_a_fault(module, fault):
    bench, wire = bench_of(module.COLLECTOR)
    await bench.collection.run()
    before = await bench.page("aliyun_", "huaweicloud_")
    wire.faults.add(Fault(fault=fault))

    await bench.collection.run()

    after = await bench.page("aliyun_", "huaweicloud_")
    assert before
    if FAULTS[fault].isdisjoint({"success"}):
        assert before == after
    else:
        infos = {line for line in before.splitlines() if "cluster_info{" in line or "instance_info{" in line}
        assert infos <= set(after.splitlines())


@pytest.mark.parametrize("module", COLLECTORS, ids=lambda module: module.COLLECTOR.name)
async def test_a_good_run_has_nothing_odd(module):
    bench, _ = bench_of(module.COLLECTOR)

    status = await bench.collection.run()

    assert "success" == status.result
    odd = [
        sample
        for family in bench.metrics.registry.collect()
        for sample in family.samples
        if sample.name.startswith(
            (
                "cluster_exporter_unreadable_values_total",
                "cluster_exporter_unknown_states_total",
                "cluster_exporter_duplicate_rows_total",
            )
        )
        and sample.value
    ]
    assert [] == odd
    metrics = {line.partition("{")[0] for line in (await bench.page("aliyun_", "huaweicloud_")).splitlines()}
    assert metrics <= {metric.name for metric in module.COLLECTOR.metrics}
