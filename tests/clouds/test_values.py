"""Readers of the vendors' numbers, quantities and times: every documented spelling, and nothing that means nothing."""

import contextlib
import math
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.clouds import values
from exporter.clouds.values import Unreadable

SHANGHAI = ZoneInfo("Asia/Shanghai")
READERS = (
    values.number,
    values.count,
    values.ratio,
    values.failure_ratio,
    values.flag,
    values.quantity,
    values.cores,
    values.memory,
    values.mebibytes,
    values.epoch_milliseconds,
    lambda raw: values.instant(raw, SHANGHAI),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def at(*parts):
    return datetime(*parts, tzinfo=UTC).timestamp()


# What holds for every reader


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("raw", [None, "", " ", "\t\n"])
def test_what_is_left_out_or_empty_is_absent(reader, raw):
    assert reader(raw) is None


@pytest.mark.parametrize("reader", READERS)
@given(JSON)
def test_a_reader_gives_a_finite_number_or_nothing_or_says_that_it_cannot_read(reader, raw):
    with contextlib.suppress(Unreadable):
        value = reader(raw)
        assert value is None or math.isfinite(value)


@pytest.mark.parametrize("reader", READERS)
@given(st.text(min_size=1).filter(lambda raw: raw.strip()))
def test_a_text_that_is_there_is_never_taken_for_absent(reader, raw):
    with contextlib.suppress(Unreadable):
        assert reader(raw) is not None or reader is values.epoch_milliseconds


@pytest.mark.parametrize("reader", READERS[:-1])
@pytest.mark.parametrize("raw", [[], {}, [1], {"a": 1}, "x", "1 2", "--1", "1,5", "0x10", "٣x", "9" * 200])
def test_what_is_no_number_is_unreadable(reader, raw):
    with pytest.raises(Unreadable):
        reader(raw)


def test_a_finding_does_not_say_the_value():
    with pytest.raises(Unreadable) as caught:
        values.number("a-secret")

    assert "a-secret" not in str(caught.value)


# Numbers


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (0, 0.0),
        (0.57, 0.57),
        ("0.57", 0.57),
        ("0.14", 0.14),
        (" 32 ", 32.0),
        ("-1", -1.0),
        ("+1", 1.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("25769803776", 25_769_803_776.0),
        (56_292_110_336, 56_292_110_336.0),
    ],
)
def test_numbers(raw, value):
    assert values.number(raw) == value


@pytest.mark.parametrize("raw", [True, False, "true", math.nan, math.inf, "nan", "inf", "Infinity", "1e999", 10**400])
def test_what_is_no_finite_number(raw):
    with pytest.raises(Unreadable):
        values.number(raw)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_the_same_written_as_text(value):
    assert values.number(repr(value)) == values.number(value) == value


@pytest.mark.parametrize("raw", [-1, "-0.5"])
def test_a_count_is_not_negative(raw):
    with pytest.raises(Unreadable):
        values.count(raw)


@pytest.mark.parametrize(("raw", "value"), [(0.57, 0.57), ("0.02", 0.02), ("57%", 0.57), ("57 %", 0.57), (1.2, 1.2)])
def test_ratios(raw, value):
    assert values.ratio(raw) == value


@pytest.mark.parametrize("raw", ["%", "x%", "-1%", "5%%", -0.1])
def test_what_is_no_ratio(raw):
    with pytest.raises(Unreadable):
        values.ratio(raw)


@given(st.integers(0, 10_000))
def test_percent_is_a_hundredth(percent):
    assert values.ratio(f"{percent}%") == percent / 100


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("0", 0.0),
        (0, 0.0),
        ("50%", 0.5),
        (50, 0.5),
        ("50", 0.5),
        (0.5, 0.5),
        (1, 1.0),
        ("1", 1.0),
        ("1%", 0.01),
        (100, 1.0),
        ("100%", 1.0),
        (1.5, 0.015),
    ],
)
def test_failure_ratios(raw, value):
    assert values.failure_ratio(raw) == pytest.approx(value)


@pytest.mark.parametrize("raw", [101, "150%", "101", -1])
def test_a_failure_ratio_above_all_is_unreadable(raw):
    with pytest.raises(Unreadable):
        values.failure_ratio(raw)


@given(st.floats(0, 100))
def test_a_failure_ratio_is_between_nothing_and_all(raw):
    assert 0 <= values.failure_ratio(raw) <= 1


@pytest.mark.parametrize(("raw", "value"), [(True, 1), ("true", 1), ("True", 1), (1, 1), ("1", 1), (1.0, 1)])
def test_yes(raw, value):
    assert values.flag(raw) == value


@pytest.mark.parametrize(("raw", "value"), [(False, 0), ("false", 0), ("FALSE", 0), (0, 0), ("0", 0), (0.0, 0)])
def test_no(raw, value):
    assert values.flag(raw) == value


@pytest.mark.parametrize("raw", ["yes", 2, "2", [True]])
def test_neither_yes_nor_no(raw):
    with pytest.raises(Unreadable):
        values.flag(raw)


# Quantities


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("128974848", 128_974_848),
        (128_974_848, 128_974_848),
        ("129e6", 129e6),
        ("129M", 129e6),
        ("123Mi", 128_974_848),
        ("20Gi", 20 * 2**30),
        ("1Ki", 1024),
        ("1K", 1000),
        ("1k", 1000),
        ("1G", 1e9),
        ("1T", 1e12),
        ("1P", 1e15),
        ("1E", 1e18),
        ("1Ti", 2**40),
        ("1Pi", 2**50),
        ("1Ei", 2**60),
        ("1E3", 1000),
        ("1.5Gi", 1.5 * 2**30),
        ("500m", 0.5),
        ("20 Gi", 20 * 2**30),
    ],
)
def test_quantities(raw, value):
    assert values.quantity(raw) == value


@pytest.mark.parametrize("raw", ["Gi", "20GiB", "20gi", "-1Gi", "1 2Gi", "20Gi20Gi", "1e999", "9e307Ei", True])
def test_what_is_no_quantity(raw):
    with pytest.raises(Unreadable):
        values.quantity(raw)


@given(st.integers(0, 10**6), st.sampled_from(["Ki", "Mi", "Gi", "Ti"]))
def test_a_binary_unit_is_1024_of_the_next_smaller(amount, unit):
    smaller = {"Ki": "", "Mi": "Ki", "Gi": "Mi", "Ti": "Gi"}[unit]

    assert values.quantity(f"{amount}{unit}") == values.quantity(f"{amount * 1024}{smaller}")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("1vcpu", 1.0),
        ("0.5vcpu", 0.5),
        ("4", 4.0),
        (4, 4.0),
        ("1", 1.0),
        ("500m", 0.5),
        ("2 vCPU", 2.0),
        ("2core", 2.0),
        ("8C", 8.0),
    ],
)
def test_cores(raw, value):
    assert values.cores(raw) == value


@pytest.mark.parametrize("raw", ["4vcpu 8G", "1cpu", "vcpu", "-1vcpu"])
def test_what_is_no_number_of_cores(raw):
    with pytest.raises(Unreadable):
        values.cores(raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("512MB", 512 * 2**20),
        ("1500MB", 1500 * 2**20),
        ("1GB", 2**30),
        ("2GB", 2 * 2**30),
        ("1Gi", 2**30),
        ("256Mi", 256 * 2**20),
        ("1", 2**30),
        ("16", 16 * 2**30),
        (8, 8 * 2**30),
        ("0.5", 2**29),
        (0, 0),
        ("1073741824", 2**30),
    ],
)
def test_memory(raw, value):
    assert values.memory(raw) == value


@pytest.mark.parametrize("raw", ["1vcpu", "MB", "-1GB", "1XB", True])
def test_what_is_no_memory(raw):
    with pytest.raises(Unreadable):
        values.memory(raw)


@pytest.mark.parametrize(("raw", "value"), [("8192", 8 * 2**30), (4096, 4 * 2**30), (0, 0)])
def test_mebibytes(raw, value):
    assert values.mebibytes(raw) == value


@pytest.mark.parametrize("raw", ["8192MB", -1, 1e308])
def test_what_is_no_number_of_mebibytes(raw):
    with pytest.raises(Unreadable):
        values.mebibytes(raw)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.0, "1"), (0.5, "0.5"), (16.0, "16"), (100.0, "100"), (0.0, "0"), (1e-7, "0.0000001"), (1e22, "1" + "0" * 22)],
)
def test_the_shortest_decimal(value, shown):
    assert values.shortest_decimal(value) == shown


@given(st.floats(0, allow_nan=False, allow_infinity=False))
def test_the_shortest_decimal_is_the_same_number_without_an_exponent(value):
    shown = values.shortest_decimal(value)

    assert float(shown) == value
    assert "e" not in shown
    assert not shown.endswith(".")


# Times


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2020-01-05T17:03Z", at(2020, 1, 5, 17, 3)),
        ("2019-02-03T12:20:00Z", at(2019, 2, 3, 12, 20)),
        ("2016-10-31T06:55:33.921897Z", at(2016, 10, 31, 6, 55, 33) + 0.921897),
        ("2020-01-04T09:08:49.965000Z", at(2020, 1, 4, 9, 8, 49) + 0.965),
        ("2020-01-05T17:03:00+08:00", at(2020, 1, 5, 9, 3)),
        ("2020-01-05T17:03:00+0800", at(2020, 1, 5, 9, 3)),
        ("2019-06-28 04:42:30", at(2019, 6, 27, 20, 42, 30)),
        ("2019-12-18 17:38:11", at(2019, 12, 18, 9, 38, 11)),
        ("2019-12-31T15:06:20", at(2019, 12, 31, 7, 6, 20)),
        ("2020-01-01 00:00:00", at(2019, 12, 31, 16)),
        ("2026-03-01", at(2026, 2, 28, 16)),
        (" 2026-03-01 ", at(2026, 2, 28, 16)),
    ],
)
def test_times(raw, value):
    assert values.instant(raw, SHANGHAI) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    "raw",
    [
        "yesterday",
        "2020-13-01",
        "2020-02-30",
        "2020-01-01T24:00:00Z",
        "2020-01-01T10:60Z",
        "2020-01-01T10Z",
        "20200101",
        "01/02/2020",
        "0000-00-00 00:00:00",
        "2020-01-01T10:00:00+99:00",
        "2020-01-01T10:00:00Z tomorrow",
        "2020-01-01 " + " " * 200,
        1_577_836_800,
        True,
        ["2020-01-01"],
    ],
)
def test_what_is_no_time(raw):
    with pytest.raises(Unreadable):
        values.instant(raw, SHANGHAI)


@given(
    st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9998, 12, 30)),  # noqa: DTZ001 -- made aware below
    st.sampled_from([UTC, SHANGHAI, timezone(timedelta(hours=-3, minutes=-30))]),
)
def test_a_written_time_is_read_back(moment, zone):
    aware = moment.replace(tzinfo=zone, fold=0)
    written = moment.isoformat(sep=" ")

    assert values.instant(written, zone) == pytest.approx(aware.timestamp(), abs=1e-4)
    assert values.instant(moment.isoformat() + "Z", zone) == pytest.approx(
        moment.replace(tzinfo=UTC).timestamp(), abs=1e-4
    )


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (1_542_953_603_000, 1_542_953_603.0),
        ("1574923077927", 1_574_923_077.927),
        (0, None),
        (-1, None),
        ("0", None),
    ],
)
def test_epoch_milliseconds(raw, value):
    assert values.epoch_milliseconds(raw) == value


@pytest.mark.parametrize(
    "written", ["2099-12-31", "2099-01-01", "2099-01-01 00:00:00", "3000-01-01", "2099-12-31T23:59Z"]
)
@pytest.mark.parametrize("zone", [UTC, SHANGHAI, timezone(timedelta(hours=-12)), timezone(timedelta(hours=14))])
def test_from_2099_on_nothing_expires(written, zone):
    assert values.expiry(values.instant(written, zone)) is None


@pytest.mark.parametrize("moment", [None, 0, -1.0])
def test_what_is_not_set_does_not_expire(moment):
    assert values.expiry(moment) is None


@pytest.mark.parametrize("written", ["2026-03-01", "2020-01-01", "2098-12-30"])
def test_an_expiry(written):
    moment = values.instant(written, SHANGHAI)

    assert values.expiry(moment) == moment


# Texts


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a", "a"),
        (" a ", "a"),
        (7, "7"),
        (7.0, "7"),
        (0.5, "0.5"),
        (True, "true"),
        (False, "false"),
        (None, ""),
        ([], ""),
        ({"a": 1}, ""),
    ],
)
def test_texts(raw, shown):
    assert values.text(raw) == shown
