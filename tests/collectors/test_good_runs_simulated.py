"""A good run in front of the simulated cloud finds nothing odd; what faults do is in tests/faults."""

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


def bench_of(collector):
    product = collector.product
    wire = SimulatedWire(product.product, provider=product.provider, project=PROJECT, sizes=SMALL)
    place = replace(PLACE, region=REGION, instances=tuple(wire.world.rds_instance_ids))
    return Bench(collector, product(wire.channel), place=place)


@pytest.mark.parametrize("module", COLLECTORS, ids=lambda module: module.COLLECTOR.name)
async def test_a_good_run_has_nothing_odd(module):
    bench = bench_of(module.COLLECTOR)

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
