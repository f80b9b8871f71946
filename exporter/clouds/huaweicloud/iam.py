"""IAM (v3): tokens for an IAM user's password, and the projects that regions are called by.

Sources: https://support.huaweicloud.com/api-iam/iam_30_0001.html, and the vendor's SDK for the look-up of a project.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC

from exporter.clouds.encoding import encode_query
from exporter.clouds.errors import BadResponseError, CredentialsError
from exporter.clouds.exchange import Request
from exporter.clouds.http import Channel
from exporter.clouds.login import Lease
from exporter.clouds.operation import Operation
from exporter.clouds.payload import Identifier, Payload, Text, mapping, read_items
from exporter.clouds.secret_text import SecretText, checked
from exporter.clouds.values import Unreadable, instant, text

CREATE_TOKEN = Operation("iam", "CreateToken", "", documented=True, request="POST /v3/auth/tokens")
LIST_PROJECTS = Operation("iam", "ListProjects", "iam:projects:listProjects", request="GET /v3/projects")


@dataclass(frozen=True, slots=True)
class Token:
    """An IAM token, which is for one project."""

    value: str = field(repr=False)
    project_id: str


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user of an account (``domain``). A HUAWEI ID can get no token."""

    name: str
    password: SecretText = field(repr=False)
    domain: str


class PasswordLogin:
    """POST /v3/auth/tokens: a token of 24 hours for the project of a region, by the project's id or else its name."""

    def __init__(self, channel: Channel, user: User, region: str, project_id: str = "") -> None:
        """``channel`` proves nothing by itself."""
        self._channel = channel
        self._user = user
        self._project = {"id": project_id} if project_id else {"name": region}

    async def __call__(self) -> Lease[Token]:
        """Log in; raises CloudError, or CredentialsError where the password's file cannot be read."""
        operation = CREATE_TOKEN.name
        password = self._user.password.read()
        user = {"name": self._user.name, "password": password, "domain": {"name": self._user.domain}}
        identity = {"methods": ["password"], "password": {"user": user}}
        body = json.dumps({"auth": {"identity": identity, "scope": {"project": self._project}}}).encode()
        headers = {"content-type": "application/json;charset=utf8", "accept": "application/json"}
        # Without the catalogue: with it the token may be too long for a header.
        secrets = (password, json.dumps(password)[1:-1])  # as it is, and as it stands in the body
        request = Request(operation, "POST", "/v3/auth/tokens?nocatalog=true", headers, body, secrets=secrets)
        answer = await self._channel.send(request)
        told = mapping(mapping(answer.value).get("token"))
        try:
            # The id becomes a header, in which only such characters may stand.
            project_id = checked(text(mapping(told.get("project")).get("id")), "project.id")
            value = checked(answer.headers.get("x-subject-token", ""), "X-Subject-Token")
            ends_at = instant(told.get("expires_at"), UTC)
        except (CredentialsError, Unreadable):
            value, project_id, ends_at = "", "", None
        if ends_at is None:
            raise BadResponseError(f"{operation}: the answer holds no token for a project", operation=operation)
        return Lease(Token(value, project_id), ends_at)


class _Project(Payload):
    """An item of GET /v3/projects."""

    id: Identifier
    name: Text = ""


class ProjectOfRegion:
    """GET /v3/projects?name=…: the id of the project that is called like its region; it does not change."""

    def __init__(self, channel: Channel, region: str, setting: str) -> None:
        """``setting`` is where the id can be given instead."""
        self._channel = channel
        self._region = region
        self._setting = setting

    async def __call__(self) -> Lease[str]:
        """Look it up; raises CloudError, or CredentialsError where there is none or are several."""
        operation = LIST_PROJECTS.name
        request = Request(operation, "GET", f"/v3/projects?{encode_query([('name', self._region)])}")
        answer = await self._channel.send(request)
        listed = mapping(answer.value).get("projects")
        items, _ = read_items(listed, _Project, operation=operation, name="projects")
        found = {item.id for item in items if item.name in {self._region, ""}}
        if len(found) != 1:
            many = f"{len(found)} projects are" if found else "no project is"
            raise CredentialsError(f"{many} called {self._region}; set {self._setting}")
        try:
            return Lease(checked(found.pop(), "the id of the project"))
        except CredentialsError:
            told = f"{operation}: what the answer has for an id can be none; set {self._setting}"
            raise BadResponseError(told, operation=operation) from None
