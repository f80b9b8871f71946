"""For how long Alibaba Cloud wants to be left alone, as the headers of its answers tell.

Sources: the vendor's SDKs. ``x-acs-retry-after`` is in milliseconds; older is ``x-ratelimit-user-api`` (and
``x-ratelimit-user``), such as ``Limit:1,Remain:0,TimeLeft:2000,Reset:1234`` with ``TimeLeft`` in milliseconds.
"""

import re
from collections.abc import Mapping

_MILLISECONDS = re.compile(r"\s*([0-9]{1,9})(?:\.[0-9]{0,9})?\s*")  # up to eleven days: what is longer is a mistake
_PAIR = re.compile(r"([A-Za-z]{1,20})\s*[:=]\s*([^\s,;]{1,20})")
_RATE_LIMITS = ("x-ratelimit-user-api", "x-ratelimit-user")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a refusal names, above 0; None where it names none that makes sense."""
    return _seconds(headers.get("x-acs-retry-after", "")) or _longest(_limits(headers))


def rest(headers: Mapping[str, str]) -> float | None:
    """Seconds after which there are calls again, where a good answer says that there are none left."""
    return _longest([limit for limit in _limits(headers) if limit.get("remain") == "0"])


def _limits(headers: Mapping[str, str]) -> list[dict[str, str]]:
    written = [headers.get(name, "")[:200] for name in _RATE_LIMITS]
    return [{name.lower(): value for name, value in _PAIR.findall(limit)} for limit in written]


def _longest(limits: list[dict[str, str]]) -> float | None:
    return max((_seconds(limit.get("timeleft", "")) or 0 for limit in limits), default=0) or None


def _seconds(milliseconds: str) -> float | None:
    match = _MILLISECONDS.fullmatch(milliseconds[:40])
    return int(match[1]) / 1000 or None if match else None
