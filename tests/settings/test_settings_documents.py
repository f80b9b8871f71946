"""The operator's reference and the example file say all there is, and what they say works."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel

from exporter.settings import document
from exporter.settings.loading import load
from exporter.settings.model import CollectorDefaults
from exporter.settings.notices import warnings
from exporter.settings.regions import REGIONS

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "config.example.yml"
BLOCKS = re.findall(r"```sh\n(.*?)```", REFERENCE, re.DOTALL)


def sections() -> Iterator[type[BaseModel]]:
    yield document.Document
    yield from document.Section.__subclasses__()


KEYS = sorted({key for section in sections() for key in section.model_fields})


@pytest.mark.parametrize("key", KEYS)
def test_every_setting_is_in_the_reference(key: str):
    assert f"`{key}`" in REFERENCE


@pytest.mark.parametrize("key", KEYS)
def test_every_setting_is_in_the_example(key: str):
    assert re.search(rf"\b{key}:", EXAMPLE.read_text(encoding="utf-8"))


def test_the_example_is_valid(collectors: Mapping[str, CollectorDefaults]):
    settings = load(EXAMPLE, {}, collectors)

    assert ["shop", "ml"] == [account.name for account in settings.accounts]
    told = [line for line in warnings(settings, {}) if "names no file" not in line]
    assert ["account ml: has no credentials"] == [line.partition(",")[0] for line in told]


def test_the_example_shows_the_defaults(collectors: Mapping[str, CollectorDefaults]):
    accounts = '[{"name": "a", "provider": "aliyun"}]'
    plain = load(None, {"CLOUD_CLUSTER_EXPORTER_ACCOUNTS": accounts}, collectors)
    example = load(EXAMPLE, {}, collectors)

    assert (plain.listen, plain.naive_time_zone, plain.http, plain.collectors) == (
        example.listen,
        example.naive_time_zone,
        example.http,
        example.collectors,
    )


@pytest.mark.parametrize("block", BLOCKS)
def test_the_variables_of_the_reference_work(block: str, collectors: Mapping[str, CollectorDefaults]):
    environ = dict(line.split("=", 1) for line in block.splitlines())

    assert load(None, environ, collectors).accounts[-1].name == "ml"


def test_there_are_variables_in_the_reference():
    assert len(BLOCKS) == 2


def test_both_vendors_regions_are_known():
    assert {"aliyun", "huaweicloud"} == set(REGIONS)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", region) for regions in REGIONS.values() for region in regions)
