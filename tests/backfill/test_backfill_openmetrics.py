"""The text of the past: OpenMetrics that reads back as what was written."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from exporter.backfill import METRICS, Grid, Timeline, length, write_openmetrics
from exporter.backfill.openmetrics import _PIECE
from exporter.backfill.timeline import Span
from exporter.exposition import label_value
from exporter.metric import Metric

GAUGE = Metric("test_gauge", "A gauge.", ("account", "name"))
INFO = Metric("test_info", "An info; always 1.", ("account",))
# What a label cannot hold is shown otherwise: see the tests of label_value.
LABELS = st.text(st.characters(codec="utf-8"), max_size=20).map(label_value)
VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
GRID = Grid(1_767_225_600, 300, 8)
# For each moment of the grid the series that there are.
MOMENTS = st.lists(st.dictionaries(st.tuples(LABELS, LABELS), VALUES, max_size=5), min_size=8, max_size=8)


def timeline_of(moments, metric=GAUGE) -> Timeline:
    timeline = Timeline()
    timeline.add(
        Span(index, index + 1, [metric(value, account=account, name=name) for (account, name), value in series.items()])
        for index, series in enumerate(moments)
    )
    return timeline


def text_of(timeline: Timeline, **extra: str) -> str:
    return "".join(write_openmetrics(timeline, GRID, [GAUGE, INFO], extra))


@given(MOMENTS)
def test_what_was_written_is_read_back(moments):
    expected = {
        (labels, GRID.moment(index)): value for index, series in enumerate(moments) for labels, value in series.items()
    }
    read = {
        ((sample.labels["account"], sample.labels["name"]), float(sample.timestamp)): sample.value
        for family in parse_openmetrics(text_of(timeline_of(moments)))
        for sample in family.samples
    }
    assert expected == read


@given(MOMENTS, LABELS)
def test_extra_labels_stand_in_every_series(moments, job):
    samples = [
        sample for family in parse_openmetrics(text_of(timeline_of(moments), job=job)) for sample in family.samples
    ]
    assert sum(map(len, moments)) == len(samples)
    assert all(job == sample.labels["job"] for sample in samples)


@given(MOMENTS)
def test_the_estimate_is_about_the_length(moments):
    timeline = timeline_of(moments)
    text = text_of(timeline).encode()
    headers = sum(len(line) + 1 for line in text.splitlines() if line.startswith(b"#"))
    assert len(text) - headers == length(timeline, GRID)
    assert text.count(b"\n") - sum(line.startswith(b"#") for line in text.splitlines()) == timeline.samples


def test_a_family_stands_together_with_its_series_in_order_of_time():
    timeline = timeline_of([{("a", "x"): 1}, {("a", "x"): 1, ("b", "y"): 2.5}, {("a", "x"): 0}])
    timeline.add([Span(0, 1, [INFO(1, account="a")])])
    assert text_of(timeline) == (
        "# HELP test_gauge A gauge.\n# TYPE test_gauge gauge\n"
        'test_gauge{account="a",name="x"} 1 1767225600\n'
        'test_gauge{account="a",name="x"} 1 1767225900\n'
        'test_gauge{account="a",name="x"} 0 1767226200\n'
        'test_gauge{account="b",name="y"} 2.5 1767225900\n'
        "# HELP test_info An info; always 1.\n# TYPE test_info gauge\n"
        'test_info{account="a"} 1 1767225600\n'
        "# EOF\n"
    )


def test_nothing_is_valid_too():
    assert "# EOF\n" == text_of(Timeline())
    assert [] == list(parse_openmetrics("# EOF\n"))


def test_a_long_run_is_written_in_pieces():
    timeline, grid = Timeline(), Grid(0, 1, 2 * _PIECE + 5)
    timeline.add([Span(0, grid.size, [GAUGE(1, account="a", name="x")])])
    pieces = list(write_openmetrics(timeline, grid, [GAUGE]))
    assert [_PIECE, _PIECE, 5] == [piece.count("\n") for piece in pieces[1:-1]]
    assert list(range(grid.size)) == [int(line.rpartition(" ")[2]) for line in "".join(pieces[1:-1]).splitlines()]


def test_a_value_that_holds_is_one_run():
    timeline = timeline_of([{("a", "x"): 1}] * 5 + [{}] + [{("a", "x"): 1}] * 2)
    assert [(0, 5, 1), (6, 8, 1)] == [tuple(run) for run in timeline.of(GAUGE)["a", "x"]]
    assert (1, 7) == (timeline.size, timeline.samples)


def test_no_help_text_of_the_past_needs_more_escaping_in_openmetrics_than_on_the_page():
    assert [] == [metric.name for metric in METRICS if '"' in metric.help]
