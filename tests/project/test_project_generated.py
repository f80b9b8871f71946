"""What is generated of the docs: the coverage of the vendors' documents, the table of operations, the rules' part."""

import re

import pytest

from exporter.collectors import COLLECTORS
from exporter.settings.duration import render_duration
from tools import generated
from tools.vendor_documents import BATCHCOMPUTE, DOCUMENTS, RETAILCLOUD, WRITES

ROWS = [
    pytest.param(document.product, row, id=f"{document.product}-{row.operation}")
    for document, rows in DOCUMENTS.items()
    for row in rows
]
# What a name that begins like this does to the cloud.
WRITING = ("Create", "Update", "Delete", "Modify", "Deploy", "Scale", "Resume", "Close", "Bind", "Unbind", "Add")
WRITING += ("Remove", "Grant", "POST")
TABLE = generated.operations_table().splitlines()


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_generated_docs_are_what_the_code_says():
    wanted = generated.everything()
    assert {"coverage.md", "reliability.md", "README.md", "alerts.md"} <= {path.name for path in wanted}
    assert [] == generated.stale(wanted), "make generate"


def test_the_check_of_the_generated_docs_is_part_of_make_check():
    makefile = (generated.ROOT / "Makefile").read_text(encoding="utf-8")
    check, generate = makefile.index("\ncheck:"), makefile.index("\ngenerate:")
    assert "-m tools.generated --check\n" in makefile[check:generate]
    assert "-m tools.generated\n" in makefile[generate:]


def test_a_page_that_is_missing_or_not_what_it_should_be_is_found(tmp_path):
    fine, old, missing = tmp_path / "fine.md", tmp_path / "old.md", tmp_path / "missing.md"
    fine.write_text("new", encoding="utf-8")
    old.write_text("old", encoding="utf-8")
    assert [old, missing] == generated.stale({fine: "new", old: "new", missing: "new"})


def test_the_table_takes_the_place_of_the_old_one_and_of_nothing_else():
    written = f"# Title\n\n{generated.BEGIN}\nold\n{generated.END}\n\nThe rest.\n"
    assert f"# Title\n\n{generated.operations_table()}\n\nThe rest.\n" == generated.with_table(written)


@pytest.mark.parametrize("written", ["", generated.BEGIN, generated.END])
def test_a_readme_without_the_marks_is_refused(written):
    with pytest.raises(ValueError, match="lacks the marks"):
        generated.with_table(written)


@pytest.mark.parametrize(("product", "row"), ROWS)
def test_an_operation_is_read_or_there_is_a_reason_and_never_both(product, row):
    assert bool(generated.readers(product, row.operation)) != bool(row.reason)


@pytest.mark.parametrize(("product", "row"), ROWS)
def test_what_changes_something_is_told_by_its_name(product, row):
    assert (row.reason == WRITES) == row.operation.startswith(WRITING)


def test_every_section_of_the_manual_is_there_once():
    sections = [row.section for row in DOCUMENTS[RETAILCLOUD]]
    assert 66 == len(set(sections)) == len(sections)
    assert sections == sorted(sections, key=lambda section: [int(part) for part in section.split(".")])
    # No number is left out within a chapter.
    chapters: dict[str, list[int]] = {}
    for section in sections:
        chapter, _, number = section.rpartition(".")
        chapters.setdefault(chapter, []).append(int(number))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in chapters.values())


def test_the_operations_of_a_document_are_there_once():
    for rows in DOCUMENTS.values():
        assert len({row.operation for row in rows}) == len(rows)
    assert ["POST /clusters"] == [row.operation for row in DOCUMENTS[BATCHCOMPUTE]]


def test_a_collector_reads_nothing_that_is_in_neither_table():
    known = {(document.product, row.operation) for document, rows in DOCUMENTS.items() for row in rows}
    others = {(operation.product, operation.title) for operation in generated.elsewhere()}
    assert not known & others
    assert {
        (operation.product, operation.title) for collector in COLLECTORS for operation in collector.operations
    } <= known | others


def test_what_stands_in_no_document_is_read_or_logs_in():
    for operation in generated.elsewhere():
        assert generated.readers(operation.product, operation.title) or operation.product in generated.LOGINS, operation


def test_a_line_of_the_coverage_names_its_readers():
    [line] = [line for line in generated.coverage_page().splitlines() if line.startswith("| 5.4.1 |")]
    section, operation, _, users, reason = cells(line)
    assert ("5.4.1", "ListCluster", "–") == (section, operation, reason)
    expected = [
        f"`{collector.name}`"
        for collector in COLLECTORS
        if "ListCluster" in {each.name for each in collector.operations if each.product == "retailcloud"}
    ]
    assert ", ".join(expected) == users


def test_every_operation_of_a_collector_has_one_line_that_names_all_who_read_it():
    lines = [cells(line) for line in TABLE[4:] if line.startswith("|")]
    shown = {(line[0].strip("`"), line[3]): re.findall(r"`(\w+)`", line[1]) for line in lines}
    read: dict[tuple[str, str], list[str]] = {}
    for collector in COLLECTORS:
        for operation in collector.operations:
            mark = " ¹" if operation.permission and not operation.documented else ""
            permission = f"`{operation.permission}`{mark}" if operation.permission else "none needed"
            read.setdefault((operation.title, permission), []).append(collector.name)
    assert len(shown) == len(lines)
    assert {key: sorted(names) for key, names in read.items()} == {key: sorted(names) for key, names in shown.items()}


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda collector: collector.name)
def test_a_collector_has_the_lines_of_what_it_shows_with_its_interval(collector):
    table = [cells(line) for line in TABLE if line.startswith("|")]
    lines = [line for line in table if line[1].startswith(f"`{collector.name}`")]
    assert lines
    for line in lines:
        assert render_duration(collector.interval) in line[4]
        assert collector.enabled == ("off" not in line[4])


def test_lists_that_others_need_as_well_stand_with_the_collector_that_shows_them():
    [apps] = [cells(line) for line in TABLE if line.startswith("| ListApp |")]
    assert "`retailcloud_apps`, also `retailcloud_claims`, `retailcloud_deploys`, `retailcloud_instances`" == apps[1]
    assert ("`aliyun_retailcloud_app_info`", "`10m`") == (apps[2], apps[4])
    [detail] = [cells(line) for line in TABLE if line.startswith("| DescribeDeployOrderDetail |")]
    assert ("`retailcloud_deploys`", "those of ListDeployOrders") == (detail[1], detail[2])


def test_no_two_collectors_show_what_an_operation_tells():
    for reading in generated.readings():
        for other in reading.others:
            assert [] == [metric.name for metric in other.metrics if generated.names(metric, reading.operation)]


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda collector: collector.name)
def test_every_metric_of_a_collector_names_one_of_its_operations(collector):
    named = {metric for reading in generated.readings() if reading.collector is collector for metric in reading.metrics}
    assert [] == [metric.name for metric in collector.metrics if metric not in named]


def test_a_line_of_the_table_names_metrics_and_where_the_others_are():
    links = re.findall(r"docs/metrics\.md#(\w+)", "\n".join(TABLE))
    assert links
    headings = (generated.ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert [] == [link for link in links if f"\n## `{link}`\n" not in headings]
    for reading, line in zip(generated.readings(), TABLE[4:], strict=False):
        assert all(f"`{metric.name}`" in line for metric in reading.metrics[:3])
        counted = line.count("`aliyun_") + line.count("`huaweicloud_")
        more = re.search(r"\[(\d+) more\]", line)
        assert len(reading.metrics) == counted + (int(more[1]) if more else 0)
