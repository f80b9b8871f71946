"""The YAML file: lines, keys twice, files that cannot be read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.settings.loading import load
from exporter.settings.mistake import Mistake, SettingsError
from exporter.settings.model import Settings

Mistakes = Callable[..., list[str]]
SHOP = "accounts: [{name: shop, provider: aliyun}]\n"


def only_mistake(path: Path) -> Mistake:
    with pytest.raises(SettingsError) as caught:
        load(path, {}, {})
    (mistake,) = caught.value.mistakes
    return mistake


def test_a_missing_file_is_a_mistake_and_the_only_one(tmp_path: Path):
    path = tmp_path / "config.yml"

    assert Mistake("", "cannot be read: No such file or directory", str(path), None) == only_mistake(path)
    assert f"{path}: cannot be read: No such file or directory" == str(only_mistake(path))


def test_a_folder_is_no_file(tmp_path: Path):
    expected = "cannot be read: Is a directory"

    assert expected == only_mistake(tmp_path).message


def test_bytes_that_are_no_text_are_a_mistake(tmp_path: Path):
    path = tmp_path / "config.yml"
    path.write_bytes(b"listen: \xff\xfe")

    expected = "cannot be read: it is not UTF-8 text"
    assert expected == only_mistake(path).message


def test_an_empty_file_is_fine_when_the_environment_gives_the_rest(settings_of: Callable[..., Settings]):
    settings = settings_of("# nothing yet\n", ACCOUNTS__0__NAME="shop", ACCOUNTS__0__PROVIDER="aliyun")

    expected = ["shop"]
    assert expected == [account.name for account in settings.accounts]


def test_a_key_that_stands_twice_is_told_with_both_lines(mistakes_of: Mistakes):
    text = "listen: 1.2.3.4:1\nhttp: {timeout: 1s}\nlisten: 1.2.3.4:2\n" + SHOP

    expected = ["config.yml:3: listen: stands here and in line 1; leave one of the two out"]
    assert expected == mistakes_of(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1\nb: 2", "2: not YAML: expected ',' or ']', but got ':'"),
        (
            "listen: @x",
            "1: not YAML: found character '@' that cannot start any token; "
            "put a value that begins with such a character in quotes, indent with blanks",
        ),
        ("a: *hunter2", "1: not YAML: found undefined alias …; put a value that begins with * in quotes"),
        (
            "\na: b: hunter2",
            "2: not YAML: mapping values are not allowed here; put a value with a colon and a blank in quotes, "
            "check the indentation",
        ),
        ("a: 1\nb: \x07", "2: not YAML: a character that text may not hold"),
        ("- a", "1: must be a mapping of settings, such as `listen: 0.0.0.0:10990`"),
        ("hunter2", "1: must be a mapping of settings, such as `listen: 0.0.0.0:10990`"),
        ("a: 1\n---\nb: 1", "2: not YAML: but found another document"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line_and_nothing_else(mistakes_of: Mistakes, text: str, line: str):
    assert [f"config.yml:{line}"] == mistakes_of(text)


def test_depth_without_end_is_a_mistake(mistakes_of: Mistakes):
    expected = ["config.yml: not YAML that people write: it is nested too deep"]

    assert expected == mistakes_of("a: " + "[" * 5000)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("12: x", "1: a key must be plain text; put it in quotes"),
        ("? [a]\n: x", "1: a key must be plain text; put it in quotes"),
        ("listen: !hunter2 x", "1: listen: not a value YAML can read; put it in quotes"),
        ("listen: 2020-13-45", "1: listen: not a value YAML can read; put it in quotes"),
        ("http: &a\n  proxy: *a", "1: http.proxy: an alias that holds itself"),
        ("http: {<<: 12}", "1: http: `<<` takes a mapping"),
        ("collectors: " + "{a: " * 30 + "1" + "}" * 30, "1: collectors" + ".a" * 20 + ": is nested too deep"),
    ],
)
def test_a_value_yaml_cannot_give_is_told_without_the_value(mistakes_of: Mistakes, text: str, line: str):
    lines = mistakes_of(f"{text}\n{SHOP}")

    assert f"config.yml:{line}" in lines
    assert "hunter2" not in "".join(lines)


def test_aliases_that_multiply_are_stopped(mistakes_of: Mistakes):
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9))

    assert any("too many values: aliases multiply" in line for line in mistakes_of(f"l0: &l0 [x]\n{levels}\n"))


def test_merged_keys_are_read_and_own_keys_win(settings_of: Callable[..., Settings]):
    text = (
        "accounts:\n- &base {name: a, provider: aliyun, regions: [cn-beijing]}\n- {name: b, <<: *base}\n"
        "- {<<: [{name: x}, *base], name: c}\n"
    )

    accounts = settings_of(text).accounts

    expected = [(name, ("cn-beijing",)) for name in "abc"]
    assert expected == [(account.name, account.regions) for account in accounts]
