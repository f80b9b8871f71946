"""``backfill`` as a user starts it: output, what is said beside it, and exit codes."""

import json
import time
from collections import Counter
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from exporter.backfill import METRICS, Grid, Timeline
from exporter.backfill.timeline import Span
from exporter.cli.backfill import _announce
from tests.doubles import LEVEL
from tests.loopback import Done, without_reader

pytestmark = pytest.mark.whole

ORDERS = "aliyun_retailcloud_deploy_orders"
BACKUPS = "aliyun_rds_backup_latest_size_bytes"


@pytest.fixture
def backfill(here, write_settings):
    """Runs the command; gives exit code, standard output and standard error."""

    def run(*arguments: str, config: Path | None = None, **changes: object) -> Done:
        return here("backfill", "--config", config or write_settings(**changes), *arguments)

    return run


def samples_of(text: str) -> list:
    return [sample for family in parse_openmetrics(text) for sample in family.samples]


def test_the_past_is_written_for_every_step_up_to_now(backfill):
    before = time.time()
    code, out, err = backfill("--since", "2d", "--step", "1h")
    samples = samples_of(out)
    assert 0 == code
    moments = sorted({float(sample.timestamp) for sample in samples})
    assert {3600.0} == {later - earlier for earlier, later in pairwise(moments)}
    assert 48 == len(moments)
    assert moments[-1] < before
    series = Counter((sample.name, *sorted(sample.labels.items())) for sample in samples)
    assert {48} == {count for key, count in series.items() if key[0] == ORDERS}
    assert f"{len(series):,} series, {len(samples):,} samples" in err
    assert "shop/retailcloud_deploys: " in err
    assert {metric.name for metric in METRICS} >= {sample.name for sample in samples}
    assert {ORDERS, BACKUPS} <= {sample.name for sample in samples}


def test_the_series_are_those_of_the_live_page(backfill, here, write_settings):
    _, past, _ = backfill("--since", "1d", "--step", "1h")
    page = here("once", "--config", write_settings(), "--collector", "retailcloud_deploys").stdout
    live = {line.rpartition(" ")[0] for line in page.splitlines() if line.startswith(ORDERS)}
    assert live == {line.rsplit(" ", 2)[0] for line in past.splitlines() if line.startswith(ORDERS)}


def test_a_range_of_times_is_written_without_its_end(backfill):
    now = time.time()
    since, until = (
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now // 3600 * 3600 - ago)) for ago in (86_400, 3600)
    )
    code, out, _ = backfill("--since", since, "--until", until, "--step", "1h")
    moments = {float(sample.timestamp) for sample in samples_of(out)}
    assert (0, now // 3600 * 3600 - 86_400, now // 3600 * 3600 - 7200) == (code, min(moments), max(moments))


def test_labels_of_the_scrape_are_added_to_every_series(backfill):
    code, out, _ = backfill("--since", "2h", "--step", "1h", "--label", "job=exporter", "--label", 'instance=a"b:1')
    found = {(sample.labels["job"], sample.labels["instance"]) for sample in samples_of(out)}
    assert (0, {("exporter", 'a"b:1')}) == (code, found)


def test_an_app_that_fails_is_named_and_the_file_is_whole_all_the_same(backfill, fault, write_settings):
    _, whole, _ = backfill("--since", "1d", "--step", "1h")
    apps = sorted({sample.labels["app_id"] for sample in samples_of(whole) if "app_id" in sample.labels})
    fault("unavailable", "ListDeployOrders", match={"AppId": apps[0]})
    code, out, err = backfill("--since", "1d", "--step", "1h")
    samples = samples_of(out)
    assert 1 == code
    assert f"shop/retailcloud_deploys: app {apps[0]}: unavailable: ListDeployOrders: " in err.splitlines()[-1]
    assert set(apps[1:]) == {sample.labels["app_id"] for sample in samples if "app_id" in sample.labels}
    assert BACKUPS in {sample.name for sample in samples}


def test_a_wrong_key_gives_an_empty_file_and_the_reason(backfill):
    code, out, err = backfill("--since", "1d", secret="not-the-secret")
    assert (1, "# EOF\n") == (code, out)
    assert "shop/retailcloud_deploys: auth: ListApp: SignatureDoesNotMatch" in err
    assert "not-the-secret" not in err


@pytest.mark.parametrize(
    "operation", ["ListApp", "ListAppEnvironment", "ListDeployOrders", "DescribeDBInstances", "DescribeBackups"]
)
def test_throttling_is_waited_for(backfill, fault, operation):
    fault("throttled", operation, times=1, retry_after=50)
    code, out, err = backfill("--since", "1d", "--step", "1h")
    assert (0, "") == (code, "".join(line for line in err.splitlines() if "warning" in line or ": throttled:" in line))
    samples = samples_of(out)
    assert 2 == len({sample.labels["app_id"] for sample in samples if "app_id" in sample.labels})
    assert 1 == len({sample.labels["db_instance_id"] for sample in samples if "db_instance_id" in sample.labels})


def test_only_what_serve_would_collect_is_written(backfill):
    code, out, _ = backfill("--since", "1d", "--step", "1h", collectors={"retailcloud_deploys": {"enabled": False}})
    names = {sample.name for sample in samples_of(out)}
    assert (0, True, False) == (code, BACKUPS in names, ORDERS in names)


def test_an_account_without_a_past_is_told_so(backfill):
    code, out, err = backfill("--since", "1d", "--account", "ml")
    assert (1, "") == (code, out)
    assert "no account asked for runs retailcloud_deploys or rds_backups" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--since", "soon"], '--since: "soon" is neither a duration nor a time'),
        (["--since", "1d", "--until", "2099-01-01"], '--until: "2099-01-01" is still to come'),
        (["--since", "1d", "--step", "0.5s"], '--step: "0.5s" is not in whole seconds'),
        (["--since", "1d", "--step", "often"], '--step: "often" is not a duration'),
        (["--since", "1d", "--until", "2d"], '--since: "1d" is not before "2d"; it counts back from now'),
        (
            ["--since", "2026-01-01T00:01:00Z", "--until", "2026-01-01T00:04:00Z"],
            "--since: there is no whole step of 5m between",
        ),
        (["--since", "1d", "--account", "shpo"], '--account: there is no account "shpo"; did you mean shop?'),
        (["--since", "1d", "--label", "job"], '--label: "job" is not name=value'),
        (["--since", "1d", "--label", "__name__=x"], '--label: "__name__=x" is not name=value'),
        (["--since", "1d", "--label", "site=\udcff"], '--label: the value of "site" is not UTF-8'),
        (["--since", "1d", "--label", "env_id=1"], '--label: "env_id" is there already'),
        ([], "Missing option '--since'"),
    ],
)
def test_wrong_usage_is_told_and_calls_no_cloud(backfill, control, arguments, told):
    before = control.get("/calls").json()
    code, out, err = backfill(*arguments)
    assert (2, "") == (code, out)
    assert told in err
    assert before == control.get("/calls").json()


def test_a_reader_who_leaves_ends_the_command_quietly(backfill):
    with without_reader() as output, redirect_stdout(output):
        code, _, err = backfill("--since", "1d")
    assert 1 == code
    assert "samples" in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("step", "samples", "told"),
    [
        (300, 10_000_000, None),
        (300, 10_000_001, "warning: that is a lot to load; --step 1h makes it less by far"),
        (3600, 10_000_001, "warning: that is a lot to load"),
    ],
)
def test_much_to_load_is_warned_of(capsys, step, samples, told):
    timeline = Timeline()
    timeline.add([Span(0, samples, [LEVEL(1, account="shop", object="a")])])
    _announce(timeline, Grid(0, step, samples), {})
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.startswith(f"1 series, {samples:,} samples (5")
    assert ([told] if told else []) == rest


def test_the_settings_of_several_accounts_are_asked_side_by_side(backfill, write_settings):
    config = write_settings()
    document = json.loads(config.read_text())
    document["accounts"].append({**document["accounts"][0], "name": "outlet"})
    config.write_text(json.dumps(document))
    _, out, _ = backfill("--since", "1d", "--step", "1h", config=config)
    assert {"shop", "outlet"} == {sample.labels["account"] for sample in samples_of(out)}
    _, out, _ = backfill("--since", "1d", "--step", "1h", "--account", "outlet", config=config)
    assert {"outlet"} == {sample.labels["account"] for sample in samples_of(out)}
