"""When the calls of one channel may go: they are paid for, and held up after there were too many."""

import math
from collections.abc import Sequence

from exporter.clouds.budget import Budget
from exporter.clouds.errors import ThrottledError
from exporter.clouds.run_time import current_run
from exporter.clouds.throttling import LONGEST, MINUTE_PRODUCTS, pause, rest_of_minute


class Pace:
    """What the calls of one channel are paid from: the budget of its product, in one lane of it.

    Where the vendor counts by API, region and minute (ECS), each of these has a part of the budget that is closed by
    itself.
    """

    def __init__(self, budget: Budget, product: str, region: str, lane: str, weight: int) -> None:
        self._budget = budget
        self._by_minute = product in MINUTE_PRODUCTS
        self._region = region
        self._lane = lane
        self._weight = weight

    def closed_until(self, operation: str) -> float:
        """Until when no call of an operation may go (monotonic seconds), or could not lately."""
        return max(budget.closed_until for budget in self._budgets(operation))

    async def turn(self, operation: str) -> float:
        """Pay for one call and wait until it may go; raises ClosedError where that is after the end of the run.

        Returns `closed_until` as it was when each part was paid: a part may close while the rest is waited for.
        """
        run, closed_until = current_run(), -math.inf
        for budget in self._budgets(operation):
            await budget.spend(self._lane, self._weight, run.ends_at if run else math.inf)
            closed_until = max(closed_until, budget.closed_until)
        return closed_until

    def throttled(self, error: ThrottledError, sent_at: float, chance: float) -> None:
        """Leave the product alone for a while, or, where limits hold for an API and a minute, that API."""
        own, *others = self._budgets(error.operation)
        if others:
            own.refused(sent_at, lambda _: rest_of_minute(error.date, chance))
        if error.retry_after is not None or not others:
            grows = current_run() is not None  # what is in no run (a backfill) asks again and again by itself
            self._budget.refused(sent_at, lambda in_a_row: pause(in_a_row if grows else 1, error.retry_after, chance))

    def succeeded(self, operation: str, rest: float | None, sent_at: float) -> None:
        """Go at the full rate again, or pause for the ``rest`` (seconds) that the answer asks for."""
        budgets = self._budgets(operation)
        for budget in budgets:
            budget.accepted(sent_at)
        if rest is not None:
            budgets[0].pause(min(rest, LONGEST))

    def _budgets(self, operation: str) -> Sequence[Budget]:
        """What a call is paid from, one after the other."""
        if not self._by_minute:
            return (self._budget,)
        return self._budget.part((self._region, operation)), self._budget
