"""Readers for the values in the vendors' answers: numbers, quantities, times and texts in every documented spelling.

A reader gives None for a value that is absent (null or empty) and raises `Unreadable` for one that is there but
means nothing to it, so that "unknown" is never shown as 0 and a vendor's change of type is counted.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

Raw = object

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_PLAIN = re.compile(_NUMBER)
_QUANTITY = re.compile(rf"({_NUMBER})\s*([A-Za-z]*)")
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_DECIMAL = {"m": 1e-3, "": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
# RetailCloud writes "512MB" and "1500MB" for Kubernetes requests, and its totals are powers of 1024: so is this.
_MEMORY = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40, **_BINARY}
_MEMORY |= {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_CORES = {"": 1.0, "vcpu": 1.0, "core": 1.0, "cores": 1.0, "c": 1.0, "m": 1e-3}
_TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)
_NO_EXPIRY_YEAR = 2099
_LONGEST = 100  # characters: no number or time is longer


class Unreadable(ValueError):  # noqa: N818 -- a finding about a value, not a failure of the program
    """A value that is there but could not be read."""

    def __init__(self, raw: Raw) -> None:
        super().__init__(f"unreadable value of type {type(raw).__name__}")
        self.raw = raw


def text(raw: Raw) -> str:
    """A string, number or flag as text; "" for anything else."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, str):
        return valid(raw.strip())
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    return str(raw) if isinstance(raw, int | float) else ""


def valid(written: str) -> str:
    """A string without lone surrogates, which JSON can hold and UTF-8, and so every page and log, cannot."""
    return written if written.isascii() else written.encode("utf-8", "replace").decode()


def number(raw: Raw) -> float | None:
    """A finite number, written as a number or as a string."""
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise Unreadable(raw)
    if isinstance(raw, str):
        stripped = raw.strip()
        if not stripped:
            return None
        if len(stripped) > _LONGEST or not _PLAIN.fullmatch(stripped):
            raise Unreadable(raw)
        raw = stripped
    try:
        value = float(raw)
    except OverflowError:
        raise Unreadable(raw) from None
    if not math.isfinite(value):
        raise Unreadable(raw)
    return value


def count(raw: Raw) -> float | None:
    """A number that is not negative: counts, sizes, durations in seconds."""
    value = number(raw)
    if value is not None and value < 0:
        raise Unreadable(raw)
    return value


def ratio(raw: Raw) -> float | None:
    """A share as 0 to 1 (more where requests exceed what there is); "57%" is 0.57."""
    if not isinstance(raw, str) or not raw.strip().endswith("%"):
        return count(raw)
    value = count(raw.strip()[:-1])
    if value is None:
        raise Unreadable(raw)
    return value / 100


def failure_ratio(raw: Raw) -> float | None:
    """A deploy's FailureRate as 0 to 1: "50%" and numbers above 1 are percent, 1 is all of them (unit undocumented)."""
    value = ratio(raw)
    if value is None:
        return None
    if value > 1 and not (isinstance(raw, str) and "%" in raw):
        value /= 100
    if value > 1:
        raise Unreadable(raw)
    return value


def flag(raw: Raw) -> float | None:
    """A yes or no as 1 or 0: true, "true", 1, "1" and their opposites."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    word = text(raw).lower()
    if word in {"true", "1", "1.0"}:
        return 1.0
    if word in {"false", "0", "0.0"}:
        return 0.0
    raise Unreadable(raw)


def quantity(raw: Raw) -> float | None:
    """A Kubernetes quantity, in its unit (bytes for a capacity): "20Gi", "129M", "1e3", 128974848."""
    return _with_unit(raw, _DECIMAL | _BINARY)


def cores(raw: Raw) -> float | None:
    """CPU cores: "0.5vcpu", "500m", "4", 4."""
    return _with_unit(raw, _CORES, fold=True)


def memory(raw: Raw) -> float | None:
    """Bytes of a memory request: "512MB", "2GB" (powers of 1024), "1Gi"; a bare number below 1024 means GiB."""
    if isinstance(raw, str) and (match := _QUANTITY.fullmatch(raw.strip())) and match[2]:
        return _with_unit(raw, _MEMORY)
    value = count(raw)
    if value is None:
        return None
    return value * 2**30 if value < 1024 else value


def mebibytes(raw: Raw) -> float | None:
    """Bytes of a plain number of MiB."""
    value = count(raw)
    if value is not None and not math.isfinite(value * 2**20):
        raise Unreadable(raw)
    return None if value is None else value * 2**20


def shortest_decimal(value: float) -> str:
    """A number without exponent and without trailing zeros: 1.0 is "1", 0.50 is "0.5"."""
    plain = format(Decimal(repr(value)), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def instant(raw: Raw, zone: tzinfo) -> float | None:
    """Epoch seconds of a written time; one without a zone is in ``zone``, a date alone is its 00:00."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    match = _TIME.fullmatch(raw.strip()) if isinstance(raw, str) and len(raw) <= _LONGEST else None
    if not match:
        raise Unreadable(raw)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction = float(f"0.{match[7]}") if match[7] else 0.0
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=_zone(match[8], zone))
        return moment.timestamp() + fraction
    except (ValueError, OverflowError):
        raise Unreadable(raw) from None


def epoch_milliseconds(raw: Raw) -> float | None:
    """Epoch seconds of epoch milliseconds; 0 and below mean "not set"."""
    value = number(raw)
    return value / 1000 if value is not None and value > 0 else None


def expiry(moment: float | None) -> float | None:
    """An expiry instant, or None where it stands for "never": not set, at most 0, or in 2099 or later."""
    if moment is None or moment <= 0:
        return None
    # A day early, so that 2099-01-01 counts as "never" in every zone.
    return moment if moment < datetime(_NO_EXPIRY_YEAR, 1, 1, tzinfo=UTC).timestamp() - 86_400 else None


def _with_unit(raw: Raw, units: Mapping[str, float], *, fold: bool = False) -> float | None:
    if not isinstance(raw, str):
        return count(raw)
    stripped = raw.strip()
    if not stripped:
        return None
    match = _QUANTITY.fullmatch(stripped) if len(stripped) <= _LONGEST else None
    unit = match[2].lower() if match and fold else match[2] if match else ""
    if not match or unit not in units:
        raise Unreadable(raw)
    value = count(match[1])
    if value is None or not math.isfinite(value * units[unit]):
        raise Unreadable(raw)
    return value * units[unit]


def _zone(written: str | None, default: tzinfo) -> tzinfo:
    if written is None:
        return default
    if written == "Z":
        return UTC
    return datetime.strptime(written, "%z").tzinfo or UTC
