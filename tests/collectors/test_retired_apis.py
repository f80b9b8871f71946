"""APIs that the vendors have replaced: what is said when they answer no more, and by whom the newer ones are read."""

import pytest

from exporter.clouds.errors import NotOfferedError
from exporter.collectors import COLLECTORS
from exporter.simulator.faults import Fault
from tests.simulated import Simulated

BY_NAME = {collector.name: collector for collector in COLLECTORS}
REPLACED = {name: collector.replaced_by for name, collector in BY_NAME.items() if collector.replaced_by}


def test_every_successor_is_a_collector_of_the_same_product_that_has_none_itself():
    assert {"emr_flow_clusters": "emr_clusters", "modelarts_clusters": "modelarts_pools"} == REPLACED
    for name, successor in REPLACED.items():
        assert BY_NAME[name].product is BY_NAME[successor].product
        assert "" == BY_NAME[successor].replaced_by


@pytest.mark.parametrize(
    ("retired", "operation"),
    [("emr_flow_clusters", "ListFlowProject"), ("modelarts_clusters", "ModelArts.ListClusters")],
)
@pytest.mark.parametrize("had_data", [False, True])
async def test_an_api_that_is_retired_names_its_successor_which_goes_on(retired, operation, had_data):
    simulated = Simulated(only=(retired, REPLACED[retired]))
    if had_data:
        await simulated.run()
    simulated.clouds.state.faults.add(Fault(fault="not_found_api", operation=operation))

    await simulated.run(seconds=300)

    old, new = (
        {each.collector.name: each for each in simulated.exporter.collections}[name].record.status
        for name in (retired, REPLACED[retired])
    )
    assert ("not_offered", had_data) == (old.result, old.last_success is not None)
    assert old.message.endswith(f"; its successor is read by the collector {REPLACED[retired]}")
    assert ("success", "") == (new.result, new.message)


async def test_a_region_without_the_product_names_no_successor():
    simulated = Simulated(only=("emr_flow_clusters",))
    simulated.clouds.state.faults.add(Fault(fault="not_offered"))

    await simulated.run()

    (collection,) = simulated.exporter.collections
    status = collection.record.status
    assert NotOfferedError.reason == status.result
    assert "successor" not in status.message
    assert "InvalidRegionId.NotFound" in status.message
