"""Lays an account's settings of a collector over those for all, and fills in what both leave out."""

from exporter.settings.document import CollectorSection
from exporter.settings.model import Collector, CollectorDefaults

# Data is kept for three intervals, so that two failed runs leave no gap, and for five minutes in any case,
# so that an alert's `for` is over before its data is.
INTERVALS_KEPT = 3
SHORTEST_STALENESS = 300.0


def laid_over(upper: CollectorSection | None, lower: CollectorSection | None) -> CollectorSection:
    """The settings of one collector where those of ``upper``, key by key, go before those of ``lower``."""
    given = upper.model_dump(exclude_none=True) if upper else {}
    return (lower or CollectorSection()).model_copy(update=given)


def resolved_collector(section: CollectorSection, defaults: CollectorDefaults) -> Collector:
    """Lay the given values over the defaults; a default timeout gives way to a short interval."""
    interval = section.interval if section.interval is not None else defaults.interval
    least = max(INTERVALS_KEPT * interval, SHORTEST_STALENESS)
    return Collector(
        enabled=section.enabled if section.enabled is not None else defaults.enabled,
        interval=interval,
        timeout=section.timeout if section.timeout is not None else min(defaults.timeout, interval),
        max_staleness=section.max_staleness if section.max_staleness is not None else least,
        max_series=section.max_series if section.max_series is not None else defaults.max_series,
        window=section.window if section.window is not None else defaults.window,
        history=section.history if section.history is not None else defaults.history,
        scope=defaults.scope,
        needs_instances=defaults.needs_instances,
    )
