"""The pictures of the dashboards: one for each, shown to people, and nothing in the lock that only one machine has."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEMS = sorted(path.stem for path in (ROOT / "dashboards").glob("*.json"))
IMAGES = ROOT / "docs" / "images"
PROJECT = ROOT / "tools" / "screenshots"
LIMIT = 300_000  # bytes: people read the README over slow lines, too


@pytest.mark.parametrize("stem", STEMS)
def test_every_dashboard_has_a_small_picture(stem):
    picture = (IMAGES / f"{stem}.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < LIMIT


def test_there_is_no_picture_of_a_dashboard_that_is_gone():
    assert {f"{stem}.png" for stem in STEMS} == {path.name for path in IMAGES.iterdir()}


@pytest.mark.parametrize("stem", STEMS)
def test_every_picture_is_shown_on_the_page_of_the_dashboards(stem):
    page = (ROOT / "docs" / "dashboards.md").read_text(encoding="utf-8")
    assert re.search(rf"!\[[^\]]+\]\(images/{stem}\.png\)", page)


def test_the_readme_shows_the_overview():
    assert "](docs/images/overview.png)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_lock_of_the_components_pins_all_and_names_no_registry():
    packages = json.loads((PROJECT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    others = [each for path, each in packages.items() if path]
    assert others
    assert not [each for each in others if "resolved" in each or not each["integrity"]]
