"""Reads and writes durations (`1h30m`) and rates (`10/s`)."""

import math
import re
from decimal import Decimal

from exporter.settings.mistake import quoted

_UNITS = {"d": 86_400, "h": 3_600, "m": 60}
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/([smhd]))?", re.ASCII)
_SHORTEST = 0.001
_LONGEST = 3_650 * 86_400


def parse_duration(value: object) -> float:
    """Read `30s`, `1m`, `24h`, `30d`, `1h30m` or a plain number of seconds, as seconds.

    Raises ValueError for anything else, for less than a millisecond and for more than ten years.
    """
    seconds = _seconds(value)
    if seconds is None:
        raise ValueError(f"{quoted(value)} is not a duration; write 30s, 5m, 1h30m or 30d")
    if not _SHORTEST <= seconds <= _LONGEST:
        raise ValueError(f"{quoted(value)} is out of range; a duration is longer than nothing and at most 3650d")
    return seconds


def _seconds(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        # Cut before it becomes a float: an int may be too long for one.
        return None if math.isnan(min(value, _LONGEST)) else float(min(value, _LONGEST + 1))
    if not isinstance(value, str):
        return None
    text = value.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        return None
    days, hours, minutes, seconds = (Decimal(part or 0) for part in match.groups())
    return float(days * _UNITS["d"] + hours * _UNITS["h"] + minutes * _UNITS["m"] + seconds)


def render_duration(seconds: float) -> str:
    """Write seconds the way `parse_duration` reads them, to the millisecond."""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    text = ""
    for unit, size in _UNITS.items():
        count, whole = divmod(whole, size)
        text += f"{count}{unit}" if count else ""
    rest = f"{whole}.{milliseconds:03}".rstrip("0").rstrip(".")
    return text if rest == "0" and text else f"{text}{rest}s"


def parse_rate(value: object) -> float:
    """Read `10/s`, `600/m`, `1000/h` or a plain number, as calls per second.

    Raises ValueError for anything else and for a rate of nothing.
    """
    match = _RATE.fullmatch(str(value).strip()) if isinstance(value, str | int | float) else None
    if match is None or isinstance(value, bool):
        raise ValueError(f"{quoted(value)} is not a rate; write 10/s, 600/m or 1000/h")
    rate = float(match[1]) / _UNITS.get(match[2], 1)
    if not 0 < rate < math.inf:
        raise ValueError(f"{quoted(value)} is out of range; a rate is more than nothing")
    return rate


def render_rate(rate: float) -> str:
    """Write calls per second the way `parse_rate` reads them, in the shortest exact form."""
    for unit, size in {"s": 1, **{unit: _UNITS[unit] for unit in "mhd"}}.items():
        if round(rate * size, 6).is_integer() and round(rate * size) / size == rate:
            return f"{round(rate * size)}/{unit}"
    return f"{Decimal(repr(rate)):f}/s"
