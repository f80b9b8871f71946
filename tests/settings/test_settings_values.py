"""What good settings come to: defaults, paths, notices."""

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from exporter.settings.login import Key, Login
from exporter.settings.masking import masked, render_masked
from exporter.settings.model import Budget, Collector, Http, Listen, Settings
from exporter.settings.notices import warnings

Loader = Callable[..., Settings]
SHOP = "accounts: [{name: shop, provider: aliyun, rds_instances: [rm-1]}]\n"


def test_only_an_account_must_be_given(settings_of: Loader):
    settings = settings_of(SHOP)
    (shop,) = settings.accounts

    assert Listen("0.0.0.0", 10990) == settings.listen  # noqa: S104 - the default, not a socket
    assert ZoneInfo("Asia/Shanghai") == settings.naive_time_zone
    assert Http(None, (), None, 5.0, 20.0) == settings.http
    assert ("shop", "aliyun", (), Login(), ("rm-1",)) == (
        shop.name,
        shop.provider,
        shop.regions,
        shop.login,
        shop.rds_instances,
    )
    assert ({}, {}, {}) == (dict(shop.endpoints), dict(shop.budget), dict(shop.projects))
    assert (
        Collector(True, 60.0, 50.0, 300.0, 50_000, 86_400.0, 2_592_000.0) == settings.collectors["retailcloud_deploys"]
    )
    assert (
        Collector(False, 300.0, 50.0, 900.0, 50_000, None, None, "regional")
        == settings.collectors["batchcompute_clusters"]
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("interval: 10m", (600.0, 50.0, 1800.0)),
        ("interval: 10s", (10.0, 10.0, 300.0)),
        ("interval: 100s", (100.0, 50.0, 300.0)),
        ("interval: 10s, timeout: 10s, max_staleness: 30s", (10.0, 10.0, 30.0)),
        ("max_staleness: 3m", (60.0, 50.0, 180.0)),
        ("", (60.0, 50.0, 300.0)),
    ],
)
def test_staleness_and_timeout_follow_the_interval(settings_of: Loader, given: str, expected: tuple[float, ...]):
    collector = settings_of(f"{SHOP}collectors: {{retailcloud_clusters: {{{given}}}}}").collectors[
        "retailcloud_clusters"
    ]

    assert expected == (collector.interval, collector.timeout, collector.max_staleness)


def test_a_key_without_a_value_is_left_out(settings_of: Loader):
    settings = settings_of(f"listen:\nhttp:\n{SHOP}collectors:\n  rds_backups:\n")

    assert settings == settings_of(SHOP)


def test_no_instances_are_not_the_same_as_none_given(settings_of: Loader):
    settings = settings_of("accounts: [{name: a, provider: aliyun, rds_instances: []}, {name: b, provider: aliyun}]")

    assert [(), None] == [account.rds_instances for account in settings.accounts]


def test_a_region_of_its_own_project_goes_before_the_project_for_all(settings_of: Loader):
    settings = settings_of(
        "accounts: [{name: ml, provider: huaweicloud, regions: [cn-north-4, cn-east-3], project_id: a, "
        "projects: {cn-east-3: b}}]"
    )

    assert {"cn-north-4": "a", "cn-east-3": "b"} == dict(settings.accounts[0].projects)


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        ("{rate: 10/s, burst: 20}", Budget(10.0, 20)),
        ("{rate: 2.5}", Budget(2.5, 3)),
        ("{rate: 1/h}", Budget(1 / 3600, 1)),
    ],
)
def test_a_burst_left_out_is_a_seconds_worth(settings_of: Loader, budget: str, expected: Budget):
    settings = settings_of(f"accounts: [{{name: a, provider: aliyun, budget: {{emr: {budget}}}}}]")

    assert expected == settings.accounts[0].budget["emr"]


def test_paths_are_relative_to_the_file_or_to_where_we_run(settings_of: Loader, tmp_path: Path):
    text = "accounts: [{name: a, provider: aliyun, credentials: {access_key_id_file: id, access_key_secret_file: key}}]"

    settings = settings_of(text, ACCOUNTS__0__CREDENTIALS__ACCESS_KEY_SECRET_FILE="other/key")

    key = settings.accounts[0].login.source
    assert isinstance(key, Key)
    assert tmp_path / "id" == key.access_key_id_file
    assert Path("other/key") == key.access_key_secret_file


def test_nothing_can_be_changed(settings_of: Loader):
    settings = settings_of(SHOP)

    with pytest.raises(AttributeError):
        settings.accounts[0].name = "x"  # type: ignore[misc]  # what is tested
    with pytest.raises(TypeError):
        settings.collectors["x"] = settings.collectors["rds_backups"]  # type: ignore[index]  # what is tested


def test_the_shown_settings_load_to_the_same_again(settings_of: Loader, tmp_path: Path):
    for name in ("id", "key", "t"):
        (tmp_path / name).touch()
    settings = settings_of(
        "listen: '[::1]:1'\nhttp: {proxy: 'http://p:1', no_proxy: '.a,10.0.0.0/8', timeout: 1.5s}\n"
        "accounts:\n- {name: a, provider: aliyun, regions: [cn-beijing], rds_instances: [], "
        "credentials: {access_key_id_file: id, access_key_secret_file: key, security_token_file: t}, "
        "endpoints: {emr: 'https://e'}, budget: {emr: {rate: 0.3}}}\n"
        "- {name: b, provider: huaweicloud, regions: [cn-north-4], project_id: '0123'}\n"
    )

    assert settings == settings_of(render_masked(settings))
    assert masked(settings) == yaml.safe_load(render_masked(settings))


QUIET = "accounts: [{name: shop, provider: aliyun, regions: [cn-beijing], rds_instances: [rm-1]}]\n"
KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "a", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "b", "HUAWEICLOUD_SDK_AK": "c"}
KEYS["HUAWEICLOUD_SDK_SK"] = "d"


def test_good_settings_need_no_word(settings_of: Loader):
    assert [] == warnings(settings_of(QUIET), KEYS)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "accounts: [{name: a, provider: aliyun, rds_instances: [rm-1], regions: [cn-zhangjiako]}]",
            'account a: "cn-zhangjiako" is not a region known of aliyun (did you mean cn-zhangjiakou?); '
            "the run goes on with it",
        ),
        (
            "accounts: [{name: a, provider: huaweicloud, regions: [xy-1], project_id: a}]",
            'account a: "xy-1" is not a region known of huaweicloud; the run goes on with it',
        ),
        (
            "accounts: [{name: a, provider: aliyun}]\n"
            "collectors: {emr_flow_clusters: {enabled: false}, ecs_hpc_clusters: {enabled: false}}",
            "account a: rds_backups is off for this account until its instances are listed under rds_instances, "
            "or its regions to find them in",
        ),
        (
            "accounts: [{name: a, provider: aliyun, rds_instances: [], "
            "collectors: {emr_flow_clusters: {enabled: false}}}]",
            "account a: ecs_hpc_clusters off for this account until its regions are listed; "
            "without need of it, disable it",
        ),
        (
            QUIET.replace("}]", ", collectors: {batchcompute_clusters: {enabled: true}}}]"),
            "collector batchcompute_clusters is enabled, but the vendor has deprecated BatchCompute",
        ),
        (
            QUIET + "collectors: {batchcompute_clusters: {enabled: true}}",
            "collector batchcompute_clusters is enabled, but the vendor has deprecated BatchCompute",
        ),
        (
            "accounts: [{name: a, provider: aliyun, rds_instances: [rm-1], regions: [cn-beijing], "
            "credentials: {access_key_id: a, access_key_secret_file: hunter2}}]",
            "account a: access_key_secret_file names no file now; calls fail until it is there",
        ),
        (
            "accounts: [{name: a, provider: aliyun, rds_instances: [rm-1]}]",
            "account a: emr_flow_clusters, ecs_hpc_clusters off for this account until its regions are listed; "
            "without need of them, disable them",
        ),
    ],
)
def test_a_doubt_is_one_line(settings_of: Loader, text: str, line: str):
    assert [line] == warnings(settings_of(text), KEYS)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"ALIBABA_CLOUD_ACCESS_KEY_ID": "a"},
        {**KEYS, "ALIBABA_CLOUD_ACCESS_KEY_ID": " "},
        {"ALIBABA_CLOUD_ROLE_ARN": "a", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "b"},
        {"HOME": "/nonexistent"},
        {"HUAWEICLOUD_SDK_AK": "a", "HUAWEICLOUD_SDK_SK": "b"},
    ],
)
def test_an_account_without_a_pointer_to_a_key_is_a_doubt(settings_of: Loader, environ: dict[str, str]):
    line = (
        "account shop: has no credentials, and nothing in the environment points to any; "
        "calls fail unless the role of an ECS instance serves"
    )

    assert [line] == warnings(settings_of(QUIET), environ)


def test_a_huawei_account_without_a_pointer_to_a_key_is_a_doubt(settings_of: Loader):
    settings = settings_of("accounts: [{name: ml, provider: huaweicloud, regions: [cn-north-4]}]")

    assert [
        "account ml: has no credentials, and nothing in the environment points to any; "
        "calls fail unless the agency of an ECS instance serves"
    ] == warnings(settings, {"HUAWEICLOUD_SDK_AK": "a"})
    assert [] == warnings(settings, KEYS)


@pytest.mark.parametrize(
    "environ",
    [
        {"ALIBABA_CLOUD_ECS_METADATA": "a-role"},
        {"ALIBABA_CLOUD_CREDENTIALS_URI": "http://127.0.0.1/"},
        {
            "ALIBABA_CLOUD_ROLE_ARN": "a",
            "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "b",
            "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "c",
        },
    ],
)
def test_a_pointer_to_a_source_is_enough(settings_of: Loader, environ: dict[str, str]):
    assert [] == warnings(settings_of(QUIET), environ)


def test_a_profile_in_the_home_folder_is_enough(settings_of: Loader, tmp_path: Path):
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").touch()

    assert [] == warnings(settings_of(QUIET), {"HOME": str(tmp_path)})
    assert [] != warnings(settings_of(QUIET), {"HOME": str(tmp_path), "ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true"})


def test_a_key_in_the_settings_needs_no_variables(settings_of: Loader):
    credentials = "credentials: {access_key_id: a, access_key_secret: b}"

    assert [] == warnings(settings_of(QUIET.replace("rds_instances", f"{credentials}, rds_instances")), {})


def test_regional_collectors_that_are_off_need_no_regions(settings_of: Loader):
    off = "collectors: {emr_flow_clusters: {enabled: false}, ecs_hpc_clusters: {enabled: false}}"

    assert [] == warnings(settings_of(SHOP + off), KEYS)


@pytest.mark.parametrize("account", ["regions: [cn-beijing]", "regions: [cn-beijing], rds_instances: []"])
def test_instances_that_can_be_found_or_that_there_are_none_of_need_no_word(settings_of: Loader, account: str):
    assert [] == warnings(settings_of(f"accounts: [{{name: a, provider: aliyun, {account}}}]"), KEYS)


def test_backups_that_are_off_need_no_instances(settings_of: Loader):
    off = ", ".join(f"{name}: {{enabled: false}}" for name in ("rds_backups", "emr_flow_clusters", "ecs_hpc_clusters"))

    assert [] == warnings(settings_of(f"accounts: [{{name: a, provider: aliyun, collectors: {{{off}}}}}]"), KEYS)


def test_a_collector_whose_runs_are_no_longer_than_a_call_is_told(settings_of: Loader):
    settings = settings_of(
        SHOP + "collectors: {retailcloud_deploys: {timeout: 20s}, retailcloud_nodes: {timeout: 21s}}\n"
    )
    (told,) = [line for line in warnings(settings, {}) if "http.timeout" in line]
    assert told.startswith("collector retailcloud_deploys: its timeout of 20 s is not above http.timeout (20 s)")
