"""Deploys from end to end against the simulated cloud, measured by what the simulated world knows to be the case."""

from collections import defaultdict
from dataclasses import replace

import pytest

from exporter.simulator import Quirks, Sizes
from exporter.simulator.faults import Fault
from tests.pages import samples_of
from tests.simulated import Simulated, document, exporter_of, settings_of

pytestmark = pytest.mark.whole

DEPLOYS = "retailcloud_deploys"
PREFIX = "aliyun_retailcloud_deploy_"
SIZES = Sizes(
    clusters=1,
    nodes=1,
    apps=4,
    environments=3,
    volumes=0,
    rds_instances=0,
    emr_clusters=0,
    hpc_clusters=0,
    batchcompute_clusters=0,
    modelarts_clusters=0,
)
HISTORY = 30 * 86_400
HOUR = 3600
STATUS = {1: "deploying", 2: "paused", 3: "finished"}
RESULT = {0: "in_progress", 1: "success", 2: "failed", 4: "closed"}
STEP = {
    "StartAppInstance": "start_app_instance",
    "StopAppInstance": "stop_app_instance",
    "DeleteAppInstance": "delete_app_instance",
    None: "unknown",
}
QUIRKS = [
    Quirks(
        times="utc_seconds",
        deploy_order=order,
        deploy_filter_zone=zone,
        ignore_deploy_category=category,
        ignore_deploy_lists=lists,
    )
    for order in ("descending", "ascending", "shuffled")
    for zone in ("+8", "UTC")
    for category in (False, True)
    for lists in (False, True)
]


def named(quirks):
    category = "no-category" if quirks.ignore_deploy_category else "category"
    lists = "no-lists" if quirks.ignore_deploy_lists else "lists"
    return f"{quirks.deploy_order}{quirks.deploy_filter_zone}-{category}-{lists}"


def simulated_deploys(quirks=Quirks(times="utc_seconds"), **options):  # noqa: B008 -- frozen
    return Simulated(**{"sizes": SIZES, **options}, quirks=quirks, only=("retailcloud_apps", DEPLOYS))


class Shown:
    """The deploy series of one environment."""

    def __init__(self, samples):
        self._samples = samples

    def value(self, name):
        """The value of a series; None where there is none."""
        return next((sample.value for sample in self._samples if sample.name == PREFIX + name), None)

    def state(self, name, label):
        """The one state that is 1; None where there is no set."""
        found = [sample for sample in self._samples if sample.name == PREFIX + name and sample.value == 1]
        assert len(found) <= 1
        return found[0].labels[label] if found else None

    def failed_pods(self):
        """The failed pods by step; None where they are not shown."""
        name = f"{PREFIX}latest_failed_pods"
        return {sample.labels["step"]: sample.value for sample in self._samples if sample.name == name} or None

    def as_truth(self):
        """What the page says, in the words of `truth_of`."""
        info = [sample for sample in self._samples if sample.name == f"{PREFIX}latest_info"]
        return {
            "latest": info[0].labels["order_id"] if info else None,
            "status": self.state("latest_status", "status"),
            "result": self.state("latest_result", "result"),
            "start": self.value("latest_start_timestamp_seconds"),
            "end": self.value("latest_end_timestamp_seconds"),
            "instances": self.value("latest_instances"),
            "ready": self.value("latest_finished_instances"),
            "failed_pods": self.failed_pods(),
            "last_finished": self.state("last_finished_result", "result"),
            "failing_since": self.value("failing_since_timestamp_seconds"),
        }


def by_environment(page):
    """What a page shows of each environment, by its id; of nothing where it has none."""
    shown = defaultdict(list)
    for sample in samples_of(page):
        shown[sample.labels.get("env_id")].append(sample)
    return defaultdict(lambda: Shown([]), {env_id: Shown(samples) for env_id, samples in shown.items()})


def true_of(environment, now):
    """The truth as the contract has it: nothing that started before the history."""
    latest, finished = environment["latest"], environment["last_finished"]
    latest = latest if latest and latest["start"] >= now - HISTORY else None
    finished = finished if finished and finished["start"] >= now - HISTORY else None
    return {
        "latest": str(latest["order_id"]) if latest else None,
        "status": STATUS[latest["status"]] if latest else None,
        "result": RESULT[latest["result"]] if latest else None,
        "start": whole(latest["start"]) if latest else None,
        "end": whole(latest["end"]) if latest else None,
        "instances": latest["instances"] if latest else None,
        "ready": latest["ready"] if latest else None,
        "failed_pods": failed_pods_of(latest) if latest else None,
        "last_finished": RESULT[finished["result"]] if finished else None,
        "failing_since": whole(environment["failing_since"]),
    }


def failed_pods_of(order):
    """The failed pods by step of an order that is open or ended badly."""
    if STATUS[order["status"]] == "finished" and RESULT[order["result"]] == "success":
        return None
    return dict.fromkeys(STEP.values(), 0) | {STEP[order["failed_at_step"]]: order["failed"]}


def whole(moment):
    """An instant as the simulated cloud writes it, in whole seconds."""
    return None if moment is None else float(int(moment))


async def assert_true(simulated):
    shown, truth = by_environment(await simulated.page_of(DEPLOYS)), simulated.world.truth()
    for environment in truth["environments"]:
        assert true_of(environment, truth["now"]) == shown[str(environment["env_id"])].as_truth(), environment
    return shown


@pytest.mark.parametrize("quirks", QUIRKS, ids=named)
async def test_the_page_is_the_truth_under_every_order_zone_and_filter_and_stays_it(quirks):
    simulated = simulated_deploys(quirks)
    await simulated.run()
    await assert_true(simulated)
    simulated.world.start("deploy-fails")
    for seconds in (60, 120, 200, 4 * HOUR, 2 * 24 * HOUR):
        await simulated.run(seconds)
        await assert_true(simulated)


@pytest.mark.parametrize("quirks", QUIRKS[::5], ids=named)
async def test_an_exporter_that_starts_later_shows_the_same(quirks):
    simulated = simulated_deploys(quirks)
    simulated.world.start("deploy-fails")
    for seconds in (0, 400, 3 * HOUR, 26 * HOUR):
        await simulated.run(seconds)
    restarted = exporter_of(
        settings_of(document(simulated.world)),
        simulated.transport,
        simulated.clock,
        only=("retailcloud_apps", DEPLOYS),
    )
    await restarted.collect_once()
    assert deploy_rows(await simulated.page_of(DEPLOYS)) == deploy_rows(
        (await restarted.store.page_of({DEPLOYS})).plain.decode()
    )


def deploy_rows(page):
    return [line for line in page.splitlines() if line.startswith(PREFIX)]


class Broken:
    """The one environment that a scenario started in a calm world breaks."""

    def __init__(self, scenario):
        self.simulated = simulated_deploys()
        before = set(self.simulated.world.orders.by_id)
        self.simulated.world.start(scenario)
        (number,) = set(self.simulated.world.orders.by_id) - before
        self.order = self.simulated.world.orders.by_id[number]

    async def shown(self, seconds):
        """The environment's series after this time, which are true like all others."""
        await self.simulated.run(seconds)
        return (await assert_true(self.simulated))[str(self.order.environment.id)]


async def test_deploy_fails_shows_the_failure_while_the_order_is_open_and_after_it_was_closed():
    broken = Broken("deploy-fails")
    for seconds, failed in ((10, 1), (150, 6)):
        shown = await broken.shown(seconds)
        assert ("deploying", "in_progress", "success") == (
            shown.state("latest_status", "status"),
            shown.state("latest_result", "result"),
            shown.state("last_finished_result", "result"),
        )
        assert None is shown.value("failing_since_timestamp_seconds")
        assert (failed / 10, failed) == (shown.value("latest_failure_ratio"), sum(shown.failed_pods().values()))
    for seconds in (150, 12 * HOUR, 3 * 24 * HOUR):
        shown = await broken.shown(seconds)
        assert ("finished", "closed", "closed") == (
            shown.state("latest_status", "status"),
            shown.state("latest_result", "result"),
            shown.state("last_finished_result", "result"),
        )
        assert whole(broken.order.end) == shown.value("failing_since_timestamp_seconds")
        assert 6 == sum(shown.failed_pods().values())


async def test_deploy_fails_at_once_is_failed_until_the_next_success():
    broken = Broken("deploy-fails-at-once")
    shown = await broken.shown(10)
    assert ("failed", "failed", 1.0) == (
        shown.state("latest_result", "result"),
        shown.state("last_finished_result", "result"),
        shown.value("latest_failure_ratio"),
    )
    assert whole(broken.order.end) == shown.value("failing_since_timestamp_seconds")


async def test_retry_succeeds_clears_what_a_failed_deploy_left():
    broken = Broken("deploy-fails")
    await broken.shown(100)
    broken.simulated.world.start("retry-succeeds")
    shown = await broken.shown(30)
    assert ("in_progress", "closed") == (
        shown.state("latest_result", "result"),
        shown.state("last_finished_result", "result"),
    )
    failed_at = whole(broken.order.end)
    assert failed_at == shown.value("failing_since_timestamp_seconds")
    shown = await broken.shown(40)
    assert None is shown.failed_pods()
    assert ("success", "success", None, failed_at) == (
        shown.state("latest_result", "result"),
        shown.state("last_finished_result", "result"),
        shown.value("failing_since_timestamp_seconds"),
        shown.value("last_failure_timestamp_seconds"),
    )


@pytest.mark.parametrize("failure_rate", ["ratio", "percent", "percent_sign"])
async def test_the_failure_ratio_is_read_in_every_unit(failure_rate):
    simulated = simulated_deploys(Quirks(failure_rate=failure_rate))
    simulated.world.start("deploy-fails-at-once")
    await simulated.run(10)
    shown = by_environment(await simulated.page_of(DEPLOYS))
    assert 1 == max(environment.value("latest_failure_ratio") or 0 for environment in shown.values())


@pytest.mark.parametrize("order", ["descending", "ascending", "shuffled"])
async def test_orders_behind_the_first_page_that_cannot_be_read_make_nothing_fresh(order):
    busy = replace(SIZES, apps=1, environments=1, orders_per_day=60)
    simulated = simulated_deploys(Quirks(times="utc_seconds", deploy_order=order), sizes=busy)
    await simulated.run()
    shown = deploy_rows(await simulated.page_of(DEPLOYS))
    simulated.clouds.state.clouds.quirks = Quirks(times="utc_seconds", deploy_order=order, ignore_page_number=True)
    await simulated.run(60)
    page = await simulated.page_of(DEPLOYS)
    assert 'region_id="global",result="bad_response"} 1' in page
    assert shown == deploy_rows(page)
    for _ in range(5):
        await simulated.run(60)
    assert [] == deploy_rows(await simulated.page_of(DEPLOYS))
    simulated.clouds.state.clouds.quirks = Quirks(times="utc_seconds", deploy_order=order)
    await simulated.run(60)
    await assert_true(simulated)


async def test_once_met_an_environment_costs_its_app_one_call_a_poll():
    simulated = simulated_deploys()
    await simulated.run()
    calls = simulated.clouds.state.calls
    first = calls["ListDeployOrders"]
    await simulated.run(60)
    assert (SIZES.apps, 0) == (calls["ListDeployOrders"] - first, calls["DescribeDeployOrderDetail"])


async def test_without_permission_for_pods_the_deploys_are_as_they_were_and_it_is_said_once(capsys):
    simulated = simulated_deploys()
    simulated.world.start("deploy-fails")
    simulated.clouds.state.faults.add(Fault(fault="forbidden", operation="ListPods"))
    for seconds in (30, 60, 400):
        await simulated.run(seconds)
        page = await simulated.page_of(DEPLOYS)
        assert (
            'last_result{collector="retailcloud_deploys",account="shop",region_id="global",result="success"} 1' in page
        )
        assert f"{PREFIX}latest_failed_pods" not in page
    assert f"{PREFIX}latest_result" in page
    told = [line for line in capsys.readouterr().out.splitlines() if "an optional call failed" in line]
    assert (1, True) == (len(told), "ListPods" in told[0] and "permission" in told[0])
