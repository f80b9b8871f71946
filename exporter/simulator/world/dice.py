"""Seeded dice: every part of the world has its own, so that one more object changes none of the others."""

import random

HOUR = 3600.0
DAY = 86400.0
SHANGHAI = 8 * HOUR
"""Seconds that the shop's local time is ahead of UTC."""


def dice(*parts: object) -> random.Random:
    """The same dice for the same parts, in every process."""
    return random.Random("/".join(str(part) for part in parts))  # noqa: S311 - a simulated world keeps no secret


def letters(rolls: random.Random, length: int) -> str:
    """Lower-case letters and digits as the vendors' ids have them."""
    return "".join(rolls.choices("0123456789abcdefghijklmnopqrstuvwxyz", k=length))
