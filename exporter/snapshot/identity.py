"""What a collection was read with, as a fingerprint: an account that is only called alike must not show old rows."""

import hashlib
import json
from collections.abc import Mapping

from exporter.collectors.filters import NameFilter
from exporter.collectors.run import Place


def identity(place: Place, **others: str | Mapping[str, str]) -> str:
    """The fingerprint of a place and of what else decides which objects are seen; no secret may be among it.

    Keys are none of it: they are exchanged every few weeks, for others of the same account.
    """
    filters = {name: _patterns(getattr(place.filters, name)) for name in ("cluster", "app", "environment")}
    told = {
        "account": place.account,
        "region": place.region,
        "zone": str(place.zone),
        "window": place.window,
        "history": place.history,
        "instances": place.instances,
        "filters": filters,
        **{name: value if isinstance(value, str) else dict(value) for name, value in others.items()},
    }
    return fingerprint(told)


def _patterns(names: NameFilter) -> list[list[str]]:
    return [[pattern.pattern for pattern in patterns] for patterns in (names.include, names.exclude)]


def fingerprint(told: object) -> str:
    """The same text for the same values, in every process."""
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
