"""STS, API version 2015-04-01: AssumeRole and AssumeRoleWithOIDC, which hand out temporary keys."""

import json
import re
from dataclasses import dataclass

from exporter.simulator.errors import ApiError
from exporter.simulator.keys import LIMITED, NOTHING, STRANGER, Key, KeyRing, Lacks
from exporter.simulator.operations import Call, Json
from exporter.simulator.times import utc_seconds

VERSION = "2015-04-01"
EXTERNAL_ID = "simulated-external-id"
OIDC_TOKEN, EXPIRED_OIDC_TOKEN = "simulated-oidc-token", "simulated-oidc-token-expired"
SHORTEST, LONGEST = 900, 43200
"""The seconds that any session may last; a role's own maximum is an hour unless it was raised."""
MAX_POLICY = 2048
_ROLE_ARN = re.compile(r"acs:ram::\d+:role/([A-Za-z0-9._-]{1,64})")
_PROVIDER_ARN = re.compile(r"acs:ram::\d+:oidc-provider/[A-Za-z0-9._-]{1,128}")
_SESSION_NAME = re.compile(r"[A-Za-z0-9.@_-]{2,64}")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What one role name is about; every name that is not in the table is a plain role."""

    lacks: Lacks = NOTHING
    longest: int = 3600
    external_id: str = ""
    trusts: bool = True
    exists: bool = True


ROLES = {
    "limited": Role(lacks=LIMITED),
    "stranger": Role(lacks=STRANGER),
    "long": Role(longest=LONGEST),
    "external": Role(external_id=EXTERNAL_ID),
    "forbidden": Role(trusts=False),
    "missing": Role(exists=False),
}


def assume_role(keys: KeyRing, call: Call) -> Json:
    """The vendor's page: RoleArn and RoleSessionName required; the refusals of its table of errors."""
    role = _role(call)
    external_id = call.query.optional("ExternalId")
    if external_id and not _EXTERNAL_ID.fullmatch(external_id):
        raise _wrongly_formed("ExternalId")
    if not role.trusts or external_id != (role.external_id or external_id):
        raise ApiError(
            403, "NoPermission", "You are not authorized to do this action. You should be authorized by RAM."
        )
    return _session(keys, role, call)


def assume_role_with_oidc(keys: KeyRing, call: Call) -> Json:
    """The vendor's page: unsigned, for whoever brings an identity provider's token; what is wrong with one is a 401."""
    role = _role(call)
    if not _PROVIDER_ARN.fullmatch(call.query.text("OIDCProviderArn")):
        raise _wrongly_formed("OIDCProviderArn")
    token = call.query.text("OIDCToken")
    if token == EXPIRED_OIDC_TOKEN:
        raise ApiError(401, "AuthenticationFail.OIDCToken.Expired", "This JsonWebToken is expired.")
    if token != OIDC_TOKEN:
        raise ApiError(401, "AuthenticationFail.OIDCToken.Invalid", "The Jwt content is invalid.")
    if not role.trusts:
        raise ApiError(401, "AuthenticationFail.NoPermission", "There is no permission")
    info = {"Subject": "simulated-subject", "Issuer": "https://oidc.simulated", "ClientIds": "sts.aliyuncs.com"}
    return _session(keys, role, call) | {"OIDCTokenInfo": info}


def _role(call: Call) -> Role:
    """The role that is asked for, once all that every session needs is in order."""
    match = _ROLE_ARN.fullmatch(call.query.text("RoleArn"))
    if match is None:
        raise _wrongly_formed("RoleArn")
    if not _SESSION_NAME.fullmatch(call.query.text("RoleSessionName")):
        raise _wrongly_formed("RoleSessionName")
    role = ROLES.get(match[1], Role())
    _check_policy(call.query.optional("Policy"))
    if not role.exists:
        raise ApiError(404, "EntityNotExist.Role", "The specified Role not exists.")
    if not SHORTEST <= _duration(call) <= role.longest:
        raise _duration_error(role)
    return role


def _duration(call: Call) -> int:
    return call.query.number("DurationSeconds", 3600)


def _duration_error(role: Role) -> ApiError:
    message = f"The Min/Max value of DurationSeconds is 15min/{role.longest // 3600}hr."
    return ApiError(400, "InvalidParameter.DurationSeconds", message)


def _check_policy(policy: str) -> None:
    if len(policy.encode()) > MAX_POLICY:
        raise ApiError(400, "InvalidParameter.PolicySize", "The size of Policy must be smaller than 2048 bytes.")
    try:
        is_policy = not policy or isinstance(json.loads(policy), dict)
    except ValueError:
        is_policy = False
    if not is_policy:
        raise ApiError(400, "InvalidParameter.PolicyGrammar", "The parameter Policy has not passed grammar check.")


def _wrongly_formed(name: str) -> ApiError:
    return ApiError(400, f"InvalidParameter.{name}", f"The parameter {name} is wrongly formed.")


def _session(keys: KeyRing, role: Role, call: Call) -> Json:
    session = call.query.text("RoleSessionName")
    return {
        "RequestId": call.request_id,
        "AssumedRoleUser": {
            "AssumedRoleId": f"300000000000000001:{session}",
            "Arn": f"{call.query.text('RoleArn')}/{session}",
        },
        "Credentials": shown(keys.mint(_duration(call), role.lacks)),
    }


def shown(key: Key) -> Json:
    """A temporary key as STS and the credentials services write it."""
    return {
        "AccessKeyId": key.id,
        "AccessKeySecret": key.secret,
        "SecurityToken": key.security_token,
        "Expiration": utc_seconds(key.expires or 0),
    }
