"""``plan`` in front of the simulated cloud: its numbers are those of the calls that were made."""

import json
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from exporter.app import collector_defaults
from exporter.cli.plan_report import AccountPlan, Failure, Setting
from exporter.cli.plan_text import as_text
from exporter.cli.planning import Cycle
from exporter.clouds.tally import Call
from exporter.plan import Demand, Stretch, Supply, Usage
from exporter.store import CollectionKey
from tests.loopback import Done
from tests.simulated import Simulated, document, settings_of

pytestmark = pytest.mark.whole

DAY = 86_400


def calls_of(simulated_cloud: str) -> Counter[str]:
    """Calls by operation; the product that stands before some names is left out."""
    calls: Counter[str] = Counter()
    with urllib.request.urlopen(f"{simulated_cloud}/_sim/calls", timeout=10) as answer:
        for name, number in json.load(answer).items():
            calls[name.rpartition(".")[2]] += number
    return calls


def with_intervals_of(interval: str) -> dict[str, dict[str, str]]:
    """Settings that let all RetailCloud collectors of deploys and clusters run that often."""
    names = ("clusters", "nodes", "volumes", "apps", "deploys")
    return {f"retailcloud_{name}": {"interval": interval} for name in names}


def operations(plan: dict) -> Iterator[tuple[dict, dict, dict]]:
    for account in plan["accounts"]:
        for product in account["products"]:
            for operation in product["operations"]:
                yield account, product, operation


@pytest.fixture
def plan_of(here) -> Callable[..., Done]:
    """Runs the command; gives exit code, standard output and standard error."""
    return partial(here, "--log-level", "error", "plan", "--config")


@pytest.fixture
def planned(plan_of, write_settings) -> Callable[..., dict]:
    """Plans as JSON with settings changed as the test wants."""

    def run(**changes: object) -> dict:
        code, out, err = plan_of(write_settings(**changes), "--json")
        assert (0, "") == (code, err)
        assert "simulated-secret" not in out
        return json.loads(out)

    return run


def test_the_calls_are_those_that_the_cloud_counted(planned, simulated_cloud):
    before = calls_of(simulated_cloud)

    plan = planned()

    told: Counter[str] = Counter()
    for _, _, operation in operations(plan):
        runs = 2 if operation["collector"] == "retailcloud_deploys" else 1
        told[operation["operation"]] += operation["calls_at_start"] + runs * operation["calls_per_run"]
    assert told == calls_of(simulated_cloud) - before


def test_rates_follow_from_the_calls_and_the_interval(planned):
    plan = planned(collectors={"retailcloud_clusters": {"interval": "2m"}})

    for _, product, operation in operations(plan):
        per_second = operation["calls_per_run"] / operation["interval_seconds"]
        assert pytest.approx(60 * per_second, abs=0.001) == operation["calls_per_minute"]
        assert pytest.approx(DAY * per_second, abs=0.1) == operation["calls_per_day"]
        assert pytest.approx(per_second / 10, abs=1e-6) == operation["budget_share_ratio"]
        burst = 100 if product["product"] == "retailcloud" else 20
        assert {"calls_per_second": 10.0, "burst_calls": burst} == product["budget"]
    assert {120} == {
        operation["interval_seconds"]
        for _, _, operation in operations(plan)
        if operation["collector"] == "retailcloud_clusters"
    }


def test_the_search_through_history_is_shown_apart(planned):
    plan = planned()

    at_start = {operation["operation"]: operation["calls_at_start"] for _, _, operation in operations(plan)}
    assert at_start.pop("ListDeployOrders") > 0
    assert {0} == set(at_start.values())
    (orders,) = [each for _, _, each in operations(plan) if each["operation"] == "ListDeployOrders"]
    assert 2 == orders["calls_per_run"]


def test_objects_and_limits_stand_beside_the_calls(planned):
    shop, ml = planned()["accounts"]

    counts = {each["metric"]: each["count"] for each in shop["objects"]}
    assert (2, 4, 2, 4, 1) == tuple(
        counts[f"aliyun_{name}_info"]
        for name in (
            "retailcloud_cluster",
            "retailcloud_node",
            "retailcloud_app",
            "retailcloud_environment",
            "rds_instance",
        )
    )
    limits = {each["product"]: each["known_limit"] for account in (shop, ml) for each in account["products"]}
    assert limits["retailcloud"] is None
    assert 200 == limits["modelarts"]["calls_per_second_per_operation"]
    assert [] == shop["stretched"]


def test_what_exceeds_the_budget_is_told_with_the_settings_that_mend_it(planned, simulated_cloud):
    plan = planned(collectors=with_intervals_of("1s"))

    shop, _ = plan["accounts"]
    assert shop["stretched"]
    for each in shop["stretched"]:
        assert each["effective_interval_seconds"] > each["interval_seconds"] == 1
        rate, interval = each["ways_out"]
        assert ["accounts[0].budget.retailcloud.rate"] == [way["setting"] for way in rate]
        assert [f"collectors.{each['collector']}.interval", f"collectors.{each['collector']}.timeout"] == [
            way["setting"] for way in interval
        ]


def test_the_settings_that_mend_it_are_settings(planned, write_settings, simulated_cloud):
    shop, _ = planned(collectors=with_intervals_of("1s"))["accounts"]
    (rate,) = {way[0]["value"] for each in shop["stretched"] for way in each["ways_out"] if len(way) == 1}
    accounts = json.loads(write_settings().read_text())["accounts"]
    accounts[0]["budget"] = {"retailcloud": {"rate": rate}}

    mended = planned(collectors=with_intervals_of("1s"), accounts=accounts)

    assert [] == mended["accounts"][0]["stretched"]


def test_with_several_accounts_the_way_out_is_for_one(planned, write_settings):
    accounts = json.loads(write_settings().read_text())["accounts"][:1]
    accounts.append({**accounts[0], "name": "second", "collectors": with_intervals_of("1s")})

    first, second = planned(accounts=accounts, collectors={})["accounts"]

    assert [] == first["stretched"]
    assert {True} == {
        way[0]["setting"].startswith(("accounts[1].collectors.", "accounts[1].budget."))
        for each in second["stretched"]
        for way in each["ways_out"]
    }


def test_a_collection_that_failed_is_named_and_its_calls_are_not_known(plan_of, write_settings):
    config = write_settings()
    document = json.loads(config.read_text())
    document["accounts"][0]["credentials"]["access_key_secret"] = "not-the-secret"
    config.write_text(json.dumps(document))

    code, out, err = plan_of(config, "--json")

    assert 1 == code
    plan = json.loads(out)
    assert {"auth"} == {failure["result"] for failure in plan["failures"]}
    assert {"shop"} == {failure["account"] for failure in plan["failures"]}
    assert {"ml"} == {account["account"] for account, _, _ in operations(plan)}
    assert "retailcloud_clusters/shop/global: auth: " in err
    assert "not-the-secret" not in out + err


def test_without_a_collection_there_is_nothing_to_plan(plan_of, write_settings):
    config = write_settings(collectors={name: {"enabled": False} for name in collector_defaults()})

    code, out, err = plan_of(config)

    assert (1, "") == (code, out)
    assert "no collection to run" in err


def test_people_get_a_table(plan_of, write_settings):
    code, out, err = plan_of(write_settings())

    assert (0, "") == (code, err)
    assert "account shop (aliyun)\n         2 aliyun_retailcloud_cluster_info\n" in out
    assert "  retailcloud: budget 10/s, burst 100\n    limit of the vendor: not published\n" in out
    assert out.endswith("nothing is stretched: every run can make its calls within its timeout\n")


async def test_keys_tokens_and_projects_are_paid_for_once():
    cloud = Simulated(only=("modelarts_clusters",))
    settings = settings_of(document(cloud.world))
    tally = cloud.exporter.tallies["ml"]
    tally.add(Call("login", "iam", "", "KeystoneListProjects"), 0.5)

    plan = (await Cycle.of(cloud.exporter)).account_plan(1, settings)

    assert {("iam", 0, 1), ("modelarts", 1, 0)} == {
        (usage.product, usage.calls, usage.at_start) for demand in plan.demands for usage in demand.usages
    }
    assert (0.5, 0.0) == (plan.supplies["iam"].answer, plan.supplies["modelarts"].answer)
    assert () == plan.stretched


DEMANDS = (
    Demand("emr_clusters", "cn-beijing", 300, 120, 1, (Usage("emr", "cn-beijing", "ListClusters", 3),)),
    Demand("emr_clusters", "cn-hangzhou", 300, 120, 1, (Usage("emr", "cn-hangzhou", "ListClusters", 3),)),
    Demand("deploys", "global", 60, 50, 1, (Usage("emr", "global", "ListOrders", 1200, 2400),)),
)


def test_the_text_for_people():
    ways = (
        (Setting("accounts[0].budget.emr.rate", "24/s"),),
        (Setting("a.interval", "3m"), Setting("a.timeout", "2m")),
    )
    plan = AccountPlan(
        "shop",
        "aliyun",
        DEMANDS,
        {"emr": Supply(10.0, 20, 2.0, 10)},
        ((Stretch(DEMANDS[2], "emr", 1200, 9.98, 180, 24, 120, 180), ways),),
        (),
    )
    failure = Failure(CollectionKey("retailcloud_nodes", "shop", "global"), "auth", "a long story")

    assert as_text([plan], [failure]) == (
        "account shop (aliyun)\n"
        "\n"
        "  emr: budget 10/s, burst 20\n"
        "    limit of the vendor: not published\n"
        "    an answer takes 2 s; with 10 at once, 5 calls a second\n"
        "    operation     collector     where      every  calls a run  a minute      a day  of the budget\n"
        "    ListOrders    deploys       global     1m           1,200   1,200.0  1,728,000        200.0 %\n"
        "    ListClusters  emr_clusters  2 regions  5m               6       1.2      1,728          0.2 %\n"
        "    together                                                    1,201.2  1,729,728        200.2 %\n"
        "    a start takes 3,606 calls, 11m58s at best; only then: 2,400 ListOrders\n"
        "\n"
        "together: 1,201.2 calls a minute, 1,729,728 a day; 2,400 more once, at the start\n"
        "\n"
        "stretched: deploys/shop/global: 1,200 calls of emr a run, for which 9.98 a second are left, take longer than "
        "its timeout of 50s: an object is read every 3m, not every 1m\n"
        "  a way out: accounts[0].budget.emr.rate: 24/s\n"
        "  a way out: a.interval: 3m and a.timeout: 2m\n"
        "\n"
        "not known, or only in part, as it failed:\n"
        "  retailcloud_nodes/shop/global: auth\n"
    )


def test_a_budget_above_the_vendors_limit_is_told():
    usage = Usage("modelarts", "cn-north-4", "ListClusters", 1)
    demand = Demand("modelarts_clusters", "cn-north-4", 120, 60, 1, (usage,))
    plan = AccountPlan("ml", "huaweicloud", (demand,), {"modelarts": Supply(300.0, 300, 0.0, 10)}, (), ())

    assert "    the budget is above that limit of 200/s\n" in as_text([plan], [])


def test_settings_with_a_mistake_are_exit_code_2(plan_of, tmp_path: Path):
    config = tmp_path / "config.yml"
    config.write_text("accounts: [{name: shop, provider: alyun}]\n")

    code, out, err = plan_of(config, "--json")

    assert (2, "") == (code, out)
    assert f"{config}:1: accounts[0].provider" in err
