"""What is expected of a run in which a call meets a fault: stated by role and kind of fault, with the exceptions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from tests.faults.kinds import REASONS, FaultKind, Group
from tests.faults.subjects import Role, Subject


class Rows(Enum):
    """What is on the page after the run; the value is what the docs call it, and `MEANINGS` what that is."""

    KEPT = "kept"
    OBJECT_KEPT = "the object's kept"
    OPTIONAL_KEPT = "the optional kept"
    FRESH = "fresh"
    THINNER = "thinner"
    LISTED = "as listed"
    GONE = "the object's gone"


MEANINGS: Mapping[Rows, str] = {
    Rows.KEPT: "every row of the last good run, and none that is newer",
    Rows.OBJECT_KEPT: "what the call gave of the object in the last good run; everything else is fresh",
    Rows.OPTIONAL_KEPT: "what the optional call gave in the last good run, perhaps for other objects as well; "
    "everything else is fresh",
    Rows.FRESH: "the same samples as before, all of this run",
    Rows.THINNER: "every object of the last good run; series of values that cannot be read may be missing",
    Rows.LISTED: "the objects of the answer, whatever those are",
    Rows.GONE: "everything but what the call gave of the object, all of this run",
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """How a run ends: one of ``results``, ``failed`` the reason of the object that failed, and the rows.

    ``calls`` is the most that is asked for each call of a good run, and ``again`` that there are two at least. ``more``
    tells that what the fault made up may be on the page as well: objects, or labels of values that cannot be read.
    """

    results: tuple[str, ...]
    rows: Rows
    calls: int
    failed: str = ""
    more: bool = False
    again: bool = False


def expectation(subject: Subject, fault: FaultKind) -> Expectation | None:
    """What is expected; None where there is no such fault of this operation."""
    if fault.name in subject.without:
        return None
    stated = replace(_by_rule(subject, fault), again=fault.asked_again)
    exception = _EXCEPTIONS.get((subject.name, fault.name)) or _EXCEPTIONS.get((subject.name, fault.group.name))
    return replace(stated, **exception) if exception else stated


def expectation_for_all(subject: Subject, fault: FaultKind) -> Expectation:
    """What is expected where the calls of every object meet a fault that leaves them without an answer."""
    reason = REASONS[fault.group]
    if (subject.name, fault.name) == ("DescribeBackups", "forbidden"):
        return Expectation(("success",), Rows.FRESH, fault.calls)
    if subject.keeps_list:
        return Expectation(("partial",), Rows.OBJECT_KEPT, fault.calls, reason)
    return Expectation((reason,), Rows.KEPT, fault.calls, reason)


def _by_rule(subject: Subject, fault: FaultKind) -> Expectation:
    if fault.group in REASONS:
        return _without_answer(subject.role, fault, REASONS[fault.group])
    if fault.group is Group.VALUES:
        return _wrong_values(subject, fault)
    return _odd_list(subject.role, fault)


def _without_answer(role: Role, fault: FaultKind, reason: str) -> Expectation:
    """A call that gives nothing."""
    if role is Role.LIST:
        return Expectation((reason,), Rows.KEPT, fault.calls)
    if role is Role.OBJECT:
        return Expectation(("partial",), Rows.OBJECT_KEPT, fault.calls, reason)
    if role is Role.OPTIONAL:
        return Expectation(("success",), Rows.OPTIONAL_KEPT, fault.calls)
    # What was known before is as good as ever, and is on the page as such.
    return Expectation(("partial",), Rows.FRESH, fault.calls, reason)


_UNTELLABLE = {"nulls", "missing_fields", "wrong_types", "lists", "booleans"}  # not even the ids can be read
_NUMBERS = {"huge_numbers", "not_a_number"}
_IDS_ARE_NUMBERS = {"ListApp", "ListAppEnvironment", "ListAppResourceAllocs", "ListDeployOrders"}


def _wrong_values(subject: Subject, fault: FaultKind) -> Expectation:
    """A list without one readable id is no answer; where ids can be read, values that cannot cost their own series.

    Ids that can be read and are those of no object may be shown, and asked about in vain.
    """
    if fault.name in _UNTELLABLE:
        return _without_answer(subject.role, fault, "bad_response")
    if fault.name in _NUMBERS and subject.name not in _IDS_ARE_NUMBERS:
        return Expectation(("success",), Rows.THINNER, fault.calls, more=True)
    if subject.role is Role.OPTIONAL:
        return Expectation(("success",), Rows.THINNER, fault.calls, more=True)
    return Expectation(("success", "partial", "bad_response"), Rows.THINNER, fault.calls, more=True)


def _odd_list(role: Role, fault: FaultKind) -> Expectation:
    """Lists are read to a certain end; only one that is certain to be whole removes anything."""
    if fault.name == "endless_pages":
        stated = _without_answer(role, fault, "bad_response")
        return replace(stated, results=("partial",), more=True) if role is Role.LIST else replace(stated, more=True)
    if fault.name == "gone" and role is not Role.OPTIONAL:
        return _without_answer(role, fault, "bad_response")
    if fault.name == "gone":
        return Expectation(("success",), Rows.OPTIONAL_KEPT, fault.calls)
    return Expectation(("success",), Rows.FRESH, fault.calls)


_OBJECT_FAILS: Mapping[str, object] = {"results": ("partial",), "rows": Rows.OBJECT_KEPT, "failed": "bad_response"}
_ALL_WELL: Mapping[str, object] = {"results": ("success",), "rows": Rows.FRESH, "failed": ""}
_FEWER_SERIES: Mapping[str, object] = {"results": ("success",), "rows": Rows.THINNER, "failed": "", "more": False}
_NONE_LEFT: Mapping[str, object] = {"results": ("success",), "rows": Rows.GONE, "failed": ""}

_WHAT_IS_LISTED: Mapping[str, object] = {"results": ("success",), "rows": Rows.LISTED}

# By operation, and by fault or by group of faults.
_EXCEPTIONS: Mapping[tuple[str, str], Mapping[str, object]] = {
    # Counts of a part of the instances or backups would be wrong: what was counted before is nearer to the truth.
    ("ListAppInstance", "repeated_pages"): _OBJECT_FAILS,
    ("ListAppInstance", "total_too_large"): _OBJECT_FAILS,
    ("DescribeBackups", "repeated_pages"): _OBJECT_FAILS,
    ("GetRdsBackUp", "repeated_pages"): _OBJECT_FAILS,
    ("ListPods", "repeated_pages"): {"rows": Rows.OPTIONAL_KEPT},
    ("ListPods", "total_too_large"): {"rows": Rows.OPTIONAL_KEPT},
    # Lists whose pages name the next one: a name that comes again is a mistake, though nothing is missing.
    ("Emr.ListClusters", "repeated_pages"): {"results": ("partial",)},
    ("BatchCompute.ListClusters", "repeated_pages"): {"results": ("partial",)},
    # The detail of a cluster is no list: it names no id, and each value is worth having without the others.
    ("QueryClusterDetail", "VALUES"): _FEWER_SERIES,
    # An order whose number cannot be read may be another one.
    ("DescribeDeployOrderDetail", "VALUES"): {
        "results": ("partial",),
        "rows": Rows.FRESH,
        "failed": "bad_response",
        "more": False,
    },
    # Without a total, nothing tells that two objects with one id stand for more.
    ("BatchCompute.ListClusters", "strings"): _WHAT_IS_LISTED,
    ("BatchCompute.ListClusters", "odd_strings"): _WHAT_IS_LISTED,
    ("ModelArts.ListPools", "strings"): _WHAT_IS_LISTED,
    ("ModelArts.ListPools", "odd_strings"): _WHAT_IS_LISTED,
    # What is remembered of earlier orders is not doubted; only the counts within the window are left out.
    **{("ListDeployOrders", name): {"rows": Rows.THINNER} for name in sorted(_UNTELLABLE)},
    # The sum of the sizes of some sets is not that of all.
    ("DescribeBackups", "total_too_large"): {"rows": Rows.THINNER},
    # Projects have no rows of their own, and those that are made up have no clusters.
    ("ListFlowProject", "endless_pages"): {"results": ("bad_response",)},
    # The number of HPC clusters is the vendor's own: where it is not told, the last one stays.
    ("DescribeHpcClusters", "total_missing"): {"rows": Rows.THINNER},
    # What is not allowed with the one operation is asked of the other.
    ("DescribeBackups", "PERMISSION"): _ALL_WELL,
    ("DescribeBackups", "NOT_OFFERED"): _ALL_WELL,
    ("GetRdsBackUp", "NOT_OFFERED"): {"failed": "permission"},
    ("DescribeDBInstances", "NOT_OFFERED"): {"results": ("not_offered",), "rows": Rows.KEPT, "failed": ""},
    # An app that is gone has neither environments nor orders: the answers are empty lists. That orders are no longer
    # there is not believed at once.
    ("ListAppEnvironment", "gone"): _NONE_LEFT,
}

LOGIN_NAMES: Mapping[str, str] = {
    "AssumeRole": "AssumeRole",
    "AssumeRoleWithOIDC": "AssumeRoleWithOIDC",
    "Metadata.Token": "instance role: token",
    "Metadata.Role": "instance role: name",
    "Metadata.Credentials": "instance role: key",
    "Credentials.Uri": "credentials URI",
    "HuaweiMetadata.Credentials": "instance agency",
    "Iam.CreateToken": "`POST /v3/auth/tokens`",
    "Iam.ListProjects": "`GET /v3/projects`",
}
"""The logins by the names of the simulated cloud, and as the docs call them."""
_PLAIN_TEXT = {"Metadata.Token", "Metadata.Role"}  # answers without fields
_LOGIN_EXCEPTIONS: Mapping[tuple[str, str], str] = {
    # Huawei has no errors inside an HTTP 200: it is an answer without a token, projects or a key.
    ("Iam.CreateToken", "business_error"): "bad_response",
    ("Iam.ListProjects", "business_error"): "bad_response",
    ("HuaweiMetadata.Credentials", "business_error"): "bad_response",
    # What is plain text may be cut, or be another text, and still be a token or a role's name: of another one, then.
    ("Metadata.Token", "truncated_json"): "auth",
    ("Metadata.Token", "empty_object"): "auth",
    ("Metadata.Token", "business_error"): "bad_response",
    ("Metadata.Role", "truncated_json"): "auth",
    ("Metadata.Role", "business_error"): "bad_response",
    # Of a program beside the exporter nothing is known but the HTTP status: a 400 is a refusal.
    ("Credentials.Uri", "throttled"): "auth",
    ("Credentials.Uri", "throttled_without_hint"): "auth",
    ("Credentials.Uri", "throttled_old_hint"): "auth",
    # The code of an answer without an envelope stands among the values: it does not say that all is well.
    ("Metadata.Credentials", "booleans"): "auth",
    ("Credentials.Uri", "booleans"): "auth",
    # Projects without an id that can be read are none.
    **{("Iam.ListProjects", name): "auth" for name in sorted(_UNTELLABLE)},
}


def login_result(name: str, fault: FaultKind) -> str:
    """The result of every collection of an account whose login meets a fault; "" where there is no such fault of it.

    A login that the vendor refuses, or does not know, is one that was set up wrong, whatever the vendor calls it.
    """
    if fault.group is Group.LISTING or (fault.group is Group.VALUES and fault.name not in _UNTELLABLE):
        return ""
    if fault.group is Group.VALUES and name in _PLAIN_TEXT:
        return ""
    stated = "auth" if fault.group is Group.NOT_OFFERED else REASONS.get(fault.group, "bad_response")
    if fault.name == "business_error":
        stated = "auth"
    return _LOGIN_EXCEPTIONS.get((name, fault.name), stated)
