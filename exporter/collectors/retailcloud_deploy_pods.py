"""The pods of a RetailCloud environment's latest deploy order: how many failed, and at which step.

A part of retailcloud_deploys. ListPods is asked about an order that is open, with every poll, because its first failed
pod is the earliest sign of a failed deploy; and once about one that failed or was closed, which cannot change any more.
It is optional: while it is refused or does not answer, these rows are missing and nothing else. After a
refusal it is not asked again in the same run.
"""

from collections import Counter
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass

from exporter.clouds.aliyun.retailcloud import LIST_PODS, RetailCloud
from exporter.clouds.aliyun.retailcloud_models import Pod
from exporter.clouds.errors import BadResponseError, CallTimeoutError, CloudError, PermissionDeniedError
from exporter.clouds.paging import Listing
from exporter.clouds.values import text
from exporter.collectors.retailcloud_inventory import ENVIRONMENT, KnownEnvironment
from exporter.collectors.retailcloud_orders import RESULTS, Order
from exporter.collectors.rows import UNKNOWN, Rows
from exporter.collectors.run import Run
from exporter.metric import Metric

STEPS = {
    "startappinstance": "start_app_instance",
    "stopappinstance": "stop_app_instance",
    "deleteappinstance": "delete_app_instance",
}
LATEST_FAILED_PODS = Metric(
    "aliyun_retailcloud_deploy_latest_failed_pods",
    "Failed pods of the latest order, by the step that failed, while it is open or after it failed or was closed; "
    "absent after a success. ListPods Result and DeploySteps.",
    (*ENVIRONMENT, "step"),
    states=(*STEPS.values(), UNKNOWN),
)
_FAILED_OR_CLOSED = (2, 4)
_FAILED_STEP = "FAIL"


@dataclass(frozen=True, slots=True)
class FailedPods:
    """Those pods of an environment's latest order that are neither under way nor well; None where they are unknown."""

    environment: KnownEnvironment
    pods: tuple[Pod, ...] | None


@dataclass(frozen=True, slots=True)
class OrderPods:
    """What is remembered of the pods of an order (by its number); ``final`` where they cannot change any more."""

    order: int
    pods: tuple[Pod, ...]
    final: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An environment whose pods are to be asked for, its latest order, and where they are to be remembered."""

    environment: KnownEnvironment
    order: Order
    remembered: MutableMapping[str, OrderPods]


class PodWatch:
    """What is asked about pods in one run; ``owed`` are the apps for which the run before had no time left."""

    def __init__(self, cloud: RetailCloud, run: Run[FailedPods], owed: Iterable[str]) -> None:
        self._cloud = cloud
        self._run = run
        self._owed = set(owed)
        self._wanted: dict[str, _Wanted] = {}
        self._refusal: PermissionDeniedError | None = None

    @property
    def wanted(self) -> Iterable[str]:
        """The environments (by `KnownEnvironment.id`) whose pods are to be asked for."""
        return tuple(self._wanted)

    def see(
        self, environment: KnownEnvironment, latest: Order | None, remembered: MutableMapping[str, OrderPods]
    ) -> None:
        """Note an environment's latest order; ``remembered`` are its app's pods by environment, kept up to date.

        Of an order before the latest no rows are left, whatever becomes of the call.
        """
        known = remembered.get(environment.env_id)
        is_known = known is not None and latest is not None and known.order == latest.number
        if latest is None or latest.result == "success" or (latest.finished and not latest.failed):
            remembered.pop(environment.env_id, None)
            self._keep(environment, None)
        elif known is not None and is_known and known.final:
            self._keep(environment, known.pods)
        else:
            self._wanted[environment.id] = _Wanted(environment, latest, remembered)
            if not is_known:
                remembered.pop(environment.env_id, None)
                self._keep(environment, None)

    async def ask(self, wanted: str) -> None:
        """Ask about the pods of one environment; where that fails, its earlier rows stay for a while."""
        one = self._wanted[wanted]
        try:
            if self._refusal is not None:  # it is the call that is refused, not the order
                raise self._refusal.with_traceback(None)
            pods = await self._read(one.order)
        except CloudError as error:
            if isinstance(error, PermissionDeniedError):
                self._refusal = error
            self._run.do_without(FailedPods, error)
        else:
            one.remembered[one.environment.env_id] = OrderPods(one.order.number, pods, one.order.finished)
            self._keep(one.environment, pods)
        del self._wanted[wanted]

    async def _read(self, order: Order) -> tuple[Pod, ...]:
        """The pods that matter; raises CloudError also for a list that lacks some, because it would show too few.

        Where the total beside the failed and closed ones is larger, it may be that of all pods, and would be for ever:
        then they are looked for among all.
        """
        listing = await self._list(order, _FAILED_OR_CLOSED)
        if not listing.complete and listing.error is None and not listing.unreadable:
            listing = await self._list(order, ())
        if listing.error is not None:
            raise listing.error
        if not listing.complete:
            raise BadResponseError(f"{LIST_PODS.name}: the list is not complete", operation=LIST_PODS.name)
        return tuple(pod for pod in listing.items if RESULTS.get(text(pod.result)) not in {"in_progress", "success"})

    async def _list(self, order: Order, results: Sequence[int]) -> Listing[Pod]:
        listing = await self._cloud.list_pods(order.wire.deploy_order_id, results)
        self._run.odd_rows(listing, LATEST_FAILED_PODS)
        return listing

    async def pay_back(self, app_id: str) -> None:
        """Ask at once about an app whose turn did not come in the run before: runs may be too short for all orders."""
        if app_id in self._owed:
            for wanted in [key for key, one in self._wanted.items() if one.environment.app_id == app_id]:
                await self.ask(wanted)
            self._owed.discard(app_id)

    def end(self) -> frozenset[str]:
        """The apps that are owed an answer; what was not asked keeps its earlier rows for a while."""
        if self._wanted:
            late = f"{LIST_PODS.name}: the run had no time left for it"
            self._run.do_without(FailedPods, CallTimeoutError(late, operation=LIST_PODS.name))
        return frozenset(self._owed.union(one.environment.app_id for one in self._wanted.values()))

    def _keep(self, environment: KnownEnvironment, pods: tuple[Pod, ...] | None) -> None:
        self._run.keep(environment.app_id, FailedPods(environment, pods), unit=environment.env_id)


def pod_rows(rows: Rows, payload: FailedPods) -> None:
    """Add the rows of failed pods; ``rows`` have the environment as their key."""
    if payload.pods is None:
        return
    failed = Counter(_failed_step(rows, pod) for pod in payload.pods)
    for step in LATEST_FAILED_PODS.states:
        rows.value(LATEST_FAILED_PODS, failed[step], step=step)


def _failed_step(rows: Rows, pod: Pod) -> str:
    """The step at which a pod failed, "" where it did not: closing an order also closes pods that had not failed."""
    result = rows.word(LATEST_FAILED_PODS, pod.result, RESULTS)
    steps = [step for step in pod.deploy_steps if text(step.status).upper() == _FAILED_STEP]
    if steps:
        return rows.word(LATEST_FAILED_PODS, steps[0].step_code, STEPS)
    return UNKNOWN if result == "failed" else ""
