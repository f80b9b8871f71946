"""How a run ended: one result out of all that went right and wrong in it."""

import math
from dataclasses import dataclass, replace

from exporter.clouds.errors import CloudError, NotOfferedError, RetiredError, UnknownHostError
from exporter.collection.recorder import Recorder
from exporter.store import Status

MOST_FAILED_OBJECTS = 50  # more would be a page of their own; the log has the first


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run ended, and what there is to say of it.

    ``result`` is one of self_metrics.RESULTS; ``cause`` is the error to show, if there is one. ``is_news`` tells an
    end that calls for somebody: a failure, or data that the vendor offered and does so no longer. ``replaced_by`` is
    the collector of the API that took the place of a retired one. ``unread`` objects have had no turn at all yet.
    """

    result: str
    got_data: bool
    cause: CloudError | None
    failed: tuple[tuple[str, str], ...] = ()
    is_news: bool = True
    replaced_by: str = ""
    unread: int = 0

    @property
    def is_retired(self) -> bool:
        """Whether nothing came because the vendor has taken the API away."""
        return self.result == "not_offered" and isinstance(self.cause, RetiredError)

    @property
    def message(self) -> str:
        """What to tell people; "" where all went well."""
        successor = f"; its successor is read by the collector {self.replaced_by}" if self.replaced_by else ""
        if self.cause is None and self.unread:
            return f"{self.unread} object{'' if self.unread == 1 else 's'} had no turn yet"
        return f"{self.cause}{successor}" if self.cause else ""


def judge(run: Recorder, *, never_succeeded: bool, neighbour_answered: bool, replaced_by: str = "") -> Verdict:
    """The verdict on a run; ``replaced_by`` is what the collector's declaration says.

    A host that does not resolve stands for a product that is not offered only where this collection never succeeded
    and another host of the account answers: a DNS outage must not go quiet. A host that resolves and does not answer
    is always unavailable.

    Objects that had no turn in this run are no failure, unless they never had one: then not all is known yet.
    """
    errors = [*run.errors, *run.failed.values()]
    # Where some of it is not offered and some failed otherwise, the failure is what calls for somebody.
    cause = next((error for error in errors if not isinstance(error, NotOfferedError)), errors[0] if errors else None)
    # What is kept under no owner was not read from the cloud (a configured instance), or stands for a whole region.
    read = any(key.owner for key in run.kept) or bool(run.whole)
    got_data = read or (run.knows_owners and not errors)
    failed = tuple((owner, error.reason) for owner, error in sorted(run.failed.items())[:MOST_FAILED_OBJECTS])
    if cause is None:
        return Verdict("partial" if run.unread else "success", got_data, None, unread=len(run.unread))
    unknown_host = isinstance(cause, UnknownHostError) and never_succeeded and neighbour_answered
    if not read and (isinstance(cause, NotOfferedError) or unknown_host):
        successor = replaced_by if isinstance(cause, RetiredError) else ""
        return Verdict("not_offered", True, cause, is_news=not never_succeeded, replaced_by=successor)
    return Verdict("partial" if got_data else cause.reason, got_data, cause, failed)


def effective_interval(run: Recorder, interval: float, earlier: float) -> float:
    """The time between two readings of one object: longer than ``interval`` when a run cannot reach all of them.

    A run that reached none of them does not know, and one in which some failed may have been too quick: what the one
    before found still holds.
    """
    reached = run.asked - run.postponed - run.failed.keys()
    if not reached:
        return earlier
    computed = interval * math.ceil(len(run.asked) / (len(run.asked) - len(run.postponed)))
    return max(earlier, computed) if run.failed else computed


def resumed(status: Status, earlier: Status, now: float) -> Status:
    """How the last run ended in an earlier process, under the settings of ``status``.

    The interval that it was stretched to holds on while the settings have the same one. What a clock that was ahead
    has written is no later than ``now`` (epoch seconds).
    """
    unchanged = earlier.configured_interval == status.configured_interval
    interval = max(status.interval, earlier.interval) if unchanged else status.interval
    last_success = earlier.last_success
    return replace(
        status,
        interval=interval,
        max_staleness=max(status.max_staleness, 3 * interval) if earlier.result else status.max_staleness,
        result=earlier.result,
        got_data=earlier.got_data,
        duration=earlier.duration,
        last_run=min(earlier.last_run, now),
        last_success=None if last_success is None else min(last_success, now),
        failed=earlier.failed,
        message=earlier.message,
    )
