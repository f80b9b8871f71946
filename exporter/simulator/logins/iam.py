"""Huawei's IAM: tokens for a name and password, and the projects of the account."""

import json
import uuid
from functools import partial

from starlette.requests import Request

from exporter.simulator.errors import IAM, ApiError
from exporter.simulator.gateway import Arrival, Clouds
from exporter.simulator.keys import Key
from exporter.simulator.logins.project_calls import IAM_TOKEN
from exporter.simulator.logins.projects import DOMAIN, DOMAIN_ID, Project
from exporter.simulator.operations import Call, Json, Reply
from exporter.simulator.signatures import Received, sdk_hmac
from exporter.simulator.times import utc_micros

USER, PASSWORD = "simulated-user", "simulated-password"
BLOCKED_USER = "blocked-user"
"""A user with the same password whom an access rule of the account keeps out."""
TOKEN_SECONDS = 86400
IAM_NAMES = ("Iam.CreateToken", "Iam.ListProjects")
_DOMAIN = {"id": DOMAIN_ID, "name": DOMAIN}


async def create_token(clouds: Clouds, request: Request) -> Arrival:
    """POST /v3/auth/tokens: the login itself, which nothing else is signed with."""
    order = await request.body()

    def answer(call: Call) -> Reply:
        return _token(clouds, call, order)

    return Arrival(
        operation="Iam.CreateToken",
        answer=answer,
        family=IAM,
        host=request.headers.get("host", ""),
        verify=lambda: None,
        query=dict(request.query_params),
    )


def _token(clouds: Clouds, call: Call, order: bytes) -> Reply:
    """The vendor's page: who, by which method, for which project or domain (left out: the whole domain)."""
    auth = _part(_json(order), "auth")
    identity = _part(auth, "identity")
    methods = identity.get("methods")
    if not isinstance(methods, list) or "password" not in methods:
        raise _bad_request("methods names no method that is known here")
    _check_user(_part(_part(identity, "password"), "user"))
    project = _scope(clouds, auth)
    text, expires = clouds.tokens.issue(IAM_TOKEN, TOKEN_SECONDS, project.id if project else "")
    token: Json = {
        "expires_at": utc_micros(expires),
        "issued_at": utc_micros(expires - TOKEN_SECONDS),
        "methods": ["password"],
        "roles": [{"id": "0", "name": "te_admin"}],
        "user": {"domain": _DOMAIN, "id": "canary-user-id-iam", "name": USER, "password_expires_at": ""},
    }
    token |= (
        {"project": {"domain": _DOMAIN, "id": project.id, "name": project.name}} if project else {"domain": _DOMAIN}
    )
    if not call.query.optional("nocatalog"):
        token["catalog"] = [{"endpoints": [], "id": uuid.UUID(int=1).hex, "name": "iam", "type": "iam"}]
    return Reply({"token": token}, 201, {"X-Subject-Token": text})


def _json(order: bytes) -> Json:
    try:
        body = json.loads(order)
    except ValueError:
        raise _bad_request("the body is not JSON") from None
    if not isinstance(body, dict):
        raise _bad_request("the body is not a JSON object")
    return body


def _part(whole: Json, name: str) -> Json:
    part = whole.get(name)
    if not isinstance(part, dict):
        raise _bad_request(f"expecting to find {name}")
    return part


def _check_user(user: Json) -> None:
    domain = _part(user, "domain")
    if not all(isinstance(user.get(name), str) for name in ("name", "password")):
        raise _bad_request("expecting to find name and password in user")
    known = domain.get("name") == DOMAIN or domain.get("id") == DOMAIN_ID
    if not known or user["name"] not in {USER, BLOCKED_USER} or user["password"] != PASSWORD:
        raise ApiError(401, "Unauthorized", "The username or password is wrong.")
    if user["name"] == BLOCKED_USER:
        raise ApiError(403, "Forbidden", "The access rules of the account do not let this user log in.")


def _scope(clouds: Clouds, auth: Json) -> Project | None:
    scope = auth.get("scope") or {}
    if not isinstance(scope, dict):
        raise _bad_request("scope is not an object")
    if "project" not in scope:
        return None
    wanted = _part(scope, "project")
    if not any(isinstance(wanted.get(name), str) for name in ("id", "name")):
        raise _bad_request("expecting to find id or name in project")
    for project in clouds.projects:
        if wanted.get("id", project.id) == project.id and wanted.get("name", project.name) == project.name:
            return project
    raise ApiError(404, "NotFound", "The project could not be found.")


def _bad_request(reason: str) -> ApiError:
    return ApiError(400, "BadRequest", f"The request body is invalid: {reason}.")


async def list_projects(clouds: Clouds, request: Request) -> Arrival:
    """GET /v3/projects, signed with an access key or with any good token of the account."""
    received = Received.of(request, await request.body())

    def verify() -> Key | None:
        token = received.header("x-auth-token")
        if not token:
            return sdk_hmac.verify(received, clouds.keys, clouds.world.clock.real())
        if not clouds.tokens.is_good(IAM_TOKEN, token):
            raise ApiError(401, "Unauthorized", "The request you have made requires authentication.")
        return None

    return Arrival(
        operation="Iam.ListProjects",
        answer=partial(_projects, clouds.projects),
        family=IAM,
        host=received.header("host"),
        verify=verify,
        query=dict(received.query_pairs()),
    )


def _projects(projects: tuple[Project, ...], call: Call) -> Json:
    """The vendor's page: every parameter narrows the list; pages only where both parameters are sent."""
    query = call.query
    wanted = {name: query.optional(name) for name in ("name", "domain_id", "parent_id", "enabled", "is_domain")}
    rows = [
        row for row in map(_shown, projects) if all(value in {"", _text(row[name])} for name, value in wanted.items())
    ]
    page, size = query.optional_number("page"), query.optional_number("per_page")
    if page is not None and size is not None:
        rows = rows[max(page - 1, 0) * size : max(page, 1) * size]
    return {"links": {"next": None, "previous": None, "self": "https://iam.simulated/v3/projects"}, "projects": rows}


def _shown(project: Project) -> Json:
    return {
        "description": project.description,
        "domain_id": DOMAIN_ID,
        "enabled": True,
        "id": project.id,
        "is_domain": False,
        "links": {"self": f"https://iam.simulated/v3/projects/{project.id}"},
        "name": project.name,
        "parent_id": project.parent_id,
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
