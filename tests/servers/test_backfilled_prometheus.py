"""The past in a real Prometheus: written by the command, made into blocks by its own tool, and asked for."""

import json
import math
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from exporter.simulator import SimulatedClock, World
from tests.loopback import BARE, COMMAND, SMALL, cloud_of
from tests.prometheus_server import Prometheus

DAYS, STEP = 6, 600
DAY, MINUTE = 86_400, 60
SUCCESS = 1
PREFIX = "aliyun_retailcloud_deploy_"


@dataclass
class Backfilled:
    """A Prometheus with the past of a world, which ends at ``until`` and has a sample every STEP seconds."""

    server: Prometheus
    world: World
    until: int
    text: str

    def orders(self) -> list:
        """Every deploy order there ever was, the newest last."""
        return [order for order in self.world.orders.by_id.values() if order.category == "deploy"]

    def value(self, selector: str, at: float) -> float | None:
        """The one value of a selector at a moment."""
        found = self.server.query(selector, at)
        assert len(found) <= 1, found
        return float(found[0]["value"][1]) if found else None


@pytest.fixture(scope="module")
def backfilled(promtool, prometheus, tmp_path_factory) -> Iterator[Backfilled]:
    folder = tmp_path_factory.mktemp("backfilled")
    world = World(18, replace(SMALL, apps=3, backup_days=DAYS + 2), SimulatedClock(time.time))
    until = int(world.now) // DAY * DAY  # midnight, so that days of the world are days of the queries
    text = folder / "past.om"
    with cloud_of(world) as address:
        write_past(address, world, folder, text, until)
    data = folder / "data"
    made = subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=162h", text, data],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 0 == made.returncode, made.stdout + made.stderr
    server = Prometheus(prometheus, folder, data=data)
    server.wait_for("vector(1)")
    yield Backfilled(server, world, until, text.read_text())
    server.stop()


def write_past(address: str, world: World, folder: Path, text: Path, until: int) -> None:
    account = {
        "name": "shop",
        "provider": "aliyun",
        "regions": ["cn-zhangjiakou"],
        "credentials": {"access_key_id": "simulated-id", "access_key_secret": "simulated-secret"},
        "endpoints": {"retailcloud": address, "rds": address},
        "rds_instances": world.rds_instance_ids,
    }
    (folder / "config.yml").write_text(json.dumps({"accounts": [account]}))
    since, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (until - DAYS * DAY, until))
    arguments = ["--config", folder / "config.yml", "--since", since, "--until", end, "--step", f"{STEP}s"]
    with text.open("w") as out:
        done = subprocess.run(
            [COMMAND, "backfill", *arguments, "--label", "job=exporter"],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            env=BARE,
            check=False,
        )
    assert 0 == done.returncode, done.stderr


def labels_of(order) -> str:
    return f'account="shop",app_id="{order.environment.app.id}",env_id="{order.environment.id}",job="exporter"'


def later(moment: float) -> float:
    """The first moment with a sample that is not before."""
    return math.ceil(moment / STEP) * STEP


def written(moment: float) -> float:
    """A time as the vendor writes it: to the minute."""
    return moment // MINUTE * MINUTE


def test_a_failure_of_the_past_is_there_when_it_was(backfilled):
    failures = [
        order
        for order in backfilled.orders()
        if order.result != SUCCESS and backfilled.until - DAYS * DAY < order.start < backfilled.until - DAY
    ]
    assert failures
    for order in failures:
        labels, ended = labels_of(order), written(order.end)
        assert 1 == backfilled.value(
            f'{PREFIX}last_finished_result{{{labels},result=~"failed|closed"}} == 1', later(ended)
        )
        since = backfilled.value(f"{PREFIX}failing_since_timestamp_seconds{{{labels}}}", later(ended))
        assert since is not None
        assert since <= ended
        before = f"{PREFIX}last_failure_timestamp_seconds{{{labels}}} == {ended:.0f}"
        assert backfilled.value(before, later(ended) - STEP) is None
        assert ended == backfilled.value(before, later(ended))


def test_an_environment_recovers_when_it_did(backfilled):
    orders = backfilled.orders()
    recovered = 0
    for environment in {order.environment.id for order in orders}:
        own = [order for order in orders if order.environment.id == environment and order.end < backfilled.until]
        for broken, mended in pairwise(own):
            if broken.result == SUCCESS or mended.result != SUCCESS or broken.end < backfilled.until - DAYS * DAY:
                continue
            failing = f"{PREFIX}failing_since_timestamp_seconds{{{labels_of(mended)}}}"
            until = later(written(mended.end))
            # Text has no mark for the end of a series: Prometheus shows its last sample for five minutes more.
            assert backfilled.value(failing, until) is None
            recovered += 1
    assert recovered


@pytest.mark.parametrize("days_ago", range(DAYS - 1))
def test_each_day_has_as_many_deploys_as_there_were(backfilled, days_ago):
    end = backfilled.until - days_ago * DAY - STEP
    expected: dict[str, int] = {}
    for order in backfilled.orders():
        key = str(order.environment.id)
        expected.setdefault(key, 0)
        expected[key] += end - DAY <= written(order.start) <= end
    found = backfilled.server.query(f'sum by (env_id) ({PREFIX}orders{{job="exporter"}})', end)
    assert expected == {each["metric"]["env_id"]: int(each["value"][1]) for each in found}


def test_the_last_backup_was_as_old_as_it_was(backfilled):
    [instance] = backfilled.world.db_instances
    moment = backfilled.until - 2 * DAY
    sets = [each for each in backfilled.world.backup_sets(instance) if each.full and each.automated and each.succeeded]
    expected = max(each.end for each in sets if each.end <= moment)
    selector = 'aliyun_rds_backup_last_success_timestamp_seconds{backup_type="full",backup_mode="automated"}'
    assert int(expected) == backfilled.value(selector, moment)


def test_the_expression_of_the_guide_finds_where_data_begins(backfilled):
    guide = (Path(__file__).parents[2] / "docs" / "backfill.md").read_text(encoding="utf-8")
    [expression] = re.findall(r"^ *(min\(min_over_time\(.*)$", guide, re.MULTILINE)
    asked = expression.replace("cluster_exporter_build_info", f"{PREFIX}orders")
    assert asked != expression
    assert backfilled.until - DAYS * DAY == backfilled.value(asked, backfilled.until)


def test_every_sample_that_was_written_is_in_the_blocks(backfilled):
    written_of = Counter(line.partition("{")[0] for line in backfilled.text.splitlines() if not line.startswith("#"))
    for name, samples in written_of.items():
        found = backfilled.server.query(f"sum(count_over_time({name}[{DAYS + 1}d]))", backfilled.until)
        assert samples == int(found[0]["value"][1]), name
