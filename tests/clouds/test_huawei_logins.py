"""Each way to log in at Huawei Cloud, the project of a region, and what calls are proved with."""

import json
from pathlib import Path

import httpx
import pytest

from exporter.clouds.credentials import Credentials, StaticCredentials
from exporter.clouds.errors import CredentialsError
from exporter.clouds.huaweicloud.access import ProjectAccess, TokenAccess
from exporter.clouds.huaweicloud.iam import Token, User
from exporter.clouds.huaweicloud.logins import HuaweiLogins
from exporter.clouds.secret_text import SecretText
from tests.clouds.login_desk import LoginDesk
from tests.clouds.wire import query_of
from tests.doubles import NOW

END = "2026-01-02T00:00:00.500000Z"
PASSWORD = "the pass-word/1"
KEY = StaticCredentials("an-ak", "an-sk")


def user_of(password: str = PASSWORD) -> User:
    return User("exporter", SecretText("password", password, None, password=True), "the-account")


def token(project: object = {"id": "p-1", "name": "cn-north-4"}, value: str = "the-token", **other: object):
    headers = {"x-subject-token": value} if value else {}
    return httpx.Response(201, json={"token": {"expires_at": END, "project": project, **other}}, headers=headers)


def giving(*answers: httpx.Response):
    left = list(answers)

    def respond(_: httpx.Request) -> httpx.Response:
        return left.pop(0) if len(left) > 1 else left[0]

    return respond


def desk_of(*answers: httpx.Response) -> LoginDesk:
    return LoginDesk(giving(*answers), "huaweicloud")


def refused(status: int, code: object, message: str = "no") -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": message, "title": "t"}})


async def failure_of(login) -> CredentialsError:
    with pytest.raises(CredentialsError) as caught:
        await login.get()
    return caught.value


# Password


@pytest.mark.parametrize(
    ("project_id", "scope"), [("", {"project": {"name": "cn-north-4"}}), ("p-1", {"project": {"id": "p-1"}})]
)
async def test_a_password_gives_a_token_for_the_project(project_id, scope):
    desk = desk_of(token())

    login = HuaweiLogins(desk.desk).token(user_of(), "cn-north-4", project_id, "username")

    assert Token("the-token", "p-1") == await login.get()
    [request] = desk.requests
    assert ["POST https://iam.cn-north-4.myhuaweicloud.com/v3/auth/tokens?nocatalog=true"] == desk.targets
    person = {"name": "exporter", "password": PASSWORD, "domain": {"name": "the-account"}}
    identity = {"methods": ["password"], "password": {"user": person}}
    assert {"auth": {"identity": identity, "scope": scope}} == json.loads(request.content)
    assert "authorization" not in request.headers
    assert ({"cn-north-4": NOW + 86_400.5}, {"cn-north-4"}) == (desk.ends, desk.regions)


async def test_a_password_is_read_from_its_file_every_time(tmp_path: Path):
    path = tmp_path / "password"
    path.write_text("first one\n")
    user = User("exporter", SecretText("password", "", path, password=True), "the-account")
    desk = desk_of(token())
    login = HuaweiLogins(desk.desk).token(user, "cn-north-4", "", "username")
    used = await login.get()
    path.write_text("next one\n")
    await login.renew(used)

    passwords = [
        json.loads(request.content)["auth"]["identity"]["password"]["user"]["password"] for request in desk.requests
    ]
    assert ["first one", "next one"] == passwords


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            None,
            "password_file: the file cannot be read: No such file or directory; check its path and permissions, or ",
        ),
        ("", "the file of password_file is empty"),
        ("two\nlines", "the file of password_file holds a line break or another character that no password has"),
    ],
)
async def test_a_password_that_cannot_be_used_says_so_without_showing_it(tmp_path: Path, content, told):
    path = tmp_path / "very-secret"
    if content is not None:
        path.write_text(content)
    user = User("exporter", SecretText("password", "", path, password=True), "the-account")
    error = await failure_of(HuaweiLogins(desk_of(token()).desk).token(user, "cn-north-4", "", "username"))

    assert str(error).startswith(f"username: {told}")
    assert [word for word in ("very-secret", "two", "lines") if word in str(error).replace("line break", "")] == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refused(401, "IAM.0001"), "auth"),
        (refused(401, 401), "auth"),
        (refused(403, "IAM.0002"), "permission"),
        (refused(404, "IAM.0004"), "auth"),
        (refused(400, 400), "auth"),
        (refused(429, "APIGW.0308"), "throttled"),
        (refused(503, 503), "unavailable"),
        (token(value=""), "bad_response"),
        (token(value="with a blank"), "bad_response"),
        (token(project=None), "bad_response"),
        (token(project={"id": "p²"}), "bad_response"),
        (token(expires_at="soon"), "bad_response"),
        (token(expires_at=None), "bad_response"),
        (httpx.Response(201, json=[], headers={"x-subject-token": "the-token"}), "bad_response"),
    ],
)
async def test_a_password_without_a_token_says_why(answer, reason):
    error = await failure_of(HuaweiLogins(desk_of(answer).desk).token(user_of(), "cn-north-4", "", "username"))

    assert (reason, "CreateToken") == (error.reason, error.operation)
    assert str(error).startswith("username: CreateToken: ")


async def test_an_echoed_password_is_struck():
    answer = refused(400, "IAM.0011", f"odd: {PASSWORD}")
    error = await failure_of(HuaweiLogins(desk_of(answer).desk).token(user_of(), "cn-north-4", "", "username"))

    assert "odd: ********" in str(error)


async def test_a_call_with_a_token_carries_it_and_no_signature():
    access = TokenAccess(HuaweiLogins(desk_of(token()).desk).token(user_of(), "cn-north-4", "", "username"))
    proof = await access.proof()
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), auth=proof.auth) as client:
        await client.get("https://modelarts.example/v1/p-1/clusters")

    assert ("the-token", None) == (sent[0].headers["x-auth-token"], sent[0].headers.get("authorization"))
    assert (("the-token",), "p-1") == (proof.secrets, await access.project_id())
    assert "the-token" not in f"{proof!r} {await access._tokens.get()!r} {vars(proof.auth).keys()}"


async def test_a_refused_token_is_renewed():
    access = TokenAccess(
        HuaweiLogins(desk_of(token(), token(value="the-next")).desk).token(user_of(), "cn-north-4", "", "username")
    )
    proof = await access.proof()

    assert await proof.renew()
    assert ("the-next",) == (await access.proof()).secrets


# Agency of the instance


class Metadata:
    """A metadata service; ``v2`` is how it answers to a PUT, ``key`` what it gives."""

    def __init__(self, v2: int = 200, key: object = None, status: int = 200) -> None:
        lent = {"access": "an-ak", "secret": "an-sk", "securitytoken": "the-token", "expires_at": END}
        self.v2, self.status = v2, status
        self.key = {"credential": lent} if key is None else key

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            assert "21600" == request.headers["x-metadata-token-ttl-seconds"]
            return httpx.Response(self.v2, text="the-metadata-token" if self.v2 == 200 else "no")
        token = request.headers.get("x-metadata-token")
        if token != ("the-metadata-token" if self.v2 == 200 else None):
            return httpx.Response(401)
        return httpx.Response(self.status, json=self.key)


async def test_the_agency_of_the_instance_gives_a_temporary_key():
    desk = LoginDesk(Metadata(), "huaweicloud")

    assert Credentials("an-ak", "an-sk", "the-token") == await HuaweiLogins(desk.desk).agency("ecs_agency").get()
    base = "http://169.254.169.254"
    assert [f"PUT {base}/meta-data/latest/api/token", f"GET {base}/openstack/latest/securitykey"] == desk.targets
    assert ({"metadata": 3.0}, {"": NOW + 86_400.5}) == (desk.timeouts, desk.ends)


@pytest.mark.parametrize("status", [404, 405, 503])
async def test_a_service_without_tokens_is_asked_in_the_first_way(status):
    desk = LoginDesk(Metadata(v2=status), "huaweicloud")

    assert "an-ak" == (await HuaweiLogins(desk.desk).agency("ecs_agency").get()).access_key_id


@pytest.mark.parametrize(
    ("service", "reason", "told"),
    [
        (Metadata(status=404), "auth", "the instance has no agency; attach one, or use another source"),
        (Metadata(status=500), "unavailable", "GetSecurityKey: HTTP 500 (the service failed)"),
        (Metadata(v2=403), "permission", "CreateMetadataToken: HTTP 403 (refused)"),
        (Metadata(key={}), "bad_response", "GetSecurityKey: the answer holds no access: it is empty"),
        (
            Metadata(key={"credential": {"access": "a", "secret": "b", "securitytoken": "c", "expires_at": 7}}),
            "bad_response",
            "GetSecurityKey: the answer does not say when the key ends",
        ),
    ],
)
async def test_an_agency_that_gives_no_key_says_why(service, reason, told):
    error = await failure_of(HuaweiLogins(LoginDesk(service, "huaweicloud").desk).agency("ecs_agency"))

    assert str(error).startswith(f"ecs_agency: {told}")
    assert reason == error.reason


async def test_the_standard_chain_is_the_environment_and_then_the_agency():
    environ = {"HUAWEICLOUD_SDK_AK": "env-ak", "HUAWEICLOUD_SDK_SK": "env-sk"}
    desk = LoginDesk(Metadata(), "huaweicloud")

    assert "env-ak" == (await HuaweiLogins(desk.desk).standard_chain(environ).get()).access_key_id
    assert "an-ak" == (await HuaweiLogins(desk.desk).standard_chain({}).get()).access_key_id


async def test_where_nothing_serves_every_source_says_why():
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("x", request=request)

    with pytest.raises(CredentialsError) as caught:
        await HuaweiLogins(LoginDesk(away, "huaweicloud").desk).standard_chain({}).get()

    assert (
        "no source of credentials serves: "
        "environment: HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK not set; "
        "ECS agency: CreateMetadataToken: 169.254.169.254 gave no answer (ConnectError); "
        "set one of them up, or credentials of the account"
    ) == str(caught.value)


# Projects


def projects(*ids: str) -> httpx.Response:
    return httpx.Response(200, json={"projects": [{"id": each, "name": "cn-north-4"} for each in ids]})


async def test_the_project_of_a_region_is_looked_up_once_by_its_name():
    desk = desk_of(projects("p-1"))
    project = HuaweiLogins(desk.desk).project(KEY, "cn-north-4", "accounts.ml.projects")

    assert ["p-1"] * 3 == [await project.get() for _ in range(3)]
    [request] = desk.requests
    assert "https://iam.cn-north-4.myhuaweicloud.com/v3/projects?name=cn-north-4" == str(request.url)
    assert {"name": "cn-north-4"} == query_of(request)
    assert request.headers["authorization"].startswith("SDK-HMAC-SHA256 Access=an-ak,")
    assert "x-project-id" not in request.headers
    assert {} == desk.ends


@pytest.mark.parametrize(
    ("answer", "reason", "told"),
    [
        (projects(), "auth", "no project is called cn-north-4; set accounts.ml.projects"),
        (projects("p-1", "p-2"), "auth", "2 projects are called cn-north-4; set accounts.ml.projects"),
        (refused(403, "Forbidden"), "permission", "ListProjects: Forbidden (refused): no"),
        (httpx.Response(200, json={}), "bad_response", "ListProjects: the answer has no list projects"),
        (projects("p²"), "bad_response", "ListProjects: what the answer has for an id can be none; set accounts.ml."),
        (httpx.Response(401, json={"error_code": "APIGW.0301"}), "auth", "ListProjects: APIGW.0301 ("),
    ],
)
async def test_a_project_that_is_not_found_says_why_and_where_to_set_it(answer, reason, told):
    error = await failure_of(HuaweiLogins(desk_of(answer).desk).project(KEY, "cn-north-4", "accounts.ml.projects"))

    assert str(error).startswith(f"project of cn-north-4: {told}")
    assert reason == error.reason


async def test_the_same_project_twice_is_one():
    project = HuaweiLogins(desk_of(projects("p-1", "p-1")).desk).project(KEY, "cn-north-4", "x")

    assert "p-1" == await project.get()


async def test_a_signature_is_for_the_project_that_was_found():
    desk = desk_of(projects("p-1"))
    project = HuaweiLogins(desk.desk).project(KEY, "cn-north-4", "x")
    proof = await ProjectAccess(KEY, lambda: NOW, project.get).proof()
    request = httpx.Request("GET", "https://modelarts.example/v1/p-1/clusters")
    next(proof.auth.auth_flow(request))

    assert "p-1" == request.headers["x-project-id"]
