"""Settings out of environment variables, alone and over a file."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from exporter.settings.loading import load
from exporter.settings.login import Key
from exporter.settings.model import Budget, CollectorDefaults, Settings

Mistakes = Callable[..., list[str]]
Loader = Callable[..., Settings]
P = "CLOUD_CLUSTER_EXPORTER_"
SHOP = {"ACCOUNTS__0__NAME": "shop", "ACCOUNTS__0__PROVIDER": "aliyun"}
ML = '{"name": "ml", "provider": "huaweicloud", "regions": ["cn-north-4"], "project_id": "abc"}'


def test_everything_can_stand_in_the_environment(settings_of: Loader):
    settings = settings_of(
        **SHOP,
        LISTEN="[::1]:0",
        HTTP__CONNECT_TIMEOUT="3",
        ACCOUNTS__0__REGIONS="cn-zhangjiakou, cn-beijing",
        ACCOUNTS__0__RDS_INSTANCES='["rm-1", "rm-2"]',
        ACCOUNTS__0__CREDENTIALS__ACCESS_KEY_ID_FILE="id",
        ACCOUNTS__0__CREDENTIALS__ACCESS_KEY_SECRET="key",
        ACCOUNTS__0__BUDGET__EMR='{"rate": "90/m"}',
        ACCOUNTS__1=ML,
        COLLECTORS__RDS_BACKUPS__ENABLED="FALSE",
        COLLECTORS__RDS_BACKUPS__MAX_SERIES="100",
    )
    shop, ml = settings.accounts

    assert ("::1", 0) == (settings.listen.host, settings.listen.port)
    assert (3.0, 20.0) == (settings.http.connect_timeout, settings.http.timeout)
    assert (("cn-zhangjiakou", "cn-beijing"), ("rm-1", "rm-2")) == (shop.regions, shop.rds_instances)
    key = shop.login.source
    assert isinstance(key, Key)
    assert key.access_key_secret is not None
    assert (Path("id"), "key") == (
        key.access_key_id_file,
        key.access_key_secret.get_secret_value(),
    )
    assert {"emr": Budget(1.5, 2)} == dict(shop.budget)
    assert {"cn-north-4": "abc"} == dict(ml.projects)
    assert (False, 100) == (settings.collectors["rds_backups"].enabled, settings.collectors["rds_backups"].max_series)


def test_the_environment_wins_value_by_value(settings_of: Loader):
    text = (
        "listen: 1.2.3.4:1\nhttp: {timeout: 9s, connect_timeout: 2s}\naccounts:\n"
        "- {name: a, provider: aliyun, regions: [cn-beijing, cn-hangzhou]}\n- {name: b, provider: aliyun}\n"
    )

    settings = settings_of(text, HTTP__TIMEOUT="8s", ACCOUNTS__1__NAME="c", ACCOUNTS__0__REGIONS__1="cn-qingdao")

    assert ("1.2.3.4", 8.0, 2.0) == (settings.listen.host, settings.http.timeout, settings.http.connect_timeout)
    assert [("a", ("cn-beijing", "cn-qingdao")), ("c", ())] == [(a.name, a.regions) for a in settings.accounts]


def test_a_whole_value_replaces_the_files(settings_of: Loader):
    settings = settings_of("accounts: [{name: a, provider: aliyun}, {name: b, provider: aliyun}]", ACCOUNTS=f"[{ML}]")

    assert ["ml"] == [account.name for account in settings.accounts]


def test_an_empty_variable_counts_as_not_set(settings_of: Loader):
    assert settings_of(**SHOP, HTTP__PROXY="", LISTN="").http.proxy is None


def test_other_programs_variables_are_none_of_ours(collectors: Mapping[str, CollectorDefaults]):
    environ = {P + key: value for key, value in SHOP.items()} | {"LISTEN": "x", "cloud_cluster_exporter_listen": "x"}

    assert load(None, environ, collectors).accounts[0].name == "shop"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERVICE_HOST", "10.0.0.1"),
        ("SERVICE_PORT", "10990"),
        ("SERVICE_PORT_METRICS", "10990"),
        ("PORT", "tcp://10.0.0.1:10990"),
        ("PORT_10990_TCP", "tcp://10.0.0.1:10990"),
        ("PORT_10990_TCP_PROTO", "tcp"),
        ("PORT_10990_TCP_PORT", "10990"),
        ("PORT_10990_TCP_ADDR", "10.0.0.1"),
        ("HEADLESS_SERVICE_HOST", "10.0.0.1"),
        ("HEADLESS_PORT", "tcp://10.0.0.1:10990"),
    ],
)
def test_the_variables_of_a_kubernetes_service_are_passed_over(settings_of: Loader, name: str, value: str):
    assert settings_of(**SHOP, **{name: value}).listen.port == 10990


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"LISTN": "a"}, "LISTN: unknown setting; did you mean listen?"),
        (
            {"PORT": "10990"},
            "PORT: unknown setting; use one of accounts, collectors, http, listen, naive_time_zone, snapshot_path, web",
        ),
        ({"HTTP__PROXI": "a"}, "HTTP__PROXI: unknown setting; did you mean proxy?"),
        ({"HTP__PROXY": "a"}, "HTP__PROXY: unknown setting; did you mean http?"),
        ({"HTTP____PROXY": "a"}, "HTTP____PROXY: unknown variable; levels are joined by two underscores"),
        ({"LISTEN__HOST": "a"}, "LISTEN__HOST: a mapping is not host:port; write 0.0.0.0:10990 or [::]:10990"),
        ({"LISTEN": "a"}, 'LISTEN: "a" is not host:port; write 0.0.0.0:10990 or [::]:10990'),
        ({"HTTP": '{"timeout": "x"}'}, 'HTTP.timeout: "x" is not a duration; write 30s, 5m, 1h30m or 30d'),
        ({"HTTP": "{hunter2}"}, "HTTP: must be a mapping; in a variable write it as JSON"),
        ({"HTTP": "[1]"}, "HTTP: must be a mapping"),
        ({"HTTP": '{"timeout": 1, "timeout": 2}'}, "HTTP: must be a mapping; in a variable write it as JSON"),
        ({"HTTP": "{}", "HTTP__TIMEOUT": "1s"}, f"HTTP__TIMEOUT: {P}HTTP sets the same; leave one of the two out"),
        (
            {"ACCOUNTS__2__NAME": "b"},
            "ACCOUNTS__2__NAME: item 1 is missing; count the items of variables from 0 and leave none out",
        ),
        ({"ACCOUNTS__0__REGIONS": "[cn"}, "ACCOUNTS__0__REGIONS: must be a list; in a variable write it as JSON"),
        ({"ACCOUNTS__1__NAME": "b"}, "ACCOUNTS__1__PROVIDER: is missing; use aliyun or huaweicloud"),
        (
            {"ACCOUNTS__0__CREDENTIALS__ACCESS_KEY_ID": "a"},
            "ACCOUNTS__0__CREDENTIALS__ACCESS_KEY_SECRET: is missing beside access_key_id; "
            "give it or access_key_secret_file",
        ),
        (
            {"ACCOUNTS__0__CREDENTIALS__ACESS_KEY_ID": "hunter2"},
            "ACCOUNTS__0__CREDENTIALS__ACESS_KEY_ID: unknown setting; did you mean access_key_id?",
        ),
        (
            {"COLLECTORS__RDS_BACKUP__ENABLED": "true"},
            "COLLECTORS__RDS_BACKUP__ENABLED: unknown collector; did you mean rds_backups?",
        ),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(mistakes_of: Mistakes, variables: dict[str, str], line: str):
    assert [f"{P}{line}"] == mistakes_of(**SHOP, **variables)


def test_one_mistake_in_json_hides_no_other(mistakes_of: Mistakes):
    accounts = (
        '[{"name": "a b", "provider": "huaweicloud"}, 12, {"regions": ["x", "cn-beijing"], "provider": "aliyun"}]'
    )

    assert [
        f'{P}ACCOUNTS[0].name: "a b" is not a name; use 1 to 64 of A-Z a-z 0-9 _ . -',
        f"{P}ACCOUNTS[0].regions: a huaweicloud account needs at least one region, such as [cn-north-4]",
        f"{P}ACCOUNTS[1]: must be a mapping",
        f"{P}ACCOUNTS[2].name: is missing; it becomes the label account",
        f'{P}ACCOUNTS[2].regions[0]: "x" is not a region; write its id, such as cn-zhangjiakou',
    ] == mistakes_of(ACCOUNTS=accounts)


def test_a_mistake_of_a_variable_is_told_where_the_file_has_a_text_in_the_place_of_its_mapping(mistakes_of: Mistakes):
    assert [
        f"{P}HTTP__COLOUR: unknown setting; use one of ca_file, connect_timeout, no_proxy, proxy, timeout"
    ] == mistakes_of("http: ''", **SHOP, HTTP__COLOUR="red")
