"""What the gateways answer to a key that lacks a permission, and RetailCloud to one that is no member of the app."""

from exporter.simulator.errors import HUAWEI, IAM, ROA, ApiError, BusinessError
from exporter.simulator.keys import Key

APP_BOUND = frozenset(
    {
        "ListAppEnvironment",
        "ListAppInstance",
        "ListDeployOrders",
        "DescribeDeployOrderDetail",
        "ListPersistentVolumeClaim",
        "ListPods",
    }
)
"""RetailCloud's operations on one app; ListApp and ListAppResourceAllocs show a member its own apps only."""
NO_ROLE_IN_APP = 102403
_PRODUCTS = {
    "2018-03-13": "retailcloud",
    "2016-04-08": "emr",
    "2021-03-20": "emr",
    "2014-05-26": "ecs",
    "2014-08-15": "rds",
    "2015-04-01": "sts",
}
_TEXT = "You are not authorized to do this action. You should be authorized by RAM."


def check_permission(caller: Key, operation: str, family: str, version: str) -> None:
    """Raise the gateway's refusal where the caller lacks the permission; ``version`` tells the RPC product."""
    if operation not in caller.lacks.denied:
        return
    if family == IAM:
        raise ApiError(403, "Forbidden", "You are not authorized to perform the requested action.")
    if family == HUAWEI:
        raise _huawei(operation)
    if family == ROA:
        raise ApiError(403, "Forbidden", _TEXT)
    product = _PRODUCTS.get(version, "")
    code = "NoPermission" if product == "sts" else "Forbidden.RAM"
    detail = {"AccessDeniedDetail": _detail(caller, f"{product}:{operation.rpartition('.')[2]}")}
    raise ApiError(403, code, _TEXT, details=detail)


def check_membership(caller: Key, operation: str) -> None:
    """Raise RetailCloud's refusal where the operation is about one app and the caller is a member of none."""
    if caller.lacks.member_of_no_app and operation in APP_BOUND:
        raise BusinessError(NO_ROLE_IN_APP, "The user has no role in this application")


def _huawei(operation: str) -> ApiError:
    """The gateway refuses what a policy of its own forbids; ModelArts refuses actions, with a text to decode."""
    if operation == "ModelArts.ListClusters":
        return ApiError(403, "APIGW.0302", "The IAM user is not authorised")
    message = f"The user is not allowed to call {operation.removeprefix('ModelArts.')}"
    return ApiError(
        403, "ModelArts.0105", message, details={"encoded_authorization_message": "canary-encoded-authorization"}
    )


def _detail(caller: Key, action: str) -> dict[str, object]:
    """The vendor's explanation of a refusal (its page on request ids): what was tried, by whom, what was missing."""
    return {
        "AuthAction": action,
        "AuthPrincipalDisplayName": "canary-principal",
        "AuthPrincipalOwnerId": "canary-owner-id",
        "AuthPrincipalType": "SubUser" if caller.security_token is None else "AssumedRoleUser",
        "EncodedDiagnosticMessage": "canary-encoded-diagnostic-message",
        "NoPermissionType": "ImplicitDeny",
        "PolicyType": "AccountLevelIdentityBasedPolicy",
    }
