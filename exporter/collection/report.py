"""What is said of runs: counters, and a log line where something changed."""

import traceback
from collections.abc import Iterable, Mapping

import structlog

from exporter.clouds.errors import CloudError
from exporter.collection.recorder import BugError
from exporter.collection.verdict import Verdict
from exporter.collectors.rows import Oddity, shortened
from exporter.self_metrics import FINE_RESULTS, SelfMetrics
from exporter.store import CollectionKey

_MOST_NAMED = 5  # failed objects in a log line; the metric names more
_MOST_REMEMBERED = 1000  # odd values that are not logged again


class Report:
    """Counts every run of a collection and logs what is new about it: repeats are collapsed."""

    def __init__(self, key: CollectionKey, metrics: SelfMetrics) -> None:
        self._key = key
        self._metrics = metrics
        self._log = structlog.get_logger("exporter").bind(**key._asdict())
        self._last = ("success", "")
        self._is_stretched = False
        self._seen: set[tuple[str, str, str]] = set()

    def run_ended(self, verdict: Verdict, duration: float) -> None:
        """One warning where a run fails in a new way, one line when it is over.

        What was never offered is no reason to warn; what was, and is so no longer, is.
        """
        cause, result = verdict.cause, verdict.result
        if cause is not None and result not in FINE_RESULTS:
            self._metrics.failures.labels(*self._key, result).inc()
        current = (result, type(cause).__name__ + getattr(cause, "code", "") if cause else "")
        repeated, self._last = current == self._last, current
        if cause is None:
            say = self._log.debug if repeated else self._log.info
            facts = {"unread_objects": verdict.unread} if verdict.unread else {}
            say(_good_end(verdict, repeated=repeated), seconds=round(duration, 3), **facts)
            return
        say = self._log.debug if repeated else self._log.warning if verdict.is_news else self._log.info
        event = "retired" if verdict.is_retired else "not offered" if result == "not_offered" else "run failed"
        say(event, reason=result, **_facts(cause, verdict))

    def stretched(self, effective: float, interval: float) -> None:
        """Log once that a run cannot reach all objects, and once that it can again."""
        if (effective > interval) != self._is_stretched:
            self._is_stretched = effective > interval
            text = "runs are too short to reach all objects" if self._is_stretched else "runs reach all objects again"
            self._log.info(text, interval=interval, effective_interval=effective)

    def did_without(self, missing: Mapping[str, CloudError]) -> None:
        """Log once that an optional call failed."""
        for payload, error in missing.items():
            sight = ("optional", payload, error.reason)
            if sight not in self._seen:
                self._seen.add(sight)
                facts = {"operation": error.operation, "reason": error.reason, "message": str(error)}
                self._log.warning("an optional call failed", **facts)

    def odd(self, oddities: Iterable[Oddity]) -> None:
        """Count odd values; log each kind of them once."""
        for oddity in oddities:
            name = oddity.metric.name
            if oddity.kind == "duplicate":
                self._metrics.duplicate_rows.labels(self._key.collector, self._key.account).inc()
            elif oddity.kind == "unknown_state":
                self._metrics.unknown_states.labels(name).inc()
            else:
                self._metrics.unreadable_values.labels(name).inc()
            sight = (oddity.kind, name, oddity.raw)
            if sight not in self._seen and len(self._seen) < _MOST_REMEMBERED:
                self._seen.add(sight)
                self._log.warning("odd value", kind=oddity.kind, metric=name, raw=oddity.raw)


def _good_end(verdict: Verdict, *, repeated: bool) -> str:
    if verdict.unread:
        return "the first reading of all objects is under way"
    return "collected" if repeated else "collects again"


def _facts(cause: CloudError, verdict: Verdict) -> dict[str, object]:
    facts: dict[str, object] = {
        "message": verdict.message,
        "replaced_by": verdict.replaced_by,
        "cause": cause.reason,
        "operation": cause.operation,
        "request_id": cause.request_id,
        "failed_objects": len(verdict.failed),
        "objects": [shortened(owner) for owner, _ in verdict.failed[:_MOST_NAMED]],
    }
    if isinstance(cause, BugError):
        facts["where"] = where(cause.bug)
    return {name: value for name, value in facts.items() if value}


def where(bug: BaseException) -> str:
    """The frames of a bug, without its message or any value: those may hold what must not be shown."""
    frames = traceback.extract_tb(bug.__traceback__)[-5:]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
