"""The commands as a user starts them: output, errors and exit codes."""

import io
import json
import re
import subprocess
from contextlib import redirect_stdout
from pathlib import Path
from typing import IO

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporter.collectors import COLLECTORS
from tests.loopback import BARE, COMMAND, without_reader

pytestmark = pytest.mark.whole


def run(
    *arguments: object, stdout: int | IO[str] = subprocess.PIPE, **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        env={**BARE, **environ},
        check=False,
    )


def test_once_prints_the_page_of_every_collector(here, write_settings):
    done = here("once", "--config", write_settings())
    assert (0, "") == (done.returncode, done.stderr)
    samples = [sample for family in text_string_to_metric_families(done.stdout) for sample in family.samples]
    succeeded = {
        sample.labels["collector"]
        for sample in samples
        if sample.name == "cluster_exporter_collector_last_result"
        and sample.labels["result"] == "success"
        and sample.value == 1
    }
    assert {collector.name for collector in COLLECTORS} == succeeded
    assert not [sample for sample in samples if sample.name.startswith("process_")]


def test_once_narrows_to_the_collectors_that_are_named(here, write_settings):
    done = here("once", "--config", write_settings(), "--collector", "ecs_hpc_clusters")
    assert 0 == done.returncode
    assert "aliyun_ecs_hpc_clusters" in done.stdout
    assert "aliyun_retailcloud" not in re.sub("metric=.*", "", done.stdout)


def test_once_takes_the_time_it_needs_whatever_the_timeout(here, write_settings):
    config = write_settings(collectors={"retailcloud_clusters": {"timeout": "0.001s"}})
    done = here("once", "--config", config, "--collector", "retailcloud_clusters")
    assert (0, "") == (done.returncode, done.stderr)
    assert 2 == done.stdout.count("\naliyun_retailcloud_cluster_cpu_request_ratio{")


def test_once_with_a_wrong_key_fails_and_says_which_collections(here, write_settings):
    done = here("once", "--config", write_settings(secret="not-the-secret"), "--collector", "retailcloud_clusters")
    assert 1 == done.returncode
    assert "retailcloud_clusters/shop/global: auth: ListCluster: SignatureDoesNotMatch" in done.stderr
    assert "not-the-secret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_once_with_an_unknown_collector_is_wrong_usage(here, write_settings):
    done = here("once", "--config", write_settings(), "--collector", "retailcloud_cluster")
    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(
        '--collector: there is no collector "retailcloud_cluster"; did you mean retailcloud_clu'
    )


def test_check_shows_the_settings_without_secrets(here, write_settings):
    done = here("check", "--config", write_settings(secret="top-secret"))
    assert 0 == done.returncode
    assert "access_key_secret: '********'" in done.stdout
    assert "the settings can be used: 2 accounts, 1 warning" == done.stderr.splitlines()[-1]
    assert "top-secret" not in done.stdout + done.stderr


def test_check_warns_of_a_region_that_is_not_in_the_vendors_list(here, write_settings):
    config = write_settings()
    config.write_text(config.read_text().replace("cn-zhangjiakou", "cn-zhangjiakuo"))
    done = here("check", "--config", config)
    assert 0 == done.returncode
    assert "cn-zhangjiakou" in done.stderr


@pytest.mark.parametrize("command", ["serve", "once", "check", "plan"])
def test_a_mistake_in_the_settings_is_one_line_with_key_and_line(here, tmp_path, command):
    config = tmp_path / "config.yml"
    config.write_text("accounts:\n  - name: shop\n    provider: alyun\n    colour: red\n")
    done = here(command, "--config", config)
    assert (2, "") == (done.returncode, done.stdout)
    lines = done.stderr.splitlines()
    assert 2 == len(lines)
    assert f"{config}:3: accounts[0].provider:" in lines[0]
    assert f"{config}:4: accounts[0].colour:" in lines[1]


def test_a_missing_file_is_one_line(here):
    done = here("check", "--config", "/nowhere/config.yml")
    assert 2 == done.returncode
    assert 1 == len(done.stderr.splitlines())


def test_an_unknown_option_is_wrong_usage(here):
    assert 2 == here("serve", "--nonsense").returncode


def test_metrics_lists_the_catalogue_as_json(here):
    rows = json.loads(here("metrics", "--format", "json").stdout)
    assert {"name", "type", "help", "labels", "collector"} == rows[0].keys()
    assert "aliyun_retailcloud_deploy_latest_failure_ratio" in {row["name"] for row in rows}


@pytest.mark.parametrize("arguments", [("--version",), ("metrics", "--version")])
def test_version_goes_with_everything(here, arguments):
    done = here(*arguments)
    assert (0, "cloud-cluster-exporter 0.1.0\n") == (done.returncode, done.stdout)


def test_a_port_in_use_is_one_line_and_exit_code_1(here, write_settings, simulated_cloud):
    done = here("serve", "--config", write_settings(listen=simulated_cloud.removeprefix("http://")))
    assert 1 == done.returncode
    assert "cannot listen on 127.0.0.1" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_serve_collects_and_ends_with_exit_code_0_on_sigterm(serve):
    served = serve()
    served.wait_until_ready()
    assert (200, "ok\n") == served.get("/-/healthy")
    assert 'aliyun_retailcloud_cluster_info{account="shop"' in served.get("/metrics")[1]
    code, rest = served.stop()
    assert (0, ["stopped"]) == (code, [line["event"] for line in rest])


def test_settings_can_come_from_the_environment_alone(simulated_cloud):
    prefix = "CLOUD_CLUSTER_EXPORTER_ACCOUNTS__0__"
    environ = {
        f"{prefix}NAME": "shop",
        f"{prefix}PROVIDER": "aliyun",
        f"{prefix}ENDPOINTS__RETAILCLOUD": simulated_cloud,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "simulated-id",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "simulated-secret",
    }
    done = run("once", "--collector", "retailcloud_clusters", **environ)
    assert (0, "") == (done.returncode, done.stderr)
    assert "aliyun_retailcloud_cluster_info" in done.stdout


@pytest.mark.parametrize("command", ["metrics", "check", "once", "plan", "--version", "simulate"])
def test_a_full_output_is_one_line_and_exit_code_1(here, write_settings, command):
    arguments = {
        "check": ["--config", write_settings()],
        "plan": ["--config", write_settings()],
        "once": ["--config", write_settings(), "--collector", "ecs_hpc_clusters"],
        "simulate": ["--port", "0"],
    }
    # Closing it writes what is left in its buffer, as Python does with standard output when it ends.
    with Path("/dev/full").open("w", encoding="utf-8") as full, redirect_stdout(full):
        done = here(command, *arguments.get(command, []))
    assert (1, "cannot write to standard output: No space left on device\n") == (done.returncode, done.stderr)


@pytest.mark.parametrize("arguments", [["metrics"], ["simulate", "--port", "0"]])
def test_a_reader_who_leaves_ends_the_command_quietly(here, arguments):
    with without_reader() as output, redirect_stdout(output):
        done = here(*arguments)
    assert (1, "") == (done.returncode, done.stderr)


def test_a_closed_output_is_one_line_and_exit_code_1(here):
    with redirect_stdout(None):
        done = here("--version")
    assert (1, "cannot write to standard output: it is closed\n") == (done.returncode, done.stderr)


def test_without_standard_error_the_result_is_written_all_the_same():
    command = ["/bin/sh", "-c", f'"{COMMAND}" metrics --format json 2>&-']
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=BARE, check=False)
    assert 0 == done.returncode
    assert json.loads(done.stdout)


def test_a_page_is_utf8_whatever_the_locale(here, write_settings):
    written = io.BytesIO()
    with io.TextIOWrapper(written, encoding="latin-1", write_through=True) as output, redirect_stdout(output):
        done = here("once", "--config", write_settings(), "--collector", "retailcloud_clusters")
        page = written.getvalue().decode("utf-8")
    assert (0, "") == (done.returncode, done.stderr)
    assert not page.isascii()


def test_python_has_nothing_to_add_where_it_could_not_write():
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = run("--version", stdout=full)
    assert (1, "cannot write to standard output: No space left on device\n") == (done.returncode, done.stderr)
    with without_reader() as output:
        done = run("metrics", stdout=output)
    assert (1, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize("listen", ["foo", "127.0.0.1", "127.0.0.1:99999"])
def test_demo_names_its_own_option_where_the_address_is_wrong(here, listen):
    done = here("demo", "--listen", listen)
    assert (2, "") == (done.returncode, done.stdout)
    assert f'--listen: "{listen}" is not host:port; write 0.0.0.0:10990 or [::]:10990\n' == done.stderr


@pytest.mark.parametrize(("command", "option"), [("demo", "--simulator-port"), ("simulate", "--port")])
@pytest.mark.parametrize("port", ["99999", "-1", "x"])
def test_a_port_that_is_none_is_wrong_usage_of_its_option(here, command, option, port):
    done = here(command, option, port)
    assert (2, "") == (done.returncode, done.stdout)
    assert option in done.stderr
    assert "CLOUD_CLUSTER_EXPORTER" not in done.stderr


@pytest.mark.parametrize(
    "arguments", [("demo", "--simulator-port"), ("demo", "--simulator-port", "0", "--listen"), ("simulate", "--port")]
)
def test_nothing_is_said_to_be_served_on_a_port_that_is_in_use(here, simulated_cloud, arguments):
    taken = simulated_cloud.removeprefix("http://")
    done = here(*arguments, taken if "--listen" in arguments else taken.rpartition(":")[2])
    assert (1, "") == (done.returncode, done.stdout)
    assert f"cannot listen on {taken}: Address already in use" in done.stderr


def test_check_warns_of_an_account_without_a_key(here, write_settings, monkeypatch):
    config = write_settings()
    document = json.loads(config.read_text())
    del document["accounts"][0]["credentials"]
    config.write_text(json.dumps(document))
    for name in ("ID", "SECRET"):
        monkeypatch.delenv(f"ALIBABA_CLOUD_ACCESS_KEY_{name}", raising=False)
    assert "account shop: has no credentials" in here("check", "--config", config).stderr
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "b")
    assert "no credentials" not in here("check", "--config", config).stderr
