"""Any way of changes ends where a fresh start with the last settings would be."""

import copy
import random
import re

import pytest

from tests.reloadable import Reloadable
from tests.simulated import URL, exporter_of, get, settings_of

pytestmark = pytest.mark.whole

COLLECTORS = ("retailcloud_clusters", "retailcloud_nodes", "retailcloud_apps", "retailcloud_deploys", "modelarts_pools")
# What a run leaves behind, and what is counted, differs from that of a fresh start.
OF_RUNS = re.compile(r"_(duration_seconds|timestamp_seconds|failures_total)\{")


def changes(dice: random.Random, running: Reloadable) -> None:
    """One to three changes of the settings, by chance."""
    for _ in range(dice.randint(1, 3)):
        account = dice.choice(running.document["accounts"])
        shop = account["provider"] == "aliyun"
        match dice.randrange(9):
            case 0 if len(running.document["accounts"]) > 1:
                running.document["accounts"].remove(account)
            case 1 if len(running.document["accounts"]) < 4:
                running.document["accounts"].append({**copy.deepcopy(account), "name": f"new{dice.randrange(10**6)}"})
            case 2:
                account["name"] = f"renamed{dice.randrange(10**6)}"
            case 3:
                account["exclude"] = {"cluster": dice.choice([".*1", ".*2", "x"])} | (
                    {"environment": dice.choice(["prod", "test", "x"])} if shop else {}
                )
            case 4:
                name = dice.choice(COLLECTORS[:4] if shop else COLLECTORS[4:])
                account["collectors"] = {name: {"interval": dice.choice(["10m", "20m"])}}
            case 5:
                name = dice.choice(COLLECTORS)
                running.document["collectors"] = {name: {"enabled": dice.choice([True, False])}}
            case 6:
                name = dice.choice(COLLECTORS[:4] if shop else COLLECTORS[4:])
                account["collectors"] = {name: {"max_series": dice.choice([3, 30, 50_000])}}
            case 7:
                product = "retailcloud" if shop else "modelarts"
                account["endpoints"] = {product: dice.choice([URL, "http://127.0.0.2:10991"])}
            case _:
                product = "retailcloud" if shop else "modelarts"
                account["budget"] = {product: {"rate": f"{dice.randint(5, 50)}/s"}}


def said(page: str) -> list[str]:
    """What a page says, but for what runs leave behind; of the exporter's counters, that they are there."""
    lines = [
        line.removesuffix(".0")  # a duration is a whole number where it is a collector's own
        for line in page.splitlines()
        if not line.startswith(("#", "process_")) and not OF_RUNS.search(line)
    ]
    own = [line for line in lines if line.startswith("cluster_exporter_api_") or "_total{" in line]
    counted = {line.rpartition(" ")[0] for line in own if "operation=" not in line}
    return sorted({line for line in lines if line not in own} | counted)


@pytest.mark.parametrize("seed", range(4))
async def test_after_any_changes_the_page_is_that_of_a_fresh_start(seed):
    dice = random.Random(seed)
    running = Reloadable(only=COLLECTORS)
    await running.start()
    for _ in range(6):
        changes(dice, running)
        if dice.random() < 0.3:  # some runs are under way
            running.gate.hold(dice.choice(["pools", "127.0.0"]))
            for collection in running.exporter.collections:
                running.exporter.schedule.launch(collection)
        outcome = await running.reloading.reload("test")
        assert outcome.succeeded, outcome.lines
        running.gate.open()
        await running.settled()
        for collection in running.exporter.collections:
            running.exporter.schedule.launch(collection)
        await running.settled()
        fresh = exporter_of(settings_of(running.document), running.transport, running.clock, only=COLLECTORS)
        await fresh.collect_once()
        await fresh.collect_once()
        assert said((await get(fresh, "/metrics")).text) == said(await running.page())
        assert {str(each.key) for each in fresh.collections} == running.exporter.schedule.due_times().keys()
        await fresh.close()
    await running.stop()
