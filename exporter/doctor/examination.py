"""The examination of one account: every operation that its collectors need is asked once, where it is to be asked."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any

from exporter.clouds.aliyun.retailcloud import LIST_APP
from exporter.clouds.errors import CallTimeoutError, CloudError, CredentialsError
from exporter.clouds.operation import Operation
from exporter.collection.recorder import BugError
from exporter.collectors.collector import Collector
from exporter.collectors.run import GLOBAL
from exporter.doctor.channel import EnoughError, ProbingChannel
from exporter.doctor.findings import LOGIN, Cause, Failure, Finding, Result, failure, login_failure, no_apps
from exporter.doctor.patient import Diagnosis, Patient
from exporter.doctor.policies import permissions
from exporter.doctor.probes import PROBES, Kind, Probe, Seen


async def examine(patient: Patient) -> Diagnosis:
    """Examine an account; raises nothing but CancelledError."""
    return await _Examination(patient).diagnosis()


@dataclass(frozen=True, slots=True)
class _Examined:
    """A finding, and the id of the first object that was seen."""

    finding: Finding
    first: str = ""


class _Examination:
    """The probes of one account while they run; each waits for those that find what it needs."""

    def __init__(self, patient: Patient) -> None:
        self._patient = patient
        self._users = _users(patient)
        self._tasks: dict[tuple[Operation, str], asyncio.Task[_Examined]] = {}
        self._behind: float | None = None

    async def diagnosis(self) -> Diagnosis:
        """Log in, then run all probes side by side, as far as they do not need one another."""
        patient, login = self._patient, self._patient.login
        entries = await self._log_in()
        async with asyncio.TaskGroup() as group:
            for probe in PROBES:
                for region in self._regions(probe) if probe.operation in self._users else ():
                    logged_in = entries[region if login.regional else GLOBAL].fine
                    examined = self._examined(probe, region, logged_in=logged_in)
                    self._tasks[probe.operation, region] = group.create_task(examined)
        findings = (*entries.values(), *self._findings())
        asked = dict.fromkeys(operation for operation, _ in self._tasks)
        return Diagnosis(
            patient.name,
            patient.provider,
            findings,
            permissions([*([login.takes] if login.takes else []), *asked], findings),
            permissions([login.behind] if login.behind else [], findings),
            patient.idle,
            self._behind,
        )

    async def _log_in(self) -> Mapping[str, Finding]:
        """Log in where that is to be done, side by side; the findings by region."""
        regions = self._patient.regions if self._patient.login.regional else (GLOBAL,)
        return dict(zip(regions, await asyncio.gather(*(self._entry(region) for region in regions)), strict=True))

    async def _entry(self, region: str) -> Finding:
        login, limit = self._patient.login, self._patient.limit
        names = tuple(collector.name for collector in self._patient.collectors)
        told = Finding("", LOGIN, region, names, True, Result.works, login.words, permission=login.permission)
        try:
            async with asyncio.timeout(limit):
                await login.ask(region)
        except TimeoutError:
            late = CredentialsError(f"{login.words}: no end within {limit:g} s", reason=CallTimeoutError.reason)
            return told.failed(login_failure(late))
        except CredentialsError as error:
            return told.failed(login_failure(error, login.way_in))
        except Exception as bug:  # noqa: BLE001 -- as with a probe
            return told.failed(failure(BugError(bug)))
        return told

    def _findings(self) -> Iterator[Finding]:
        """The findings, each with whether a collector needs it, which the others tell where one of several will do."""
        examined = {place: task.result().finding for place, task in self._tasks.items()}
        working = {operation for (operation, _), finding in examined.items() if finding.result is Result.works}
        for (operation, _), finding in examined.items():
            users = self._users[operation]
            needed = any(self._needs(collector, operation, finding.cause, working) for collector in users)
            yield replace(finding, required=needed)

    def _needs(
        self, collector: Collector[Any, Any], operation: Operation, cause: Cause | None, working: set[Operation]
    ) -> bool:
        """Whether a collector cannot do without an operation that failed for this cause."""
        if operation in collector.optional:
            return False
        if operation == _GIVERS[Kind.instance] and self._patient.watched.instances:
            return False  # the settings name the instances
        if collector.scope == "global" and cause in _NOT_OFFERED and operation in working:
            return False  # a region without the product, of several that one collection asks
        if operation not in collector.one_of:
            return True
        turn = collector.one_of.index(operation)
        instead = collector.one_of if cause in _REFUSALS else collector.one_of[:turn]
        return not working.intersection(instead)

    def _regions(self, probe: Probe[Any]) -> tuple[str, ...]:
        return self._patient.regions if probe.regional else (GLOBAL,)

    async def _examined(self, probe: Probe[Any], region: str, *, logged_in: bool) -> _Examined:
        operation = probe.operation
        about = Finding(
            operation.product,
            operation.title,
            region,
            tuple(collector.name for collector in self._users[operation]),
            required=True,
            result=Result.not_tried,
            message="there is no login to ask with",
            permission=operation.permission,
        )
        if not logged_in:
            return _Examined(about)
        found: dict[Kind, str] = {}
        for kind in probe.needs:
            found[kind], lacking = await self._find(kind, region)
            if not found[kind]:
                return _Examined(about.told(Result.not_tried, lacking))
        told = await self._ask(probe, region, found)
        if isinstance(told, Failure):
            return _Examined(about.failed(told))
        return _Examined(about.told(Result.works, told.text), told.first)

    async def _find(self, kind: Kind, region: str) -> tuple[str, str]:
        """The id of an object of a kind, or why there is none."""
        if kind is Kind.instance and self._patient.watched.instances and region == GLOBAL:
            return self._patient.watched.instances[0], ""
        givers = [
            task
            for (operation, there), task in self._tasks.items()
            if _GIVERS[kind] == operation and (region == GLOBAL or there in {region, GLOBAL})
        ]
        lacking = f"no {kind} to ask for"
        for giver in givers:
            examined = await giver
            if examined.first:
                return examined.first, ""
            if examined.finding.result is Result.fails and examined.finding.cause is not Cause.no_apps:
                lacking = f"{examined.finding.operation} does not work"
            elif examined.finding.result is Result.not_tried:
                lacking = examined.finding.message
        return "", lacking

    async def _ask(self, probe: Probe[Any], region: str, found: Mapping[Kind, str]) -> Seen | Failure:
        """Make the call; every way in which it can fail is a finding."""
        operation = probe.operation.name
        channel = self._patient.channel(probe.operation.product, region)
        try:
            async with channel.limited(self._patient.limit):
                seen = await probe.ask(probe.product(channel), found, self._patient.watched)
        except EnoughError:
            seen = Seen("it answers")
        except TimeoutError:
            late = CallTimeoutError(f"{operation}: no end within {self._patient.limit:g} s", operation=operation)
            return self._failure(late, probe, region)
        except CloudError as error:
            return self._failure(error, probe, region, self._clock(channel))
        except Exception as bug:  # noqa: BLE001 -- it must hide neither the other findings nor a value in its text
            return self._failure(BugError(bug), probe, region)
        self._clock(channel)
        if probe.operation == LIST_APP and seen.empty:
            return no_apps()
        return seen

    def _failure(self, error: CloudError, probe: Probe[Any], region: str, behind: float | None = None) -> Failure:
        successors = {collector.replaced_by for collector in self._users[probe.operation] if collector.replaced_by}
        odd_region = self._patient.odd_regions.get(region)
        return failure(error, behind=behind, odd_region=odd_region, successor=", ".join(sorted(successors)))

    def _clock(self, channel: ProbingChannel) -> float | None:
        """How many seconds this machine's clock is behind, by the last answer of a channel; None where none told."""
        try:
            behind = parsedate_to_datetime(channel.date).timestamp() - (self._patient.now() - channel.age)
        except ValueError:
            return None
        self._behind = behind
        return behind


_NOT_OFFERED = {Cause.not_offered, Cause.retired}
_REFUSALS = {Cause.permission, *_NOT_OFFERED}
_GIVERS = {probe.gives: probe.operation for probe in PROBES if probe.gives is not None}


def _users(patient: Patient) -> Mapping[Operation, tuple[Collector[Any, Any], ...]]:
    """The collectors that need each operation, also for the ids that another operation of theirs needs."""
    needs = {probe.operation: probe.needs for probe in PROBES}
    users: dict[Operation, dict[str, Collector[Any, Any]]] = {}

    def use(operation: Operation, collector: Collector[Any, Any]) -> None:
        users.setdefault(operation, {})[collector.name] = collector
        for kind in needs.get(operation, ()):
            if not (kind is Kind.instance and patient.watched.instances):
                use(_GIVERS[kind], collector)

    for collector in patient.collectors:
        for operation in collector.operations:
            use(operation, collector)
    return {operation: tuple(those.values()) for operation, those in users.items()}
