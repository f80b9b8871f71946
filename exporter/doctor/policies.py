"""The permissions that an account's collectors need, and the policy documents that grant them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporter.clouds.operation import Operation
from exporter.doctor.findings import Cause, Finding, Result


@dataclass(frozen=True, slots=True)
class Permission:
    """An action that a policy must allow on a resource, and the operations that take it.

    ``documented`` tells whether the vendor documents the action's name; ``granted`` is None where no call showed it.
    """

    action: str
    resource: str
    documented: bool
    operations: tuple[str, ...]
    granted: bool | None


def permissions(operations: Iterable[Operation], findings: Iterable[Finding]) -> tuple[Permission, ...]:
    """The permissions that these operations take, in the order of the operations."""
    shown = list(findings)
    by_action: dict[tuple[str, str], list[Operation]] = {}
    for operation in operations:
        if operation.permission:
            by_action.setdefault((operation.permission, operation.resource), []).append(operation)
    return tuple(
        Permission(
            action,
            resource,
            documented=all(operation.documented for operation in those),
            operations=tuple(operation.title for operation in those),
            granted=_granted([finding for finding in shown if finding.permission == action]),
        )
        for (action, resource), those in by_action.items()
    )


def _granted(findings: list[Finding]) -> bool | None:
    """Missing where one call was refused for it, granted where one worked; other failures tell nothing."""
    if any(finding.cause is Cause.permission for finding in findings):
        return False
    worked = any(finding.result is Result.works or finding.cause is Cause.no_apps for finding in findings)
    return True if worked else None


def ram_policy(needed: Iterable[Permission]) -> Mapping[str, object] | None:
    """A RAM policy of Alibaba Cloud with one statement for each resource; None where nothing is needed."""
    by_resource: dict[str, list[str]] = {}
    for permission in needed:
        by_resource.setdefault(permission.resource, []).append(permission.action)
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": resource} for resource, actions in by_resource.items()
    ]
    return {"Version": "1", "Statement": statements} if statements else None


def iam_policy(needed: Iterable[Permission]) -> Mapping[str, object] | None:
    """A custom policy of Huawei Cloud; None where nothing is needed."""
    actions = [permission.action for permission in needed]
    return {"Version": "1.1", "Statement": [{"Effect": "Allow", "Action": actions}]} if actions else None
