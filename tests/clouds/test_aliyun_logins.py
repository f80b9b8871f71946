"""Each way to log in at Alibaba Cloud: what is sent where, what is read, what each failure says."""

from pathlib import Path

import httpx
import pytest

from exporter.clouds.aliyun.credentials_uri import is_safe
from exporter.clouds.aliyun.logins import AliyunLogins, Habits
from exporter.clouds.aliyun.sts import Role
from exporter.clouds.credentials import Credentials, StaticCredentials
from exporter.clouds.errors import CredentialsError
from exporter.clouds.secret_text import SecretText
from tests.clouds.login_desk import LoginDesk, lent, nonces
from tests.clouds.wire import form_of, query_of
from tests.doubles import NOW

ARN = "acs:ram::123456789:role/exporter"
PROVIDER = "acs:ram::123456789:oidc-provider/cluster"
ROLE = Role(ARN, "a-session", 3600)
BASE = StaticCredentials("base-id", "base-secret")
LENT = Credentials("STS.id-1", "secret-1", "token-1")
NOT_THERE = httpx.Response(404, text="not found")


def sts(*answers, status=200):
    """STS that gives these keys in turn."""
    left = list(answers or [lent()])

    def respond(_: httpx.Request) -> httpx.Response:
        body = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(status, json={"RequestId": "r-1", "Credentials": body} if status == 200 else body)

    return respond


def logins_of(desk: LoginDesk, **habits) -> AliyunLogins:
    return AliyunLogins(desk.desk, nonces(), Habits(**habits))


def token_file(tmp_path: Path, content: str = "the-oidc-token\n") -> SecretText:
    path = tmp_path / "token"
    path.write_text(content)
    return SecretText("token_file", "", path, file_setting="token_file")


async def failure_of(login) -> CredentialsError:
    with pytest.raises(CredentialsError) as caught:
        await login.get()
    return caught.value


# AssumeRole


async def test_a_role_is_assumed_with_a_signed_call_that_has_nothing_in_its_url():
    desk = LoginDesk(sts())
    role = Role(ARN, "a-session", 900, "an-external-id", '{"Version": "1"}')

    assert LENT == await logins_of(desk).role(BASE, role, "role_arn").get()

    [request] = desk.requests
    assert ["POST https://sts.aliyuncs.com/"] == desk.targets
    assert ("AssumeRole", "2015-04-01") == (request.headers["x-acs-action"], request.headers["x-acs-version"])
    assert request.headers["authorization"].startswith("ACS3-HMAC-SHA256 Credential=base-id,")
    assert {
        "RoleArn": ARN,
        "RoleSessionName": "a-session",
        "DurationSeconds": "900",
        "ExternalId": "an-external-id",
        "Policy": '{"Version": "1"}',
    } == form_of(request)


async def test_what_is_not_set_of_a_role_is_not_sent():
    desk = LoginDesk(sts())
    await logins_of(desk).role(BASE, ROLE, "role_arn").get()

    assert {"RoleArn", "RoleSessionName", "DurationSeconds"} == form_of(desk.requests[0]).keys()


async def test_the_end_of_a_role_is_told():
    desk = LoginDesk(sts())
    await logins_of(desk).role(BASE, ROLE, "role_arn").get()

    assert {"": NOW + 3600} == desk.ends


async def test_the_end_of_what_a_role_is_assumed_with_is_not_told():
    desk = LoginDesk(sts(lent(1, Expiration="2026-01-01T00:30:00Z"), lent(2)))
    logins = logins_of(desk)
    base = logins.behind().role(BASE, ROLE, "base")

    assert Credentials("STS.id-2", "secret-2", "token-2") == await logins.role(base, ROLE, "role_arn").get()
    assert {"": NOW + 3600} == desk.ends
    assert "token-1" == desk.requests[1].headers["x-acs-security-token"]


@pytest.mark.parametrize(
    ("habits", "host"),
    [
        ({}, "sts.aliyuncs.com"),
        ({"sts_region": "cn-beijing"}, "sts.cn-beijing.aliyuncs.com"),
        ({"sts_region": "cn-beijing", "in_vpc": True}, "sts-vpc.cn-beijing.aliyuncs.com"),
        ({"in_vpc": True}, "sts.aliyuncs.com"),
    ],
)
async def test_the_sts_of_a_region_is_asked_where_one_is_set(habits, host):
    desk = LoginDesk(sts())
    await logins_of(desk, **habits).role(BASE, ROLE, "role_arn").get()

    assert host == desk.requests[0].url.host


@pytest.mark.parametrize("region", ["cn:9", "cn hangzhou", "evil.example/", "user@cn", "cn-中", "x" * 65])
async def test_no_host_is_made_of_what_is_no_region(region, tmp_path: Path):
    desk = LoginDesk(sts())
    logins = logins_of(desk, sts_region=region)
    token = token_file(tmp_path)
    for login in (logins.role(BASE, ROLE, "role"), logins.oidc_role(ROLE, PROVIDER, token, "role")):
        error = await failure_of(login)
        assert str(error).startswith("role: the region of STS is no region's id")
        assert region not in str(error)
    assert [] == desk.requests


def test_habits_are_those_of_the_vendors_variables():
    environ = {
        "ALIBABA_CLOUD_STS_REGION": "cn-beijing",
        "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED": "True",
        "ALIBABA_CLOUD_IMDSV1_DISABLED": "true",
    }
    assert Habits("cn-beijing", True, False) == Habits.of(environ)
    assert Habits("", False, True) == Habits.of({"ALIBABA_CLOUD_IMDSV1_DISABLED": "no"})


@pytest.mark.parametrize(
    ("status", "code", "reason", "text"),
    [
        (403, "NoPermission", "permission", "role_arn: AssumeRole: NoPermission (refused): no"),
        (404, "EntityNotExist.Role", "auth", "role_arn: AssumeRole: EntityNotExist.Role ("),
        (400, "InvalidParameter.RoleArn", "auth", "role_arn: AssumeRole: InvalidParameter.RoleArn ("),
        (404, "InvalidAccessKeyId.NotFound", "auth", "role_arn: AssumeRole: InvalidAccessKeyId.NotFound ("),
        (404, "InvalidApi.NotFound", "auth", "role_arn: AssumeRole: InvalidApi.NotFound ("),
        (503, "ServiceUnavailable", "unavailable", "role_arn: AssumeRole: ServiceUnavailable ("),
        (400, "Throttling.User", "throttled", "role_arn: AssumeRole: Throttling.User ("),
    ],
)
async def test_a_refused_role_says_why(status, code, reason, text):
    desk = LoginDesk(sts({"Code": code, "Message": "no", "RequestId": "r-2"}, status=status))

    error = await failure_of(logins_of(desk).role(BASE, ROLE, "role_arn"))

    assert text in str(error)
    assert (reason, "AssumeRole", "r-2", code) == (error.reason, error.operation, error.request_id, error.code)


@pytest.mark.parametrize(
    "key",
    [
        None,
        "STS.id",
        {},
        lent(AccessKeySecret=""),
        lent(SecurityToken=None),
        lent(AccessKeyId="with a blank"),
        lent(Expiration=""),
        lent(Expiration="soon"),
    ],
)
async def test_an_answer_without_a_whole_key_is_a_bad_response_that_repeats_nothing(key):
    error = await failure_of(logins_of(LoginDesk(sts(key))).role(BASE, ROLE, "role_arn"))

    assert "bad_response" == error.reason
    assert [part for part in ("secret-1", "token-1", "STS.id", "with a blank") if part in str(error)] == []


async def test_a_role_on_a_token_that_was_refused_has_it_renewed():
    answers = [
        httpx.Response(200, json={"Credentials": lent(1)}),
        httpx.Response(400, json={"Code": "InvalidSecurityToken.Expired"}),
        httpx.Response(200, json={"Credentials": lent(2)}),
        httpx.Response(200, json={"Credentials": lent(3)}),
    ]
    desk = LoginDesk(lambda _: answers.pop(0))
    logins = logins_of(desk)

    key = await logins.role(logins.behind().role(BASE, ROLE, "base"), ROLE, "role_arn").get()

    assert Credentials("STS.id-3", "secret-3", "token-3") == key


# OIDC


async def test_a_token_of_the_provider_is_sent_in_the_body_of_an_unsigned_call(tmp_path: Path):
    desk = LoginDesk(sts())

    assert LENT == await logins_of(desk).oidc_role(ROLE, PROVIDER, token_file(tmp_path), "oidc").get()

    [request] = desk.requests
    assert {
        "Action": "AssumeRoleWithOIDC",
        "Format": "JSON",
        "Timestamp": "2026-01-01T00:00:00Z",
        "Version": "2015-04-01",
    } == query_of(request)
    assert {
        "RoleArn": ARN,
        "RoleSessionName": "a-session",
        "DurationSeconds": "3600",
        "OIDCProviderArn": PROVIDER,
        "OIDCToken": "the-oidc-token",
    } == form_of(request)
    assert "authorization" not in request.headers
    assert "token" not in str(request.url).lower()


async def test_the_token_of_the_provider_is_read_every_time(tmp_path: Path):
    desk = LoginDesk(sts())
    login = logins_of(desk).oidc_role(ROLE, PROVIDER, token_file(tmp_path), "oidc")
    used = await login.get()
    token_file(tmp_path, "the-next-token")
    await login.renew(used)

    assert ["the-oidc-token", "the-next-token"] == [form_of(request)["OIDCToken"] for request in desk.requests]


async def test_a_missing_token_file_is_named_without_its_path(tmp_path: Path):
    token = SecretText("token_file", "", tmp_path / "very-secret", file_setting="token_file")
    error = await failure_of(logins_of(LoginDesk(sts())).oidc_role(ROLE, PROVIDER, token, "oidc"))

    told = "oidc: token_file: the file cannot be read: No such file or directory; check its path and permissions"
    assert (told, "auth") == (str(error), error.reason)


async def test_an_echoed_token_of_the_provider_is_struck(tmp_path: Path):
    refusal = {"Code": "InvalidParameter.Token", "Message": "odd: the-oidc-token", "RequestId": "r-1"}
    desk = LoginDesk(sts(refusal, status=400))
    error = await failure_of(logins_of(desk).oidc_role(ROLE, PROVIDER, token_file(tmp_path), "oidc"))

    assert "odd: ********" in str(error)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("AuthenticationFail.OIDCToken.Expired", "auth"), ("AuthenticationFail.NoPermission", "permission")],
)
async def test_a_refused_token_of_the_provider_says_why(tmp_path: Path, code, reason):
    desk = LoginDesk(sts({"Code": code, "Message": "no"}, status=401))
    error = await failure_of(logins_of(desk).oidc_role(ROLE, PROVIDER, token_file(tmp_path), "oidc"))

    assert reason == error.reason
    assert code in str(error)


# The role of the instance


class Metadata:
    """A metadata service; ``v2`` and ``v1`` say whether it is asked in these ways."""

    def __init__(self, *, v2: bool = True, v1: bool = True, role: str = "a-role", key: object = None) -> None:
        self.v2, self.v1, self.role = v2, v1, role
        self.key = {"Code": "Success", **lent()} if key is None else key

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            is_right = request.headers["x-aliyun-ecs-metadata-token-ttl-seconds"] == "21600"
            return httpx.Response(200, text="the-metadata-token") if self.v2 and is_right else httpx.Response(405)
        token = request.headers.get("x-aliyun-ecs-metadata-token")
        if token != "the-metadata-token" and not (self.v1 and token is None):
            return httpx.Response(403)
        path = request.url.path.removeprefix("/latest/meta-data/ram/security-credentials/")
        if not self.role:
            return NOT_THERE
        if not path:
            return httpx.Response(200, text=f"{self.role}\n")
        return httpx.Response(200, json=self.key) if path == self.role else NOT_THERE


ROLES = "http://100.100.100.200/latest/meta-data/ram/security-credentials/"


async def test_the_role_of_the_instance_is_asked_for_with_a_token():
    desk = LoginDesk(Metadata())

    assert LENT == await logins_of(desk).instance_role("", "ecs_ram_role").get()
    assert ["PUT http://100.100.100.200/latest/api/token", f"GET {ROLES}", f"GET {ROLES}a-role"] == desk.targets
    assert {"metadata": 1.0} == desk.timeouts


async def test_a_role_that_is_named_is_not_looked_up():
    desk = LoginDesk(Metadata())

    assert LENT == await logins_of(desk).instance_role("a-role", "ecs_ram_role").get()
    assert [f"GET {ROLES}a-role"] == desk.targets[1:]


async def test_a_service_without_tokens_is_asked_in_the_first_way():
    desk = LoginDesk(Metadata(v2=False))

    assert LENT == await logins_of(desk).instance_role("", "ecs_ram_role").get()
    assert all("x-aliyun-ecs-metadata-token" not in request.headers for request in desk.requests[1:])


@pytest.mark.parametrize(("by_setting", "by_variable"), [(False, True), (True, False)])
async def test_the_first_way_can_be_forbidden(by_setting, by_variable):
    desk = LoginDesk(Metadata(v2=False))
    login = logins_of(desk, v1_allowed=by_variable).instance_role("", "ecs_ram_role", v1_allowed=by_setting)

    error = await failure_of(login)

    assert "ecs_ram_role: CreateMetadataToken: HTTP 405 (the call was refused)" == str(error)
    assert 1 == len(desk.requests)


async def test_an_instance_without_a_role_says_so():
    error = await failure_of(logins_of(LoginDesk(Metadata(role=""))).instance_role("", "ecs_ram_role"))

    told = "ecs_ram_role: the instance has no role; attach one, or use another source"
    assert (told, "auth") == (str(error), error.reason)


async def test_a_role_of_another_name_is_not_there():
    error = await failure_of(logins_of(LoginDesk(Metadata())).instance_role("other", "ecs_ram_role"))

    assert str(error).startswith("ecs_ram_role: GetInstanceRoleKey: HTTP 404 (not there)")
    assert "auth" == error.reason


async def test_a_machine_elsewhere_has_no_metadata_service():
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("x", request=request)

    error = await failure_of(logins_of(LoginDesk(away)).instance_role("", "ecs_ram_role"))

    assert ("ecs_ram_role: GetInstanceRole: no connection to 100.100.100.200 in time", "timeout") == (
        str(error),
        error.reason,
    )


async def test_a_service_that_gives_no_answer_to_a_put_is_asked_in_the_first_way():
    service = Metadata()

    def deaf(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            raise httpx.ReadTimeout("x", request=request)
        return service(request)

    assert LENT == await logins_of(LoginDesk(deaf)).instance_role("", "ecs_ram_role").get()
    error = await failure_of(logins_of(LoginDesk(deaf), v1_allowed=False).instance_role("", "ecs_ram_role"))
    assert "ecs_ram_role: CreateMetadataToken: no whole answer within 1 s" == str(error)


@pytest.mark.parametrize(("code", "shown"), [("AssumeRoleFailed", "AssumeRoleFailed"), ("a b", "a failure")])
async def test_a_failure_inside_a_good_answer_is_one(code, shown):
    desk = LoginDesk(Metadata(key={**lent(), "Code": code}))
    error = await failure_of(logins_of(desk).instance_role("", "ecs_ram_role"))

    assert f"ecs_ram_role: GetInstanceRoleKey: the answer says {shown}" == str(error)


# Credentials URI


async def test_a_credentials_uri_is_asked_as_it_stands():
    desk = LoginDesk(lambda _: httpx.Response(200, json={"Code": "Success", **lent()}))

    assert LENT == await logins_of(desk).credentials_uri("http://127.0.0.1:7002/a/b?c=d%2Fe", "credentials_uri").get()
    assert ["GET http://127.0.0.1:7002/a/b?c=d%2Fe"] == desk.targets


async def test_a_credentials_uri_that_fails_does_not_repeat_itself():
    desk = LoginDesk(lambda _: httpx.Response(500, text="http://127.0.0.1/very-secret"))
    error = await failure_of(logins_of(desk).credentials_uri("http://127.0.0.1/very-secret", "credentials_uri"))

    told = "credentials_uri: GetCredentials: HTTP 500 (the service failed): 28 bytes of text/plain that are not JSON"
    assert (told, "unavailable") == (str(error), error.reason)


@pytest.mark.parametrize(
    ("uri", "safe"),
    [
        ("https://keys.example/x?y", True),
        ("http://127.0.0.1:7002/credentials", True),
        ("http://localhost/", True),
        ("http://[::1]:80/", True),
        ("http://100.100.100.200/x", True),
        ("http://169.254.169.254/x", True),
        ("http://169.254.1.1/x", False),
        ("http://keys.example/", False),
        ("http://10.0.0.1/", False),
        ("http://127.0.0.1.example/", False),
        ("https://user:password@keys.example/", False),
        ("https://keys.example/#x", False),
        ("https:///x", False),
        ("ftp://127.0.0.1/", False),
        ("http://127.0.0.1:99999/", False),
        ("http://127.0.0.1/a b", False),
        ("http://[::1/", False),
        ("https://999.1.1.1/", False),
        ("https://[v1.a]/", False),
        ("https://xn--zz-/", False),
        ("", False),
    ],
)
def test_keys_come_in_clear_from_this_machine_only(uri: str, safe: bool):
    assert safe == is_safe(uri)
