"""Where the snapshot is kept, and what is said of a place that will not do."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.settings.masking import masked
from exporter.settings.model import Settings
from exporter.settings.notices import warnings

Loader = Callable[..., Settings]
ACCOUNTS = "accounts: [{name: shop, provider: aliyun, credentials: {access_key_id: a, access_key_secret: b}}]\n"


def told(settings: Settings) -> list[str]:
    return [line for line in warnings(settings, {}) if line.startswith("snapshot_path")]


def test_nothing_is_kept_unless_it_is_asked_for(settings_of: Loader):
    settings = settings_of(ACCOUNTS)
    assert settings.snapshot_path is None
    assert "snapshot_path" not in masked(settings)
    assert [] == told(settings)


def test_a_path_is_relative_to_the_settings_file(settings_of: Loader, tmp_path: Path):
    settings = settings_of(f"{ACCOUNTS}snapshot_path: kept/snapshot\n")
    assert tmp_path / "kept" / "snapshot" == settings.snapshot_path
    assert str(settings.snapshot_path) == masked(settings)["snapshot_path"]


def test_a_variable_gives_it_too_and_wins(settings_of: Loader, tmp_path: Path):
    settings = settings_of(f"{ACCOUNTS}snapshot_path: kept\n", SNAPSHOT_PATH=str(tmp_path / "other"))
    assert tmp_path / "other" == settings.snapshot_path


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("config.yml", "the settings file"),
        ("../{folder}/web.yml", "web.config_file"),
        ("key", "the access_key_id_file of account shop"),
    ],
)
def test_a_file_that_is_something_else_already_is_a_mistake(
    mistakes_of: Callable[..., list[str]], tmp_path: Path, place: str, what: str
):
    (tmp_path / "web.yml").write_text("")
    credentials = "{access_key_id_file: key, access_key_secret: b}"
    accounts = f"accounts: [{{name: shop, provider: aliyun, credentials: {credentials}}}]\n"
    text = f"{accounts}web: {{config_file: web.yml}}\nsnapshot_path: {place.format(folder=tmp_path.name)}\n"
    assert [f"snapshot_path: is {what}; give it a file of its own"] == [
        told.partition(" ")[2] for told in mistakes_of(text)
    ]


@pytest.mark.parametrize("value", ["''", "[a]", "{a: b}", "true"])
def test_what_is_no_path_is_a_mistake(mistakes_of: Callable[..., list[str]], value: str):
    [mistake] = mistakes_of(f"{ACCOUNTS}snapshot_path: {value}\n")
    assert mistake.startswith("config.yml:2: snapshot_path")


def test_a_good_place_gets_no_warning_with_and_without_a_file(settings_of: Loader, tmp_path: Path):
    settings = settings_of(f"{ACCOUNTS}snapshot_path: snapshot\n")
    assert [] == told(settings)
    (tmp_path / "snapshot").touch()
    assert [] == told(settings)


def test_a_folder_that_is_not_there_is_told_with_the_way_out(settings_of: Loader, tmp_path: Path):
    expected = f"snapshot_path: there is no folder {tmp_path}/missing; make it, or a restart will not go on from it"
    assert [expected] == told(settings_of(f"{ACCOUNTS}snapshot_path: missing/snapshot\n"))


def test_a_folder_in_place_of_the_file_is_told(settings_of: Loader, tmp_path: Path):
    (tmp_path / "snapshot").mkdir()
    [line] = told(settings_of(f"{ACCOUNTS}snapshot_path: snapshot\n"))
    assert line.startswith(f"snapshot_path: {tmp_path}/snapshot is a folder; name a file in it")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_told(settings_of: Loader, tmp_path: Path):
    (tmp_path / "closed").mkdir(mode=0o500)
    [line] = told(settings_of(f"{ACCOUNTS}snapshot_path: closed/snapshot\n"))
    assert line.startswith(f"snapshot_path: the folder {tmp_path}/closed cannot be written to by this user")
