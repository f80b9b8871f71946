from pathlib import Path

import pytest

from exporter.mixin.runbooks import Page, rendered


@pytest.fixture
def page(tmp_path):
    """Renders a runbook that stands beside an index and another page."""

    def render(text: str) -> Page:
        folder(tmp_path, {"alerts.md": "# Alerts\n", "runbooks/a.md": text, "runbooks/b.md": "# B\n"})
        return rendered(tmp_path)["a.md"]

    return render


def folder(path: Path, texts: dict[str, str]) -> None:
    (path / "runbooks").mkdir(exist_ok=True)
    for name, text in texts.items():
        (path / name).write_text(text, encoding="utf-8")


def test_pages_are_named_as_their_files_and_the_index_has_no_name(tmp_path):
    folder(
        tmp_path, {"alerts.md": "# Alerts\n", "runbooks/b.md": "# B\n", "runbooks/a.md": "# A\n", "metrics.md": "# M"}
    )
    assert {"": "Alerts", "a.md": "A", "b.md": "B"} == {name: page.title for name, page in rendered(tmp_path).items()}


def test_without_files_there_are_no_pages(tmp_path):
    assert {} == rendered(tmp_path)


def test_a_heading_has_an_anchor_in_lower_case(page):
    found = page("# RetailCloud: deploys\n\n## RetailCloudDeployFailed\n")
    assert '<h2 id="retailclouddeployfailed">RetailCloudDeployFailed</h2>' in found.body
    assert ("RetailCloud: deploys", True) == (found.title, '<h1 id="retailcloud-deploys">' in found.body)


def test_headings_of_one_text_have_anchors_of_their_own(page):
    body = page("# A\n\n## `Look` first\n\n## Look first\n\n## Look first\n").body
    assert ['id="look-first"', 'id="look-first-1"', 'id="look-first-2"'] == [
        f'id="{part.partition(chr(34))[0]}"' for part in body.split('<h2 id="')[1:]
    ]


def test_the_title_is_plain_text(page):
    assert "A & B" == page("# A & `B`\n").title


def test_the_marks_of_what_is_generated_are_not_shown(page):
    body = page("# A\n\nText.\n<!-- rule: begin (make generate) -->\n\n> Sum\n\n<!-- rule: end -->\n\nMore.\n").body
    assert "rule:" not in body
    assert "--" not in body
    assert "<blockquote>\n<p>Sum</p>\n</blockquote>\n<p>More.</p>" in body


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a <b>c</b>"])
def test_html_is_shown_and_not_let_through(page, evil):
    body = page(f"# A\n\n{evil}\n").body
    assert evil not in body
    assert "&lt;" in body


def test_a_link_to_a_script_is_none(page):
    assert "href" not in page("# A\n\n[x](javascript:alert(1))\n").body


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ("b.md", "b.md"),
        ("b.md#rdsbackupfailed", "b.md#rdsbackupfailed"),
        ("../runbooks/b.md", "b.md"),
        ("./b.md", "b.md"),
        ("#retailclouddeployfailed", "#retailclouddeployfailed"),
        ("../alerts.md", "./"),
        ("../alerts.md#held", "./#held"),
        ("https://example.com/b.md?x=1#y", "https://example.com/b.md?x=1#y"),
    ],
)
def test_a_link_leads_to_the_page_as_it_is_served(page, written, served):
    assert f'<a href="{served}">the <em>text</em></a>' in page(f"# A\n\nSee [the *text*]({written}).\n").body


@pytest.mark.parametrize("written", ["../metrics.md", "../metrics.md#emr", "c.md", "../../alerts/", "/b.md", "../b.md"])
def test_a_link_to_what_is_not_served_leaves_its_text(page, written):
    body = page(f"# A\n\nSee [the *text*]({written}) and [B](b.md).\n").body
    assert '<p>See the <em>text</em> and <a href="b.md">B</a>.</p>' in body


def test_links_of_the_index_lead_to_the_pages(tmp_path):
    index = "# Alerts\n\n| alert |\n|---|\n| [X](runbooks/a.md#x) |\n"
    folder(tmp_path, {"alerts.md": index, "runbooks/a.md": "# A\n"})
    assert '<td><a href="a.md#x">X</a></td>' in rendered(tmp_path)[""].body


def test_a_query_is_shown_as_it_is_written(page):
    body = page('# A\n\n```promql\nmax by (a) (b{c="d"}) > 1\n```\n').body
    assert "max by (a) (b{c=&quot;d&quot;}) &gt; 1\n</code></pre>" in body
