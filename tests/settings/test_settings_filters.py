"""Which clusters, apps and environments an account includes and excludes."""

from collections.abc import Callable

import pytest
import yaml

from exporter.settings.masking import render_masked
from exporter.settings.model import Names, Settings

Mistakes = Callable[..., list[str]]
Loader = Callable[..., Settings]
SHOP = {"ACCOUNTS__0__NAME": "shop", "ACCOUNTS__0__PROVIDER": "aliyun"}
P = "CLOUD_CLUSTER_EXPORTER_ACCOUNTS__0__"


def included(settings: Settings) -> Names:
    return settings.accounts[0].include


def test_all_is_watched_unless_said_otherwise(settings_of: Loader):
    (shop,) = settings_of("accounts: [{name: shop, provider: aliyun}]").accounts

    assert (Names(), Names()) == (shop.include, shop.exclude)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("shop-.*", ("shop-.*",)),
        ("[a, 'b{1,2}']", ("a", "b{1,2}")),
        ("'a{1,2},b'", ("a{1,2},b",)),
        ("'[12]'", ("[12]",)),
        ("'[0-9]+'", ("[0-9]+",)),
        ("'店铺.*'", ("店铺.*",)),
        ("[]", ()),
    ],
)
def test_one_expression_or_a_list_of_them(settings_of: Loader, written: str, read: tuple[str, ...]):
    settings = settings_of(f"accounts: [{{name: shop, provider: aliyun, include: {{app: {written}}}}}]")

    assert Names(app=read) == included(settings)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("a,b", ("a,b",)),
        ("(a|b){1,2}", ("(a|b){1,2}",)),
        ('["a,b", "c"]', ("a,b", "c")),
        ("[12]", ("[12]",)),
        ("[a-c]x", ("[a-c]x",)),
        ("[]", ()),
    ],
)
def test_a_variable_holds_one_expression_or_a_list_in_json(settings_of: Loader, value: str, read: tuple[str, ...]):
    assert Names(environment=read) == included(settings_of(**SHOP, ACCOUNTS__0__INCLUDE__ENVIRONMENT=value))


def test_single_expressions_lie_over_those_of_the_file(settings_of: Loader):
    file = "accounts: [{name: shop, provider: aliyun, include: {app: [a, b]}}]"

    assert Names(app=("a", "c")) == included(settings_of(file, ACCOUNTS__0__INCLUDE__APP__1="c"))


def test_both_can_be_given_for_every_kind(settings_of: Loader):
    (shop,) = settings_of(
        **SHOP,
        ACCOUNTS__0__INCLUDE='{"cluster": "a", "app": ["b"]}',
        ACCOUNTS__0__EXCLUDE__ENVIRONMENT="c",
    ).accounts

    assert (Names(cluster=("a",), app=("b",)), Names(environment=("c",))) == (shop.include, shop.exclude)


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("INCLUDE__APP", "(", 'INCLUDE__APP: "(" is not a regular expression: missing ), unterminated subpattern at'),
        ("INCLUDE__APP", '["a", "("]', 'INCLUDE__APP[1]: "(" is not a regular expression: missing )'),
        ("INCLUDE__APP__0", "(", 'INCLUDE__APP__0: "(" is not a regular expression: missing )'),
        ("EXCLUDE", '{"app": ["("]}', 'EXCLUDE.app[0]: "(" is not a regular expression: missing )'),
        ("EXCLUDE", "x", "EXCLUDE: must be a mapping; in a variable write it as JSON"),
    ],
)
def test_a_bad_expression_in_a_variable_names_it(mistakes_of: Mistakes, variable: str, value: str, line: str):
    (told,) = mistakes_of(**SHOP, **{f"ACCOUNTS__0__{variable}": value})

    assert told.startswith(P + line)


def test_a_bad_expression_hides_no_other(mistakes_of: Mistakes):
    file = (
        "accounts:\n- name: shop\n  provider: aliyun\n"
        "  include:\n    app:\n    - a\n    - '('\n    - '*'\n    cluster: '['"
    )

    assert [
        'config.yml:7: accounts[0].include.app[1]: "(" is not a regular expression: '
        "missing ), unterminated subpattern at position 0",
        'config.yml:8: accounts[0].include.app[2]: "*" is not a regular expression: nothing to repeat at position 0',
        'config.yml:9: accounts[0].include.cluster: "[" is not a regular expression: '
        "unterminated character set at position 0",
    ] == mistakes_of(file)


def test_what_is_shown_loads_to_the_same_again(settings_of: Loader):
    settings = settings_of(
        "collectors: {rds_backups: {interval: 1h}}\n"
        "accounts: [{name: shop, provider: aliyun, include: {app: ['a{1,2}', b]}, exclude: {cluster: '[12]'}, "
        "collectors: {rds_backups: {interval: 20m, timeout: 1m}, retailcloud_deploys: {enabled: false, window: 2d}}}]"
    )

    assert settings == settings_of(render_masked(settings))
    shown = yaml.safe_load(render_masked(settings))["accounts"][0]
    assert {"app": ["a{1,2}", "b"]} == shown["include"]
    assert {"cluster": ["[12]"]} == shown["exclude"]
    assert {
        "rds_backups": {"interval": "20m", "timeout": "1m", "max_staleness": "1h"},
        "retailcloud_deploys": {"enabled": False, "window": "2d"},
    } == shown["collectors"]
