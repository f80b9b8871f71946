"""What the doctor found, as text for people and as JSON for programs."""

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from exporter.collectors.run import GLOBAL
from exporter.doctor import Diagnosis, Finding, Result
from exporter.doctor.findings import clock_said
from exporter.doctor.policies import Permission, iam_policy, ram_policy

_WIDTH = 120
_GAP = "  "
_HEADINGS = ("RESULT", "WHERE", "OPERATION", "WHAT")
_UNDOCUMENTED = (
    "The vendor does not document these names; they are made as those of its other products are, and may be refused "
    "when the policy is saved or have no effect: "
)
_RETAILCLOUD = (
    "RetailCloud has rules of its own besides: ListApp shows only apps that the identity is a member of, and where "
    "calls fail with Forbidden.NotSupportRAM it takes no RAM users at all."
)
_POOLS = "ModelArtsResourceManagementReadOnlyPolicy"


def as_text(told: Sequence[Diagnosis]) -> str:
    """All accounts one after the other, each with its table, what to do and its policies."""
    return "\n\n".join(_account(each) for each in told) + "\n"


def _account(told: Diagnosis) -> str:
    parts = [_headline(told), _table(told.findings), _bullets("Nothing to ask for:", told.idle), _advice(told.findings)]
    return "\n\n".join(part for part in (*parts, *_policies(told)) if part)


def _headline(told: Diagnosis) -> str:
    broken = sum(not finding.fine for finding in told.findings)
    skipped = sum(finding.result is Result.not_tried for finding in told.findings)
    verdict = f"{broken} of {len(told.findings)} calls failed" if broken else "all that is enabled works"
    verdict += f", {skipped} could not be tried" if skipped else ""
    clock = "" if told.behind is None else f"; {clock_said(told.behind)}"
    line = f"account {told.account} ({told.provider}): {verdict}{clock}"
    return f"{line}\n{'=' * min(len(line), _WIDTH)}"


def _table(findings: Sequence[Finding]) -> str:
    rows = [_HEADINGS, *(_row(finding) for finding in findings)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(_lines(row, widths) for row in rows)


def _row(finding: Finding) -> tuple[str, str, str, str]:
    where = finding.product if finding.region == GLOBAL else f"{finding.product} {finding.region}".strip()
    cause = f"{finding.cause.replace('_', ' ')}: " if finding.cause else ""
    request = f" (request {finding.request_id})" if finding.request_id else ""
    return _word(finding), where, finding.operation, f"{cause}{finding.message}{request}"


def _word(finding: Finding) -> str:
    if finding.result is Result.fails:
        return "FAILS" if finding.required else "optional"
    return "works" if finding.result is Result.works else "skipped"


def _lines(row: tuple[str, str, str, str], widths: Sequence[int]) -> str:
    head = _GAP.join(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)) + _GAP
    what = _wrapped(row[3], width=max(_WIDTH - len(head), 40))
    return "\n".join(f"{head if number == 0 else ' ' * len(head)}{line}" for number, line in enumerate(what))


def _advice(findings: Iterable[Finding]) -> str:
    by_advice: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.advice:
            by_advice.setdefault(finding.advice, []).append(finding)
    return _bullets("What to do:", [f"{_names(those)}: {advice}" for advice, those in by_advice.items()])


def _names(findings: Sequence[Finding]) -> str:
    """Operations, and the collectors that lack them."""
    operations = dict.fromkeys(finding.operation for finding in findings)
    collectors = dict.fromkeys(name for finding in findings for name in finding.collectors)
    return f"{', '.join(operations)} (for {', '.join(collectors)})" if collectors else ", ".join(operations)


def _bullets(title: str, items: Sequence[str]) -> str:
    wrapped = ["\n    ".join(_wrapped(f"  - {item}", width=_WIDTH - 4)) for item in items]
    return "\n".join([title, *wrapped]) if wrapped else ""


def _wrapped(text: str, *, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def _policies(told: Diagnosis) -> list[str]:
    """The policy of all that is needed, and that of what is missing, each ready to be pasted."""
    if not any(finding.collectors for finding in told.findings):
        return ["No collector is enabled for this account, or none has anything to ask for."]
    if not told.permissions:
        return ["Permissions: the vendor documents that these calls need none of their own."]
    kind = "RAM policy" if told.provider == "aliyun" else "IAM custom policy"
    parts = []
    if told.permissions_behind:
        policy = _document(told.provider, told.permissions_behind)
        parts.append(f"{kind} for the identity that assumes the role, not for the role itself:\n{policy}")
    parts.append(f"{kind} for all that is enabled:\n{_document(told.provider, told.permissions)}")
    missing = [permission for permission in told.permissions if permission.granted is False]
    if missing:
        parts.append(f"{kind} for what is missing:\n{_document(told.provider, missing)}")
    unsure = [permission.action for permission in told.permissions if permission.granted is None]
    if unsure:
        parts.append(_paragraph(f"Not known to be granted or missing, because no call showed it: {', '.join(unsure)}."))
    undocumented = [permission.action for permission in told.permissions if not permission.documented]
    if undocumented:
        parts.append(_paragraph(f"{_UNDOCUMENTED}{', '.join(undocumented)}."))
    if any(finding.product == "retailcloud" for finding in told.findings):
        parts.append(_paragraph(_RETAILCLOUD))
    if any(permission.action == "modelarts:pool:list" for permission in told.permissions):
        parts.append(_paragraph(f"The system policy {_POOLS} allows the pools, and more."))
    return parts


def _document(provider: str, permissions: Iterable[Permission]) -> str:
    return json.dumps(_policy(provider, permissions), indent=2)


def _policy(provider: str, permissions: Iterable[Permission]) -> Mapping[str, object] | None:
    return ram_policy(permissions) if provider == "aliyun" else iam_policy(permissions)


def _paragraph(text: str) -> str:
    return "\n".join(_wrapped(text, width=_WIDTH))


def as_json(told: Sequence[Diagnosis]) -> str:
    """All of it; docs/operations.md tells the fields."""
    document = {"works": all(each.fine for each in told), "accounts": [_account_json(each) for each in told]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _account_json(told: Diagnosis) -> dict[str, object]:
    missing = [permission for permission in told.permissions if permission.granted is False]
    return {
        "account": told.account,
        "provider": told.provider,
        "works": told.fine,
        "clock_behind_seconds": None if told.behind is None else round(told.behind),
        "findings": [_finding_json(finding) for finding in told.findings],
        "nothing_to_ask": list(told.idle),
        "login_policy": _policy(told.provider, told.permissions_behind),
        "permissions": [_permission_json(permission) for permission in told.permissions],
        "policy": _policy(told.provider, told.permissions),
        "missing_policy": _policy(told.provider, missing),
    }


def _finding_json(finding: Finding) -> dict[str, object]:
    return {
        "product": finding.product,
        "operation": finding.operation,
        "region_id": finding.region,
        "collectors": list(finding.collectors),
        "required": finding.required,
        "result": finding.result,
        "cause": finding.cause,
        "message": finding.message,
        "advice": finding.advice,
        "code": finding.code,
        "request_id": finding.request_id,
        "permission": finding.permission,
    }


def _permission_json(permission: Permission) -> dict[str, object]:
    return {
        "permission": permission.action,
        "resource": permission.resource,
        "documented": permission.documented,
        "granted": permission.granted,
        "operations": list(permission.operations),
    }
