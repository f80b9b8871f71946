"""An account's own settings of collectors, over those for all accounts."""

from collections.abc import Callable

import pytest

from exporter.settings.model import Collector, Settings

Mistakes = Callable[..., list[str]]
Loader = Callable[..., Settings]
DEPLOYS = Collector(True, 60.0, 50.0, 300.0, 50_000, 86_400.0, 2_592_000.0)


def text(own: str = "{}", for_all: str = "{}", *, provider: str = "aliyun") -> str:
    """Two accounts, the second with settings of its own."""
    more = ", regions: [cn-north-4], project_id: a" if provider == "huaweicloud" else ""
    return (
        f"collectors: {for_all}\naccounts:\n- {{name: plain, provider: aliyun}}\n"
        f"- {{name: own, provider: {provider}{more},\n   collectors: {own}}}\n"
    )


@pytest.mark.parametrize(
    ("own", "for_all", "expected"),
    [
        ("{}", "{}", (True, 60.0, 50.0, 300.0)),
        ("{}", "{interval: 2m}", (True, 120.0, 50.0, 360.0)),
        ("{interval: 3m}", "{interval: 2m}", (True, 180.0, 50.0, 540.0)),
        ("{interval: 30s}", "{interval: 2m, max_staleness: 20m}", (True, 30.0, 30.0, 1200.0)),
        ("{timeout: 10s}", "{interval: 2m}", (True, 120.0, 10.0, 360.0)),
        ("{enabled: false}", "{interval: 2m}", (False, 120.0, 50.0, 360.0)),
        ("{enabled: true}", "{enabled: false}", (True, 60.0, 50.0, 300.0)),
    ],
)
def test_an_accounts_own_settings_lie_over_those_for_all_and_those_over_the_defaults(
    settings_of: Loader, own: str, for_all: str, expected: tuple[object, ...]
):
    settings = settings_of(text(f"{{retailcloud_deploys: {own}}}", f"{{retailcloud_deploys: {for_all}}}"))

    found = settings.accounts[1].collectors["retailcloud_deploys"]
    assert expected == (found.enabled, found.interval, found.timeout, found.max_staleness)


def test_other_accounts_keep_what_holds_for_all(settings_of: Loader):
    settings = settings_of(text("{retailcloud_deploys: {interval: 5m, window: 1h}}"))

    assert (
        DEPLOYS == settings.accounts[0].collectors["retailcloud_deploys"] == settings.collectors["retailcloud_deploys"]
    )


def test_an_account_has_the_collectors_of_its_vendor(settings_of: Loader):
    aliyun, huawei = settings_of(text(provider="huaweicloud")).accounts

    assert {"modelarts_clusters"} == set(huawei.collectors)
    assert "retailcloud_deploys" in aliyun.collectors
    assert "modelarts_clusters" not in aliyun.collectors


@pytest.mark.parametrize(
    ("own", "for_all", "line"),
    [
        (
            "{retailcloud_node: {enabled: false}}",
            "{}",
            "accounts[1].collectors.retailcloud_node: unknown collector; did you mean retailcloud_nodes?",
        ),
        (
            "{modelarts_clusters: {enabled: false}}",
            "{}",
            "accounts[1].collectors.modelarts_clusters: is a collector for huaweicloud accounts; leave it out",
        ),
        (
            "{rds_backups: {interva: 1m}}",
            "{}",
            "accounts[1].collectors.rds_backups.interva: unknown setting; did you mean interval?",
        ),
        (
            "{rds_backups: {interval: 1m, timeout: 2m}}",
            "{}",
            "accounts[1].collectors.rds_backups.timeout: 2m is longer than the interval of 1m; use 1m or less",
        ),
        (
            "{rds_backups: {timeout: 2m}}",
            "{rds_backups: {interval: 1m}}",
            "accounts[1].collectors.rds_backups.timeout: 2m is longer than the interval of 1m; use 1m or less",
        ),
        (
            "{rds_backups: {interval: 1m}}",
            "{rds_backups: {timeout: 2m}}",
            "accounts[1].collectors.rds_backups.timeout: 2m of collectors.rds_backups is longer than the interval of "
            "1m; use 1m or less",
        ),
        (
            "{rds_backups: {max_staleness: 1m}}",
            "{}",
            "accounts[1].collectors.rds_backups.max_staleness: 1m is less than 3 intervals of 30m; "
            "use 1h30m or more, or leave it out",
        ),
        (
            "{rds_backups: {interval: 1h}}",
            "{rds_backups: {max_staleness: 2h}}",
            "accounts[1].collectors.rds_backups.max_staleness: 2h of collectors.rds_backups is less than 3 intervals "
            "of 1h; use 3h or more",
        ),
        (
            "{retailcloud_deploys: {window: 3d}}",
            "{retailcloud_deploys: {history: 2d}}",
            "accounts[1].collectors.retailcloud_deploys.window: the window of 3d is longer than the history of 2d; "
            "use a window of 2d or less",
        ),
        (
            "{retailcloud_deploys: {history: 2d}}",
            "{retailcloud_deploys: {window: 3d}}",
            "accounts[1].collectors.retailcloud_deploys.history: the window of 3d is longer than the history of 2d; "
            "use a window of 2d or less",
        ),
        (
            "{rds_backups: {window: 1d}}",
            "{}",
            "accounts[1].collectors.rds_backups.window: this collector has no window; leave it out",
        ),
        ("[a]", "{}", "accounts[1].collectors: must be a mapping"),
    ],
)
def test_a_mistake_in_an_accounts_own_settings_names_its_key(mistakes_of: Mistakes, own: str, for_all: str, line: str):
    assert [f"config.yml:5: {line}"] == mistakes_of(text(own, for_all))


def test_an_unknown_collector_of_a_huawei_account_is_told_its_own(mistakes_of: Mistakes):
    assert [
        "config.yml:5: accounts[1].collectors.retailcloud_nodes: is a collector for aliyun accounts; leave it out",
        "config.yml:5: accounts[1].collectors.xyz: unknown collector; use modelarts_clusters",
    ] == mistakes_of(text("{retailcloud_nodes: {}, xyz: {}}", provider="huaweicloud"))


def test_what_is_wrong_for_all_is_told_once(mistakes_of: Mistakes):
    for_all = "{rds_backups: {interval: 1m, timeout: 2m}}"

    assert [
        "config.yml:1: collectors.rds_backups.timeout: 2m is longer than the interval of 1m; use 1m or less"
    ] == mistakes_of(text("{rds_backups: {max_series: 5}}", for_all))


def test_a_bad_value_for_all_makes_no_mistake_of_a_good_one_over_it(mistakes_of: Mistakes):
    assert [
        'config.yml:1: collectors.rds_backups.interval: "x" is not a duration; write 30s, 5m, 1h30m or 30d'
    ] == mistakes_of(text("{rds_backups: {timeout: 40m}}", "{rds_backups: {interval: x}}"))


def test_an_account_without_a_provider_is_not_told_of_the_others_collectors(mistakes_of: Mistakes):
    (line,) = mistakes_of(text("{modelarts_clusters: {enabled: false}}", provider="alyun"))

    assert line == 'config.yml:4: accounts[1].provider: "alyun" is not a provider; use aliyun or huaweicloud'


def test_a_mistake_in_a_variable_names_it(mistakes_of: Mistakes):
    variable = "ACCOUNTS__1__COLLECTORS__RDS_BACKUPS__TIMEOUT"

    assert [
        f"CLOUD_CLUSTER_EXPORTER_{variable}: 2h is longer than the interval of 30m; use 30m or less"
    ] == mistakes_of(text(), **{variable: "2h"})
