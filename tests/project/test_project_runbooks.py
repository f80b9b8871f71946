"""Every alert has its section in a runbook, which shows the rule's own words and is served where its link leads."""

import json
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from exporter.mixin import GRAFANA_BASE, RUNBOOK_BASE
from exporter.mixin.runbooks import rendered
from tests.project.watching import ROOT, RULE_FILES, rules_of

STEMS = [path.name.removesuffix(".rules.yaml") for path in RULE_FILES]
ALERTS = [
    pytest.param(stem, rule, id=rule["alert"])
    for stem, path in zip(STEMS, RULE_FILES, strict=True)
    for rule in rules_of(path)
    if "alert" in rule
]
PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
LEADS = ["What it means.", "Look first.", "What to do.", "How it clears."]
SEVERITIES = {"critical", "warning", "info"}
VARIABLES = {"var-account", "var-region", "var-cluster", "var-app", "var-environment"}


@cache
def served():
    return rendered(ROOT / "docs")


@cache
def sections(page: Path) -> dict[str, str]:
    """The sections of a page by heading, in order; a heading that stands twice is told."""
    parts = re.split(r"^## (.+)\n", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    headings = parts[1::2]
    assert sorted(set(headings)) == sorted(headings)
    return dict(zip(headings, parts[2::2], strict=True))


def section_of(stem: str, rule) -> str:
    page = ROOT / "docs" / "runbooks" / f"{stem}.md"
    assert page.exists(), f"{page.name} is missing"
    assert rule["alert"] in sections(page)
    return sections(page)[rule["alert"]]


def test_there_are_alerts():
    assert ALERTS


def test_no_two_alerts_have_one_name():
    names = [rule.values[1]["alert"] for rule in ALERTS]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("stem", STEMS)
def test_a_page_has_the_alerts_of_its_rule_file_in_their_order_and_no_others(stem):
    page = ROOT / "docs" / "runbooks" / f"{stem}.md"
    assert page.exists()
    assert [rule.values[1]["alert"] for rule in ALERTS if rule.values[0] == stem] == list(sections(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_that_of_a_rule_file_and_begins_with_a_title_and_a_sentence(page):
    assert page.stem in STEMS
    title, blank, sentence, *_ = page.read_text(encoding="utf-8").split("\n")
    assert re.fullmatch(r"# \S.*", title)
    assert ("", True) == (blank, sentence[:1].isalpha())


@pytest.mark.parametrize(("stem", "rule"), ALERTS)
def test_a_section_shows_the_severity_the_time_and_the_expression_of_the_rule(stem, rule):
    block, _, _ = section_of(stem, rule).partition("<!-- rule: end -->")
    assert rule["labels"]["severity"] in SEVERITIES
    assert f"Severity **{rule['labels']['severity']}**" in block
    times = [rule[key] for key in ("for", "keep_firing_for") if key in rule]
    assert times == re.findall(r"\*\*(\d\w*)\*\*", block)
    assert f"\n```promql\n{rule['expr'].strip()}\n```\n" in block


@pytest.mark.parametrize(("stem", "rule"), ALERTS)
def test_a_section_says_what_it_means_where_to_look_what_to_do_and_how_it_clears(stem, rule):
    _, _, prose = section_of(stem, rule).partition("<!-- rule: end -->")
    assert LEADS == re.findall(rf"^\*\*({'|'.join(map(re.escape, LEADS))})\*\*", prose, re.MULTILINE)
    look = prose.partition("**Look first.**")[2].partition("**What to do.**")[0]
    assert "```promql\n" in look


@pytest.mark.parametrize(("stem", "rule"), ALERTS)
def test_an_alert_leads_to_its_section_as_it_is_served(stem, rule):
    anchor = rule["alert"].lower()
    assert f"{RUNBOOK_BASE}/{stem}.md#{anchor}" == rule["annotations"]["runbook_url"]
    assert f'<h2 id="{anchor}">{rule["alert"]}</h2>' in served()[f"{stem}.md"].body


@pytest.mark.parametrize(("stem", "rule"), ALERTS)
def test_an_alert_leads_to_a_dashboard_that_there_is(stem, rule):
    url = rule["annotations"]["dashboard_url"]
    templates = re.findall(r"\{\{(.*?)\}\}", url)
    plain = urlsplit(re.sub(r"\{\{.*?\}\}", "x", url))
    assert url.startswith(f"{GRAFANA_BASE}/d/")
    assert plain.path.removeprefix("/d/") in {
        json.loads(path.read_text(encoding="utf-8"))["uid"] for path in ROOT.glob("dashboards/*.json")
    }
    assert {name for name, _ in parse_qsl(plain.query, strict_parsing=bool(plain.query))} <= VARIABLES
    assert " " not in plain.geturl()
    for template in templates:
        assert re.fullmatch(r"\s*\$labels\.\w+ \| urlquery\s*", template), "a name may hold & or a blank"


@pytest.mark.parametrize(("stem", "rule"), ALERTS)
def test_the_index_leads_to_every_alert_and_tells_its_severity(stem, rule):
    link = f'<td><a href="{stem}.md#{rule["alert"].lower()}">{rule["alert"]}</a></td>\n'
    assert f"{link}<td>{rule['labels']['severity']}</td>\n<td>{rule.get('for', '–')}</td>" in served()[""].body


@pytest.mark.parametrize("name", ["", *(page.name for page in PAGES)])
def test_every_link_of_a_served_page_leads_to_a_heading(name):
    links = re.findall(r'href="([^":]*)"', served()[name].body)
    for page, _, anchor in (link.partition("#") for link in links):
        there = served()[page if page not in {"", "./"} else "" if page else name]
        assert not anchor or f' id="{anchor}"' in there.body, f"{page}#{anchor}"


@pytest.mark.parametrize("name", ["", *(page.name for page in PAGES)])
def test_no_mark_shows_up_on_a_served_page(name):
    assert not re.search(r"rule: (begin|end)|&lt;!--", served()[name].body)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_headings_go_down_one_step_at_a_time(page):
    levels = [int(level) for level in re.findall(r"<h(\d)", served()[page.name].body)]
    assert 1 == levels[0]
    assert [] == [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1 or pair[1] == 1]
