import re
import shlex
import subprocess
from itertools import takewhile
from pathlib import Path

import pytest
import typer.main

from exporter.assembly import DEFAULT_BURST, DEFAULT_RATE
from exporter.cli.documentation import Form, catalogue
from exporter.cli.main import app
from exporter.collectors import COLLECTORS
from exporter.settings.duration import parse_duration

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands
COMMON = {"--version", "--log-level", "--log-format", "--help"}
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")],
    key=lambda page: page.relative_to(ROOT).as_posix(),
)


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def targets() -> set[str]:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    return set(phony[1].split())


def words_of(program: str, page: Path) -> list[list[str]]:
    """The arguments of every call of a program in a page's fenced shell blocks."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:sh|bash|console)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [shlex.split(line, comments=True) for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [
        list(takewhile(lambda word: word not in {"|", ">", ";", "&&"}, line[position + 1 :]))
        for line in lines
        for position, word in enumerate(line)
        if Path(word).name == program
    ]


def test_the_metrics_page_is_what_the_catalogue_says():
    written = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert catalogue(Form.markdown) == written, "make generate"


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda collector: collector.name)
def test_the_defaults_of_every_collector_are_told_as_settings_are_written(collector):
    [row] = [line for line in catalogue(Form.markdown).splitlines() if line.startswith(f"| `{collector.name}` | ")]
    cells = [cell.strip(" `") for cell in row.strip("|").split("|")]
    spans = [None if cell == "–" else parse_duration(cell) for cell in cells[4:8]]
    assert [collector.interval, collector.timeout, collector.window, collector.history] == spans
    assert [", ".join(operation.title for operation in collector.operations), collector.scope] == [cells[1], cells[3]]
    assert (collector.enabled, collector.max_series) == (cells[2].startswith("on"), int(cells[8]))
    assert f"collector {collector.name} (" in catalogue(Form.text)


def test_the_budget_in_the_reference_is_the_default():
    assert f"`{DEFAULT_RATE:g}/s`, burst {DEFAULT_BURST}" in (ROOT / "docs" / "configuration.md").read_text("utf-8")


def test_make_alone_tells_of_every_target():
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert {f"make {target}" for target in targets()} == {
        match[0].strip() for match in re.finditer(r"^make \S+ +(?=\S)", shown, re.MULTILINE)
    }


def test_the_readme_shows_commands():
    readme = ROOT / "README.md"
    assert words_of("make", readme)
    assert words_of("cloud-cluster-exporter", readme)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_of_a_page_exists(page):
    wanted = {
        word for words in words_of("make", page) for word in words if "=" not in word and not word.startswith("-")
    }
    assert wanted <= targets()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_of_a_page_exists(page):
    for words in words_of("cloud-cluster-exporter", page):
        plain = [word for word in words if not word.startswith("-")]
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        command = next((word for word in plain if word in COMMANDS), None)
        assert command is not None or options <= COMMON, words
        if command is not None:
            known = {option for parameter in COMMANDS[command].params for option in parameter.opts}
            assert options <= known | COMMON, words


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_within_the_project_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("record", sorted(ROOT.glob("docs/decisions/*.md")), ids=lambda record: record.stem)
def test_a_decision_has_a_number_a_date_and_a_reason(record):
    text = record.read_text(encoding="utf-8")
    assert text.startswith(f"# {record.stem[:4]} ")
    assert re.search(r"^Date: \d{4}-\d\d-\d\d$", text, re.MULTILINE)
    assert {"## Why", "## Decision", "## Price"} <= set(text.splitlines())
