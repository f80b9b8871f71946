"""What of the docs is generated from the rule files."""

import pytest

from tools.alert_docs import BEGIN, END, alerts_page, block, untemplated, with_blocks
from tools.alert_rules import rule_file, rule_files

TEXT = """\
# EMR clusters.
# Both APIs.
#
# More of it.
groups:
  - name: emr
    rules:
      # What is
      # known. And more.
      - record: cluster:emr_bad:max
        expr: max by (cluster_id) (aliyun_emr_flow_cluster_status)
      - record: cluster:emr_bad:held6h_max
        expr: |
          cluster:emr_bad:max
            or
          last_over_time(cluster:emr_bad:max[6h])

      # Of no record.
      - alert: EmrBad
        expr: |
          cluster:emr_bad:held6h_max{a=~"b|c"}
            == 1
        for: 5m
        keep_firing_for: 10m
        labels: {severity: critical}
        annotations:
          summary: >-
            {{ $labels.cluster_name }} is {{ with printf "x{a='%s'}" $labels.cluster_id | query
            }}{{ . | first | label "status" }}{{ end }}, a|b
      - record: cluster:emr_raw:max
        expr: max by (cluster_id) (aliyun_emr_cluster_state) * on (cluster_id) aliyun_emr_cluster_info
      - alert: EmrGone
        expr: absent(up)
        labels: {severity: info}
        annotations: {summary: 'Gone'}
"""
FILE = rule_file("emr", TEXT)
BAD, GONE = FILE.alerts
PAGE = f"""# EMR

Clusters.

## EmrBad

{BEGIN}
old
{END}

**What it means.** Prose.

## EmrGone

{BEGIN}
{END}
"""


def test_a_rule_file_is_read_with_its_comments():
    assert ("emr", "EMR clusters. Both APIs.") == (FILE.stem, FILE.about)
    assert ["EmrBad", "EmrGone"] == [alert.name for alert in FILE.alerts]
    assert [
        ("cluster:emr_bad:max", "What is known. And more."),
        ("cluster:emr_bad:held6h_max", ""),
        ("cluster:emr_raw:max", ""),
    ] == [(record.name, record.comment) for record in FILE.records]
    assert ("critical", "5m", "10m") == (BAD.severity, BAD.wait, BAD.keep)
    assert ("info", "", "") == (GONE.severity, GONE.wait, GONE.keep)


def test_a_rule_whose_name_does_not_come_first_is_refused():
    with pytest.raises(ValueError, match=r"emr: a rule must begin with"):
        rule_file(
            "emr",
            TEXT.replace(
                "      - alert: EmrGone\n        expr: absent(up)\n", "      - expr: up\n        alert: EmrGone\n"
            ),
        )


def test_every_rule_file_is_read_and_deploys_come_first():
    files = rule_files()
    assert "retailcloud-deploys" == files[0].stem
    assert all(file.alerts and file.about for file in files)


def test_a_block_has_the_summary_the_severity_the_times_and_the_expression():
    assert block(BAD) == (
        f"{BEGIN}\n\n> `cluster_name` is `status`, a|b\n\n"
        "Severity **critical**. Fires once this holds for **5m**, and **10m** longer than it does:\n\n"
        '```promql\ncluster:emr_bad:held6h_max{a=~"b|c"}\n  == 1\n```\n\n'
        "`cluster:emr_bad:held6h_max`: known now or, while it cannot be seen, "
        f"[what was known last](../alerts.md#held).\n\n{END}"
    )
    assert "Severity **info**. Fires as soon as this holds:\n\n```promql\nabsent(up)\n```\n\n" in block(GONE)


def test_blocks_take_the_place_of_the_old_ones_and_of_nothing_else():
    filled = with_blocks(PAGE, FILE)
    expected = PAGE.replace(f"{BEGIN}\nold\n{END}", block(BAD)).replace(f"{BEGIN}\n{END}", block(GONE))
    assert expected == filled == with_blocks(filled, FILE)


def test_a_section_without_its_marks_is_refused():
    with pytest.raises(ValueError, match=r"docs/runbooks/emr\.md: EmrGone lacks the marks"):
        with_blocks(PAGE.replace(f"## EmrGone\n\n{BEGIN}\n{END}", "## EmrGone"), FILE)


def test_a_block_that_does_not_end_swallows_no_section():
    with pytest.raises(ValueError, match=r"docs/runbooks/emr\.md: EmrBad lacks the marks"):
        with_blocks(PAGE.replace(f"old\n{END}", "old"), FILE)


def test_a_block_of_no_alert_is_refused():
    with pytest.raises(ValueError, match=r"docs/runbooks/emr\.md: there is no alert EmrOld"):
        with_blocks(PAGE.replace("## EmrGone", "## EmrOld"), FILE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Cluster {{ $labels.a }} of {{ $labels.b | urlquery }}", "Cluster `a` of `b`"),
        ("{{ $value | humanizePercentage }} full", "`value` full"),
        ('{{ printf "%.1f" $value }} h', "`value` h"),
        ('{{ with query "up" }}{{ . | first | value }}{{ end }} up', "… up"),
        ("{{ if $labels.a }}{{ $labels.a }}{{ else }}one{{ end }} is", "`a` is"),
        ("two\n  lines", "two lines"),
        ("{{ or $labels.name $labels.id }} is", "`name` is"),
        (
            "It {{ if gt $value 0.0 }}ends in {{ $value | humanizeDuration }}{{ else }}has ended{{ end }}",
            "It ends in `value`",
        ),
        ("{{ $labels.id }}{{ with $labels.name }} ({{ . }}){{ end }} is", "`id` (`name`) is"),
        ("{{ with $labels.a }}{{ if . }}x{{ else }}y{{ end }}{{ else }}z{{ end }}w", "xw"),
    ],
)
def test_a_template_shows_the_name_of_what_it_fills_in(text, shown):
    assert shown == untemplated(text)


def test_the_page_of_alerts_has_a_row_for_each_with_its_runbook():
    page = alerts_page([FILE], {"emr": "EMR"})
    assert "\n## EMR\n\nEMR clusters. Both APIs.\n" in page
    assert "| [EmrBad](runbooks/emr.md#emrbad) | critical | 5m | `cluster_name` is `status`, a\\|b |\n" in page
    assert "| [EmrGone](runbooks/emr.md#emrgone) | info | – | Gone |\n" in page


def test_the_page_of_alerts_says_what_every_record_is():
    page = alerts_page([FILE], {})
    assert "| `cluster:emr_bad:max` | What is known. |\n" in page
    assert "| `cluster:emr_bad:held6h_max` | the one without `held6h_`, [held](#held) |\n" in page
    assert "| `cluster:emr_raw:max` | from `aliyun_emr_cluster_state`, `aliyun_emr_cluster_info` |\n" in page
