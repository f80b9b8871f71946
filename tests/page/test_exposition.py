"""Rendering: what we write is what Prometheus reads."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.exposition import LONGEST_LABEL, Renderer, assemble, header, label_value
from exporter.metric import Metric, Sample
from tests.pages import samples_of

GAUGE = Metric("test_gauge", "A gauge.", ("account", "name"))
BARE = Metric("test_bare", "Without labels.")

LABELS = st.text(st.characters(), max_size=20) | st.sampled_from(["x" * 256, "x" * 257, "x" * 255 + "\r", "名" * 300])
VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
SERIES = st.dictionaries(st.tuples(LABELS, LABELS), VALUES, max_size=20)


def page_of(series: dict[tuple[str, str], float]) -> str:
    renderer = Renderer()
    renderer.begin()
    return assemble([GAUGE], [renderer.render(Sample(GAUGE, labels, value) for labels, value in series.items())])


def read_back(families) -> dict[tuple[str, str], float]:
    return {
        (sample.labels["account"], sample.labels["name"]): sample.value
        for family in families
        for sample in family.samples
    }


def shown(series: dict[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    return {(label_value(account), label_value(name)): float(value) for (account, name), value in series.items()}


@given(SERIES)
def test_rendered_text_parsed_back_gives_the_same_samples(series):
    expected = shown(series)
    page = page_of(series)
    assert expected == read_back(parse_text(page))
    # Tests that read many pages read them so.
    assert expected == {(each.labels["account"], each.labels["name"]): each.value for each in samples_of(page)}


@given(SERIES)
def test_rendered_text_is_openmetrics_too(series):
    assert shown(series) == read_back(parse_openmetrics(page_of(series) + "# EOF\n"))


@given(SERIES, SERIES)
def test_a_second_rendering_with_kept_heads_gives_the_same_text(first, second):
    renderer = Renderer()
    renderer.begin()
    renderer.render(Sample(GAUGE, labels, value) for labels, value in first.items())
    renderer.begin()
    kept = renderer.render(Sample(GAUGE, labels, value) for labels, value in second.items())
    assert page_of(second) == assemble([GAUGE], [kept])


def test_backslash_quote_and_newline_are_escaped():
    assert 'test_gauge{account="a\\\\b",name="\\"x\\"\\ny"} 1\n' == page_of({("a\\b", '"x"\ny'): 1}).split("gauge\n")[1]


def test_a_metric_without_labels_has_no_braces():
    renderer = Renderer()
    renderer.begin()
    assert {BARE: "test_bare 2.5\n"} == renderer.render([BARE(2.5)])


def test_families_of_several_texts_stand_together_under_one_header():
    texts = [{GAUGE: "a 1\n", BARE: "b 1\n"}, {GAUGE: "a 2\n"}]
    assert header(BARE) + "b 1\n" + header(GAUGE) + "a 1\na 2\n" == assemble([BARE, GAUGE], texts)


def test_a_family_without_rows_has_no_header():
    assert "" == assemble([GAUGE, BARE], [{}])


@given(st.text(st.characters(), max_size=400))
def test_a_label_fits_its_bound_and_every_page(raw):
    value = label_value(raw)
    assert len(value) <= LONGEST_LABEL
    assert value == value.encode("utf-8").decode()
    assert [] == [each for each in value if each != "\n" and unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"}]
    assert value == label_value(value)
    assert raw == value or value[-17] == "…"


@given(st.lists(st.text("\ud800\udfff\x00\x85ab", max_size=3).map(lambda end: "x" * 254 + end), unique=True))
def test_two_values_never_become_one(raws):
    assert len(raws) == len({label_value(raw) for raw in raws})


@pytest.mark.parametrize("name", ["shop", "测试环境集群", "a\nb", 'x"\\', "emoji 🛒", "n" * LONGEST_LABEL])
def test_ordinary_names_are_shown_as_they_are(name):
    assert name == label_value(name)


def test_a_long_label_is_cut_with_a_mark_that_stays_the_same():
    assert f"{'n' * 239}…ff57cc7c1ef69864" == label_value("n" * 257)


def test_series_that_a_cut_made_alike_stay_two():
    page = page_of({("a", "n" * 300): 1, ("a", "n" * 301): 2, ("a\x00", "n"): 3, ("a\x01", "n"): 4})
    assert [1, 2, 3, 4] == sorted(read_back(parse_text(page)).values())


def test_a_lone_surrogate_in_a_label_does_not_break_the_page():
    assert 'name="\ufffd…'.encode() in page_of({("a", "\ud83d"): 1}).encode()
