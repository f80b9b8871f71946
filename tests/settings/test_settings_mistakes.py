"""Every rule of the settings, with the line that says it was broken."""

from collections.abc import Callable
from pathlib import Path

import certifi
import pytest

from exporter.settings.model import Settings

Mistakes = Callable[..., list[str]]
SHOP = "accounts: [{name: shop, provider: aliyun}]\n"


def account(**keys: str) -> str:
    return "accounts:\n- {name: shop, provider: aliyun}\n- " + "\n  ".join(f"{k}: {v}" for k, v in keys.items()) + "\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("listen: ':10990'", '1: listen: ":10990" is not host:port; write 0.0.0.0:10990 or [::]:10990'),
        ("listen: 1.2.3.4:65536", '1: listen: "1.2.3.4:65536" is not host:port; write 0.0.0.0:10990 or [::]:10990'),
        ("listen: 1.2.3:1", '1: listen: "1.2.3:1" is not host:port; write 0.0.0.0:10990 or [::]:10990'),
        ("listen: ::1:80", '1: listen: "::1:80" is not host:port; write 0.0.0.0:10990 or [::]:10990'),
        ("listen: 10990", '1: listen: "10990" is not host:port; write 0.0.0.0:10990 or [::]:10990'),
        (
            "naive_time_zone: Asia/Shangai",
            '1: naive_time_zone: "Asia/Shangai" is not a time zone; did you mean Asia/Shanghai?',
        ),
        (
            "naive_time_zone: ../../etc",
            '1: naive_time_zone: "../../etc" is not a time zone; use an IANA name such as Asia/Shanghai or UTC',
        ),
        ("naive_time_zone: 8", "1: naive_time_zone: must be text; put it in quotes"),
        ("listn: 1.2.3.4:1", "1: listn: unknown setting; did you mean listen?"),
        (
            "xyz: red",
            "1: xyz: unknown setting; "
            "use one of accounts, collectors, http, listen, naive_time_zone, snapshot_path, web",
        ),
        (
            "web: {config_file: web.yml}",
            "1: web.config_file: cannot be read: No such file or directory",
        ),
        ("http: fast", "1: http: must be a mapping; in a variable write it as JSON"),
        ("http: [1]", "1: http: must be a mapping"),
        ("http: {timeout: 1x}", '1: http.timeout: "1x" is not a duration; write 30s, 5m, 1h30m or 30d'),
        ("http:\n  timeout: {a: 1}", "2: http.timeout: a mapping is not a duration; write 30s, 5m, 1h30m or 30d"),
        (
            "http: {timeout: 0}",
            '1: http.timeout: "0" is out of range; a duration is longer than nothing and at most 3650d',
        ),
        (
            "http: {proxy: proxy.example}",
            "1: http.proxy: must be the URL of an http or https proxy without path, such as http://proxy.example:3128",
        ),
        (
            "http: {no_proxy: 'a, b c'}",
            "1: http.no_proxy[1]: must name hosts, domains or networks, such as .internal,10.0.0.0/8",
        ),
        (
            "http: {no_proxy: [10.0.0.0/33]}",
            "1: http.no_proxy[0]: must name hosts, domains or networks, such as .internal,10.0.0.0/8",
        ),
        ("http: {ca_file: nowhere.pem}", "1: http.ca_file: cannot be read: No such file or directory"),
        ("http: {ca_file: config.yml}", "1: http.ca_file: holds no certificate in PEM form"),
        ("collectors: [a]", "1: collectors: must be a mapping"),
        (
            "collectors: {rds_backup: {}}",
            "1: collectors.rds_backup: unknown collector; did you mean rds_backups?",
        ),
        (
            "collectors: {rds_backups: {interva: 1m}}",
            "1: collectors.rds_backups.interva: unknown setting; did you mean interval?",
        ),
        (
            "collectors: {rds_backups: {enabled: maybe}}",
            '1: collectors.rds_backups.enabled: "maybe" is not a flag; write true or false',
        ),
        (
            "collectors: {rds_backups: {max_series: true}}",
            '1: collectors.rds_backups.max_series: "True" is not a whole number from 1 on',
        ),
        (
            "collectors: {rds_backups: {max_series: 0}}",
            '1: collectors.rds_backups.max_series: "0" is not a whole number from 1 on',
        ),
        (
            "collectors: {rds_backups: {interval: 1m, timeout: 2m}}",
            "1: collectors.rds_backups.timeout: 2m is longer than the interval of 1m; use 1m or less",
        ),
        (
            "collectors: {rds_backups: {interval: 10m, max_staleness: 29m}}",
            "1: collectors.rds_backups.max_staleness: 29m is less than 3 intervals of 10m; "
            "use 30m or more, or leave it out",
        ),
        (
            "collectors: {rds_backups: {window: 1d}}",
            "1: collectors.rds_backups.window: this collector has no window; leave it out",
        ),
        (
            "collectors: {rds_backups: {history: 1d}}",
            "1: collectors.rds_backups.history: this collector has no history; leave it out",
        ),
        (
            "collectors: {retailcloud_deploys: {window: 31d}}",
            "1: collectors.retailcloud_deploys.window: the window of 31d is longer than the history of 30d; "
            "use a window of 30d or less",
        ),
        (
            "collectors: {retailcloud_deploys: {history: 12h}}",
            "1: collectors.retailcloud_deploys.history: the window of 1d is longer than the history of 12h; "
            "use a window of 12h or less",
        ),
    ],
)
def test_a_mistake_outside_accounts_is_one_line(mistakes_of: Mistakes, text: str, line: str):
    assert [f"config.yml:{line}"] == mistakes_of(f"{text}\n{SHOP}")


HUAWEI = {"name": "ml", "provider": "huaweicloud", "regions": "[cn-north-4]", "project_id": "abc"}


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"provider": "aliyun"}, "3: accounts[1].name: is missing; it becomes the label account"),
        ({"name": "a"}, "3: accounts[1].provider: is missing; use aliyun or huaweicloud"),
        (
            {"name": "a", "provider": "alyun"},
            '4: accounts[1].provider: "alyun" is not a provider; use aliyun or huaweicloud',
        ),
        ({"name": "shop", "provider": "aliyun"}, '3: accounts[1].name: "shop" is the name of accounts[0] as well'),
        ({"name": "''", "provider": "aliyun"}, "3: accounts[1].name: is empty; leave the key out or give it a value"),
        ({"name": "12", "provider": "aliyun"}, "3: accounts[1].name: must be text; put it in quotes"),
        (
            {"name": "a b", "provider": "aliyun"},
            '3: accounts[1].name: "a b" is not a name; use 1 to 64 of A-Z a-z 0-9 _ . -',
        ),
        ({"nam": "a", "provider": "aliyun"}, "3: accounts[1].nam: unknown setting; did you mean name?"),
        (
            {"name": "a", "provider": "aliyun", "role_arn": "x"},
            "5: accounts[1].role_arn: unknown setting; use one of budget, collectors, credentials, endpoints, "
            "exclude, include, name, project_id, projects, provider, rds_instances, regions",
        ),
        (
            {"name": "a", "provider": "aliyun", "regions": "cn-hangzhou, cn_beijing"},
            '5: accounts[1].regions[1]: "cn_beijing" is not a region; write its id, such as cn-zhangjiakou',
        ),
        (
            {"name": "a", "provider": "aliyun", "regions": "[cn-beijing, cn-beijing]"},
            '5: accounts[1].regions: "cn-beijing" stands there twice',
        ),
        ({"name": "a", "provider": "aliyun", "regions": "{a: b}"}, "5: accounts[1].regions: must be a list"),
        (
            {"name": "a", "provider": "aliyun", "rds_instances": "[rm/1]"},
            '5: accounts[1].rds_instances[0]: "rm/1" is not an instance id',
        ),
        (
            {"name": "a", "provider": "aliyun", "include": "{app: [shop-.*, '*-test']}"},
            '5: accounts[1].include.app[1]: "*-test" is not a regular expression: nothing to repeat at position 0',
        ),
        (
            {"name": "a", "provider": "aliyun", "exclude": "{cluster: '(a|b'}"},
            '5: accounts[1].exclude.cluster: "(a|b" is not a regular expression: '
            "missing ), unterminated subpattern at position 0",
        ),
        (
            {"name": "a", "provider": "aliyun", "exclude": "{cluster: '[[:alpha:]]+'}"},
            '5: accounts[1].exclude.cluster: "[[:alpha:]]+" is not a regular expression: '
            "Possible nested set at position 1; put a backslash before a bracket that stands for itself",
        ),
        (
            {"name": "a", "provider": "aliyun", "include": "{environment: 'a{99999999999999}'}"},
            '5: accounts[1].include.environment: "a{99999999999999}" is not a regular expression: '
            "the repetition number is too large",
        ),
        (
            {"name": "a", "provider": "aliyun", "include": "{environment: [1]}"},
            "5: accounts[1].include.environment[0]: must be text; put it in quotes",
        ),
        (
            {"name": "a", "provider": "aliyun", "include": "{environment: ''}"},
            "5: accounts[1].include.environment: is empty; leave the key out or give it a value",
        ),
        (
            {"name": "a", "provider": "aliyun", "include": "{apps: x}"},
            "5: accounts[1].include.apps: unknown setting; did you mean app?",
        ),
        (
            {"name": "a", "provider": "aliyun", "include": "prod"},
            "5: accounts[1].include: must be a mapping; in a variable write it as JSON",
        ),
        (
            {"name": "a", "provider": "aliyun", "project_id": "abc"},
            "5: accounts[1].project_id: is for huaweicloud accounts; leave it out",
        ),
        (
            {"name": "a", "provider": "aliyun", "projects": "{cn-north-4: abc}"},
            "5: accounts[1].projects: is for huaweicloud accounts; leave it out",
        ),
        (
            {"name": "ml", "provider": "huaweicloud"},
            "3: accounts[1].regions: a huaweicloud account needs at least one region, such as [cn-north-4]",
        ),
        (
            HUAWEI | {"projects": "{cn-north-1: abc}"},
            "7: accounts[1].projects.cn-north-1: not among the account's regions; did you mean cn-north-4?",
        ),
        (HUAWEI | {"project_id": "0123"}, "6: accounts[1].project_id: must be text; put it in quotes"),
        (HUAWEI | {"project_id": "a/b"}, '6: accounts[1].project_id: "a/b" is not a project id'),
        (HUAWEI | {"rds_instances": "[rm-1]"}, "7: accounts[1].rds_instances: is for aliyun accounts; leave it out"),
        (
            HUAWEI | {"include": "{cluster: gpu-.*, app: shop}"},
            "7: accounts[1].include.app: is for aliyun accounts: huaweicloud has clusters only; leave it out",
        ),
        (
            HUAWEI | {"exclude": "{environment: []}"},
            "7: accounts[1].exclude.environment: is for aliyun accounts: huaweicloud has clusters only; leave it out",
        ),
        (
            HUAWEI | {"endpoints": "{emr: 'https://emr.example'}"},
            "7: accounts[1].endpoints.emr: no product of huaweicloud; its own are iam, metadata, modelarts, sts",
        ),
        (
            HUAWEI | {"budget": "{modelart: {rate: 1/s}}"},
            "7: accounts[1].budget.modelart: unknown setting; did you mean modelarts?",
        ),
        (
            HUAWEI | {"budget": "{modelarts: {burst: 1}}"},
            "7: accounts[1].budget.modelarts.rate: is missing; write 10/s, 600/m or 1000/h",
        ),
        (
            HUAWEI | {"budget": "{modelarts: {rate: fast}}"},
            '7: accounts[1].budget.modelarts.rate: "fast" is not a rate; write 10/s, 600/m or 1000/h',
        ),
        (
            HUAWEI | {"credentials": "{access_key_id: a}"},
            "7: accounts[1].credentials.access_key_secret: is missing beside access_key_id; "
            "give it or access_key_secret_file",
        ),
        (
            HUAWEI | {"credentials": "{access_key_secret_file: a}"},
            "7: accounts[1].credentials.access_key_id: is missing beside access_key_secret; "
            "give it or access_key_id_file",
        ),
        (
            HUAWEI | {"credentials": "{security_token: a}"},
            "7: accounts[1].credentials.access_key_id: is missing beside security_token; "
            "a token needs its id and secret",
        ),
        (
            HUAWEI | {"credentials": "{access_key_id: a, access_key_secret: b, access_key_secret_file: c}"},
            "7: accounts[1].credentials.access_key_secret: access_key_secret_file stands beside it; "
            "leave one of the two out",
        ),
        (
            HUAWEI | {"credentials": "{access_key_id: a, acess_key_secret: hunter2}"},
            "7: accounts[1].credentials.acess_key_secret: unknown setting; did you mean access_key_secret?",
        ),
        (
            HUAWEI | {"credentials": "{access_key_id: a, access_key_secret: 12}"},
            "7: accounts[1].credentials.access_key_secret: must be text; put it in quotes",
        ),
        (
            HUAWEI | {"credentials": "{access_key_id: a, access_key_secret: 'b '}"},
            "7: accounts[1].credentials.access_key_secret: holds a blank, a line break or a letter outside ASCII, "
            "which no credential has",
        ),
    ],
)
def test_a_mistake_in_an_account_is_one_line(mistakes_of: Mistakes, keys: dict[str, str], line: str):
    assert [f"config.yml:{line}"] == mistakes_of(account(**keys))


LOOPBACK = "plain http is for loopback addresses (127.0.0.1, ::1, localhost) only"
NOT_IN_CLEAR = "signed requests do not travel in clear; use https://"


def test_all_mistakes_come_together_in_the_order_of_the_file(mistakes_of: Mistakes):
    text = (
        "listen: 1\nhttp: {timeout: x}\naccounts:\n- name: a b\n  provider: huaweicloud\n"
        "  credentials: {access_key_id: a}\n  endpoints: {iam: 'http://iam.example'}\n- just text\n"
        "collectors:\n  rds_backups: {interval: x, timeout: 2h}\n  rds_backup: {}\n"
    )

    assert [
        'config.yml:1: listen: "1" is not host:port; write 0.0.0.0:10990 or [::]:10990',
        'config.yml:2: http.timeout: "x" is not a duration; write 30s, 5m, 1h30m or 30d',
        'config.yml:4: accounts[0].name: "a b" is not a name; use 1 to 64 of A-Z a-z 0-9 _ . -',
        "config.yml:4: accounts[0].regions: a huaweicloud account needs at least one region, such as [cn-north-4]",
        "config.yml:6: accounts[0].credentials.access_key_secret: is missing beside access_key_id; "
        "give it or access_key_secret_file",
        f"config.yml:7: accounts[0].endpoints.iam: {LOOPBACK}: {NOT_IN_CLEAR}",
        "config.yml:8: accounts[1]: must be a mapping; in a variable write it as JSON",
        'config.yml:10: collectors.rds_backups.interval: "x" is not a duration; write 30s, 5m, 1h30m or 30d',
        "config.yml:11: collectors.rds_backup: unknown collector; did you mean rds_backups?",
        "CLOUD_CLUSTER_EXPORTER_LISTN: unknown setting; did you mean listen?",
    ] == mistakes_of(text, LISTN="x")


@pytest.mark.parametrize("text", ["", "accounts:", "accounts: []"])
def test_without_an_account_there_is_nothing_to_do(mistakes_of: Mistakes, text: str):
    (line,) = mistakes_of(text)

    assert line.endswith("with name and provider: in the file of --config, or in variables")


def test_a_ca_file_in_pem_is_found_beside_the_settings(settings_of: Callable[..., Settings], tmp_path: Path):
    (tmp_path / "ca.pem").write_bytes(Path(certifi.where()).read_bytes())

    assert tmp_path / "ca.pem" == settings_of(f"http: {{ca_file: ca.pem}}\n{SHOP}").http.ca_file


def test_a_folder_is_no_ca_file(mistakes_of: Mistakes):
    (line,) = mistakes_of("http: {ca_file: .}\n" + SHOP)

    assert line.startswith("config.yml:1: http.ca_file: ")


def test_what_other_programs_call_a_part_of_a_key_is_known(mistakes_of: Mistakes):
    text = "accounts: [{name: a, provider: aliyun, credentials: {secret_access_key: x}}]"
    line = "config.yml:1: accounts[0].credentials.secret_access_key: unknown setting; did you mean access_key_secret?"
    assert [line] == mistakes_of(text)
