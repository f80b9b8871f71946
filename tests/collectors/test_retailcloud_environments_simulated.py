"""Instances and claims from end to end against the simulated cloud, measured by what its world knows to be the case."""

from collections import defaultdict

import pytest

from exporter.simulator import Quirks
from tests.pages import samples_of
from tests.simulated import SMALL, Simulated

INSTANCES, CLAIMS = "retailcloud_instances", "retailcloud_claims"
PREFIX = "aliyun_retailcloud_"
HARMLESS = [
    Quirks(),
    Quirks(numbers="strings"),
    Quirks(total_count="zero"),
    Quirks(total_count="too_small"),
    Quirks(ignore_page_number=True),
    Quirks(max_page_size=20),
]


def simulated_environments(quirks=HARMLESS[0]):
    return Simulated(quirks=quirks, only=("retailcloud_apps", INSTANCES, CLAIMS))


async def instances_shown(simulated):
    """What the page says of the instances of each environment, in the words of the truth."""
    shown = defaultdict(dict)
    for sample in samples_of(await simulated.page_of(INSTANCES)):
        name = sample.name.removeprefix(f"{PREFIX}environment_instance").removeprefix("_")
        if sample.name.startswith(PREFIX):
            shown[int(sample.labels["env_id"])][sample.labels.get("health", name)] = sample.value
    return shown


async def claims_shown(simulated):
    """The phase of each claim by environment and name."""
    shown = defaultdict(dict)
    for sample in samples_of(await simulated.page_of(CLAIMS)):
        if sample.name == f"{PREFIX}persistentvolumeclaim_status_phase" and sample.value:
            labels = sample.labels
            shown[int(labels["env_id"])][labels["persistentvolumeclaim"]] = labels["phase"]
    return shown


@pytest.mark.parametrize("quirks", HARMLESS, ids=lambda quirks: str(HARMLESS.index(quirks)))
async def test_the_page_is_the_truth_before_and_after_a_deploy_fails(quirks):
    simulated = simulated_environments(quirks)
    await simulated.run()
    simulated.world.start("deploy-fails")
    for seconds in (0, 200, 600, 3600):
        await simulated.run(seconds)
        instances, claims = await instances_shown(simulated), await claims_shown(simulated)
        for environment in simulated.world.truth()["environments"]:
            assert {**environment["instances"], "unknown": 0} == instances[environment["env_id"]]
            phases = {name: status.lower() for name, status in environment["claims"].items()}
            assert phases == claims[environment["env_id"]]
    assert 0 < sum(each["abnormal"] for each in instances.values())


async def test_every_phase_of_a_claim_and_its_volume_are_shown():
    simulated = simulated_environments()
    await simulated.run()
    phases = {phase for claims in (await claims_shown(simulated)).values() for phase in claims.values()}
    assert {"pending", "bound", "lost"} >= phases
    assert {"pending", "bound"} <= phases


async def test_a_total_that_promises_more_shows_no_count_that_may_be_too_small():
    simulated = simulated_environments(Quirks(total_count="too_large"))
    await simulated.run()
    page = await simulated.page_of(INSTANCES)
    assert f"{PREFIX}environment_instances" not in page
    assert 'reason="bad_response"' in page


async def test_an_environment_costs_one_call_for_each():
    simulated = simulated_environments()
    await simulated.run()
    environments = SMALL.apps * SMALL.environments
    calls = simulated.clouds.state.calls
    assert (environments, environments) == (calls["ListAppInstance"], calls["ListPersistentVolumeClaim"])
