"""For how long a product is left alone after an answer that there were too many calls."""

import re

LONGEST = 60.0  # seconds; a hint beyond it is not believed, so that a run after the next interval asks again
# Seconds where there is no hint, doubled with every answer of that kind to a call after the pause; at most so many that
# every run has one call, and so finds out by itself that it is over.
FIRST, LAST = 2.0, 30.0
# Where limits hold for a minute by the vendor's clock, for each region and API by itself: what was throttled in one
# minute is let in again in the next one and no sooner.
# Source: https://help.aliyun.com/zh/ecs/developer-reference/api-throttling
MINUTE_PRODUCTS = frozenset({"ecs"})
_SECONDS_OF_DATE = re.compile(r"\b\d{2}:\d{2}:(\d{2})\b")


def pause(in_a_row: int, hint: float | None, chance: float) -> float:
    """Seconds without a call of the product; ``in_a_row`` is which such answer in a row it is (from 1).

    ``hint`` is in seconds, and never undercut. ``chance`` is from 0 to 1 and spreads replicas of the exporter.
    """
    if hint is not None:
        return min(hint, LONGEST) * (1 + 0.25 * chance)
    return min(FIRST * 2.0 ** min(in_a_row - 1, 10), LAST) * (0.75 + 0.5 * chance)


def rest_of_minute(date: str, chance: float) -> float:
    """Seconds until the vendor's next minute, by the Date header of its answer; a whole one where that tells nothing.

    A little more, because the header has no fractions, and not all at the same moment.
    """
    match = _SECONDS_OF_DATE.search(date)
    return 60.0 - min(int(match[1]) if match else 0, 59) + 1 + 4 * chance
