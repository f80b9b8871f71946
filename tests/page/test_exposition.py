"""Rendering: what we write is what Prometheus reads."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.exposition import Renderer, assemble, header
from exporter.metric import Metric, Sample
from tests.pages import samples_of

GAUGE = Metric("test_gauge", "A gauge.", ("account", "name"))
BARE = Metric("test_bare", "Without labels.")

# Surrogates cannot stand in UTF-8; "\r" is left to the parsers' own line splitting, which our page does not have.
LABELS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20)
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


@given(SERIES)
def test_rendered_text_parsed_back_gives_the_same_samples(series):
    expected = {labels: float(value) for labels, value in series.items()}
    page = page_of(series)
    assert expected == read_back(parse_text(page))
    # Tests that read many pages read them so.
    assert expected == {(each.labels["account"], each.labels["name"]): each.value for each in samples_of(page)}


@given(SERIES)
def test_rendered_text_is_openmetrics_too(series):
    expected = {labels: float(value) for labels, value in series.items()}
    assert expected == read_back(parse_openmetrics(page_of(series) + "# EOF\n"))


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


def test_a_lone_surrogate_in_a_label_does_not_break_the_page():
    assert b'name="?"' in page_of({("a", "\ud83d"): 1}).encode()
