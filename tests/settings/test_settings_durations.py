"""Durations and rates, read and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.settings.duration import parse_duration, parse_rate, render_duration, render_rate


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30.0),
        ("1m", 60.0),
        ("24h", 86_400.0),
        ("30d", 2_592_000.0),
        ("1h30m", 5_400.0),
        ("1d2h3m4.5s", 93_784.5),
        ("90", 90.0),
        ("0.5", 0.5),
        (90, 90.0),
        (1.5, 1.5),
    ],
)
def test_a_duration_is_read_as_seconds(text: object, seconds: float):
    assert seconds == parse_duration(text)


@pytest.mark.parametrize("text", ["", "1x", "m", "30m1h", "1h 30m", "-5s", "1m1m", "１m", True, None, [], float("nan")])
def test_what_is_no_duration_is_refused(text: object):
    with pytest.raises(ValueError, match="is not a duration; write 30s"):
        parse_duration(text)


@pytest.mark.parametrize("text", [0, "0s", -1, "0.0001", "3651d", "9" * 400, 10**400, 1e300])
def test_a_duration_of_nothing_or_of_ages_is_refused(text: object):
    with pytest.raises(ValueError, match="is out of range"):
        parse_duration(text)


@given(st.integers(min_value=1, max_value=3_650 * 86_400_000))
def test_a_written_duration_reads_back_the_same(milliseconds: int):
    assert milliseconds / 1000 == parse_duration(render_duration(milliseconds / 1000))


@given(st.text(alphabet="0123456789dhms. ", max_size=12))
def test_a_read_duration_is_written_and_read_back_to_the_millisecond(text: str):
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert abs(seconds - parse_duration(render_duration(seconds))) <= 0.0005


@pytest.mark.parametrize(("seconds", "text"), [(90, "1m30s"), (86_400, "1d"), (0.25, "0.25s"), (3_600.5, "1h0.5s")])
def test_a_duration_is_written_in_the_largest_units(seconds: float, text: str):
    assert text == render_duration(seconds)


@pytest.mark.parametrize(("text", "rate"), [("10/s", 10.0), ("600/m", 10.0), ("900/h", 0.25), ("0.5/s", 0.5), (3, 3.0)])
def test_a_rate_is_read_as_calls_a_second(text: object, rate: float):
    assert rate == parse_rate(text)


@pytest.mark.parametrize("text", ["", "10/w", "-1/s", "ten", True, None, "0/s", "0", float("nan"), "9" * 400])
def test_what_is_no_rate_is_refused(text: object):
    with pytest.raises(ValueError, match="rate"):
        parse_rate(text)


@given(st.floats(min_value=1e-9, max_value=1e9))
def test_a_written_rate_reads_back_the_same(rate: float):
    assert rate == parse_rate(render_rate(rate))
