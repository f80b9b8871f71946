"""The vendors' ways to write an instant; all take epoch seconds."""

from datetime import UTC, datetime, timedelta, timezone

from exporter.simulator.quirks import Quirks

SHANGHAI = timezone(timedelta(hours=8))


def naive_local(instant: float) -> str:
    """2019-12-18 17:38:11, in the shop's zone without saying so."""
    return datetime.fromtimestamp(instant, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def naive_t(instant: float) -> str:
    """2019-12-31T15:06:20, likewise."""
    return datetime.fromtimestamp(instant, SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S")


def utc_minutes(instant: float) -> str:
    """2020-01-05T17:03Z, without seconds."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%MZ")


def utc_seconds(instant: float) -> str:
    """2019-02-03T12:20:00Z."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_micros(instant: float) -> str:
    """2020-01-04T09:08:49.965000Z, as Huawei's logins write it."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


STYLES = {"naive_local": naive_local, "naive_t": naive_t, "utc_minutes": utc_minutes, "utc_seconds": utc_seconds}


def written(instant: float, quirks: Quirks, documented: str) -> str:
    """The instant in the style of the quirk, or in the one that the operation's sample has."""
    return STYLES[documented if quirks.times == "documented" else quirks.times](instant)
