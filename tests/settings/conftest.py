"""A settings file in a temporary folder, and the collectors' defaults the tests hand in."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from exporter.settings.loading import load
from exporter.settings.mistake import SettingsError
from exporter.settings.model import CollectorDefaults, Settings

DAY = 86_400.0
REGIONAL = {"emr_flow_clusters", "ecs_hpc_clusters", "batchcompute_clusters", "modelarts_clusters"}
COLLECTORS = {
    name: CollectorDefaults(
        interval,
        min(50.0, interval),
        name != "batchcompute_clusters",
        None,
        None,
        50_000,
        "huaweicloud" if name == "modelarts_clusters" else "aliyun",
        "regional" if name in REGIONAL else "global",
        needs_instances=name == "rds_backups",
    )
    for name, interval in {
        "retailcloud_clusters": 60.0,
        "retailcloud_nodes": 300.0,
        "retailcloud_volumes": 300.0,
        "retailcloud_apps": 600.0,
        "rds_backups": 1800.0,
        "emr_flow_clusters": 300.0,
        "ecs_hpc_clusters": 3600.0,
        "batchcompute_clusters": 300.0,
        "modelarts_clusters": 120.0,
    }.items()
} | {"retailcloud_deploys": CollectorDefaults(60.0, 50.0, True, DAY, 30 * DAY, 50_000, "aliyun")}


@pytest.fixture
def collectors() -> Mapping[str, CollectorDefaults]:
    return COLLECTORS


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[..., Settings]:
    """Load a text as config.yml, and variables without their prefix."""

    def loaded(text: str | None = None, /, **variables: str) -> Settings:
        path = None
        if text is not None:
            path = tmp_path / "config.yml"
            path.write_text(text, encoding="utf-8")
        return load(path, {f"CLOUD_CLUSTER_EXPORTER_{key}": value for key, value in variables.items()}, COLLECTORS)

    return loaded


@pytest.fixture
def mistakes_of(settings_of: Callable[..., Settings], tmp_path: Path) -> Callable[..., list[str]]:
    """Load what has mistakes, and give their lines without the folder."""

    def lines(text: str | None = None, /, **variables: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            settings_of(text, **variables)
        found = str(caught.value).replace(f"{tmp_path}/", "").splitlines()
        assert len(caught.value.mistakes) == len(found)
        return found

    return lines
