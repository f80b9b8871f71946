"""No secret of a login reaches a page, a log, an error or a repr: passwords, tokens of every kind, lent keys."""

import json
from pathlib import Path

import httpx
import pytest

from exporter.app import collector_defaults
from exporter.cli import collect
from exporter.settings.loading import load
from tests.doubles import NOW, FakeClock
from tests.simulated import URL, exporter_of, get
from tests.test_canary import TARGETS, leaks, log, parts_of

pytestmark = pytest.mark.whole

__all__ = ["log"]

C = "CANARY"
BASE = {"access_key_id": f"{C}-base-id", "access_key_secret": f"{C}-base-secret"}
ROLE = {"role_arn": "acs:ram::1:role/a", "external_id": f"{C}-external-id"}
LENT = {
    "AccessKeyId": f"{C}-lent-id",
    "AccessKeySecret": f"{C}-lent-secret/+=",
    "SecurityToken": f"{C}-lent-token/+=",
    "Expiration": "2026-01-01T01:00:00Z",
}
AGENCY = {
    "access": f"{C}-lent-ak",
    "secret": f"{C}-lent-sk/+=",
    "securitytoken": f"{C}-lent-token/+=",
    "expires_at": "2026-01-02T00:00:00.000000Z",
}
ENDPOINTS = ("retailcloud", "emr", "ecs", "rds", "batchcompute", "sts", "metadata")


IAM_TOKEN = {"token": {"expires_at": AGENCY["expires_at"], "project": {"id": "p-1"}}}
# What the login services give, by what stands in the path.
GOOD = {
    "/api/token": lambda: httpx.Response(200, text=f"{C}-metadata-token"),
    "/security-credentials/a-role": lambda: httpx.Response(200, json={"Code": "Success", **LENT}),
    "/security-credentials/": lambda: httpx.Response(200, text="a-role"),
    "/keys": lambda: httpx.Response(200, json={"Code": "Success", **LENT}),
    "/openstack/latest/securitykey": lambda: httpx.Response(200, json={"credential": AGENCY}),
    "/v3/auth/tokens": lambda: httpx.Response(201, json=IAM_TOKEN, headers={"x-subject-token": f"{C}-iam-token/+="}),
    "/v3/projects": lambda: httpx.Response(200, json={"projects": [{"id": "p-1", "name": "cn-north-4"}]}),
    "AssumeRole": lambda: httpx.Response(200, json={"Credentials": LENT}),
}


def good_login(request: httpx.Request) -> httpx.Response | None:
    """What the login services give; None for a call of a product."""
    asked = f"{request.url} {request.headers.get('x-acs-action', '')}"
    return next((give() for part, give in GOOD.items() if part in asked), None)


def echo(request: httpx.Request) -> str:
    """All that a server knows of a request, the longest first, because only the beginning of a text is shown."""
    headers = [f"{name}:{value}" for name, value in sorted(request.headers.items(), key=lambda each: -len(each[1]))]
    return "\n".join([request.content.decode(), *headers, request.method, str(request.url)])


def refusing(status: int, code: str, huawei: str):
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith(("/v1/", "/v3/")):
            nested = {"code": huawei, "message": echo(request), "title": echo(request)}
            body = (
                {"error": nested} if "/v3/" in request.url.path else {"error_code": huawei, "error_msg": echo(request)}
            )
        else:
            body = {"Code": code, "Message": echo(request), "RequestId": echo(request)[:60], "Recommend": echo(request)}
        return httpx.Response(status, json=body)

    return answer


def raising(error):
    def answer(request: httpx.Request) -> httpx.Response:
        raise error(echo(request))

    return answer


TRICKS = {
    "token": refusing(400, "InvalidSecurityToken.Expired", "APIGW.0307"),
    "permission": refusing(403, "NoPermission", "APIGW.0302"),
    "parameter": refusing(400, "InvalidParameter.RoleArn", "IAM.0011"),
    "not found": refusing(404, "EntityNotExist.Role", "IAM.0004"),
    "unauthorized": refusing(401, "AuthenticationFail.OIDCToken.Invalid", "IAM.0001"),
    "throttled": refusing(429, "Throttling.User", "APIGW.0308"),
    "server": refusing(500, "InternalError", "APIGW.0601"),
    "text": lambda request: httpx.Response(200, text=echo(request)),
    "json text": lambda request: httpx.Response(200, json=echo(request)),
    "odd json": lambda request: httpx.Response(200, json={"Code": echo(request), "Credentials": echo(request)}),
    "half a key": lambda request: httpx.Response(
        201, json={"Credentials": {**LENT, "Expiration": echo(request)}, **LENT, "Expiration": "x", "token": LENT}
    ),
    "html": lambda request: httpx.Response(502, html=f"<pre>{echo(request)}</pre>"),
    "reset": raising(httpx.ReadError),
    "timeout": raising(httpx.ReadTimeout),
    "bug": raising(ValueError),
}


class Hostile(httpx.AsyncBaseTransport):
    """Plays one trick on the calls of products and, where ``logins`` is so, on logins in place of them."""

    def __init__(self, trick, *, logins: bool) -> None:
        self._trick = trick
        self._logins = logins
        self.signatures: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.signatures.add(request.headers.get("authorization", "").rpartition("Signature=")[2] or "none")
        login = good_login(request)
        response = login if login is not None and not self._logins else self._trick(request)
        response.request = request
        return response


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings with every way to log in, each with canaries wherever there is a secret."""
    (tmp_path / "oidc").write_text(f"{C}-oidc-token.{C}/+=")
    (tmp_path / "password").write_text(f'{C} pass"word\\ü')
    profile = {"name": "p", "mode": "RamRoleArn", "ram_role_arn": "acs:ram::1:role/a", "external_id": f"{C}-x", **BASE}
    (tmp_path / "profile").write_text(json.dumps({"current": "p", "profiles": [profile]}))
    user = {"username": "u", "domain": "d"}
    ways = {
        "role": {**BASE, **ROLE},
        "oidc": {
            "oidc": {"provider_arn": "acs:ram::1:oidc-provider/p", "token_file": str(tmp_path / "oidc")},
            "role_arn": ROLE["role_arn"],
        },
        "instance": {"ecs_ram_role": True},
        "uri": {"credentials_uri": f"{URL}/keys/{C}-in-the-path?{C}=1"},
        "profile": {"profile_file": str(tmp_path / "profile")},
        "chain": None,
    }
    huawei = {
        "password": {**user, "password": f"{C}-password"},
        "file": {**user, "password_file": str(tmp_path / "password")},
    }
    huawei |= {"agency": {"ecs_agency": True}, "key": BASE}
    common = {"endpoints": dict.fromkeys(ENDPOINTS, URL), "regions": ["cn-zhangjiakou"], "rds_instances": []}
    accounts = [{"name": name, "provider": "aliyun", **common, "credentials": way} for name, way in ways.items()]
    there = {"regions": ["cn-north-4"], "endpoints": dict.fromkeys(("modelarts", "iam", "metadata"), URL)}
    accounts += [{"name": name, "provider": "huaweicloud", **there, "credentials": way} for name, way in huawei.items()]
    path = tmp_path / "config.yml"
    path.write_text(json.dumps({"accounts": accounts}), encoding="utf-8")
    return path


@pytest.mark.parametrize("logins", [False, True], ids=["products", "logins"])
@pytest.mark.parametrize("trick", TRICKS)
async def test_no_secret_of_a_login_is_shown_whatever_the_services_answer(config, log, trick, logins, tmp_path):
    transport = Hostile(TRICKS[trick], logins=logins)
    environ = {"HOME": str(tmp_path), "ALIBABA_CLOUD_CREDENTIALS_URI": f"{URL}/keys/{C}"}
    only = ("retailcloud_clusters", "ecs_hpc_clusters", "modelarts_clusters")
    clock = FakeClock()
    exporter = exporter_of(load(config, {}, collector_defaults()), transport, clock, environ=environ, only=only)
    ended = []
    for _ in range(3):
        ended += await exporter.collect_once()
        clock.advance(2900)
    shown = [(await get(exporter, target)).text for target in TARGETS if "collect[]" not in target]
    shown += [log.getvalue(), repr(ended), *(repr(part) for part in parts_of(exporter))]
    for collection in exporter.collections:
        shown += [collection.record.status.message, repr(collection.record), repr(vars(collection))]
    await exporter.close()
    assert len(transport.signatures) > 1
    assert [] == [leak for text in shown for leak in leaks(text, transport.signatures - {"none"})]


async def test_the_ways_in_were_gone(config, tmp_path):
    transport = Hostile(TRICKS["server"], logins=False)
    environ = {"HOME": str(tmp_path)}
    only = ("retailcloud_clusters", "modelarts_clusters")
    exporter = exporter_of(load(config, {}, collector_defaults()), transport, FakeClock(), environ=environ, only=only)
    results = {collection.place.account: status.result for collection, status in await exporter.collect_once()}
    ends = {
        sample.labels["account"]: sample.value - NOW
        for family in exporter.metrics.registry.collect()
        for sample in family.samples
        if sample.name == "cluster_exporter_credentials_expiry_timestamp_seconds"
    }
    kinds = {type(part).__name__ for part in parts_of(exporter)}
    await exporter.close()
    assert {"unavailable"} == set(results.values())
    hour = dict.fromkeys(("role", "oidc", "instance", "uri", "profile", "chain"), 3600.0)
    assert hour | dict.fromkeys(("password", "file", "agency"), 86_400.0) == ends
    assert {"Session", "AssumedRole", "OidcRole", "InstanceRole", "CredentialsUri", "ProfileCredentials"} <= kinds
    assert {"PasswordLogin", "InstanceAgency", "ProjectOfRegion", "Chain", "TokenAccess", "SecretText"} <= kinds


def test_check_masks_the_secrets_of_every_way_in(config, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    collect.check(config)
    told = capsys.readouterr()
    assert [] == leaks(told.out + told.err, set())
    assert f"{URL}/********" in told.out
    assert str(tmp_path / "oidc") in told.out


@pytest.mark.parametrize(
    "credentials",
    [
        {"oidc": {"provider_arn": "acs:ram::1:oidc-provider/p", "token_file": f"{C}/x"}, "role_arn": ROLE["role_arn"]},
        {"profile_file": C * 200},
        {"username": "u", "domain": "d", "password_file": f"{C}-password"},
    ],
)
async def test_a_secret_in_place_of_its_file_is_told_nowhere(config, log, capsys, credentials):
    document = json.loads(config.read_text(encoding="utf-8"))
    provider = "huaweicloud" if "username" in credentials else "aliyun"
    document["accounts"] = [
        {**account, "credentials": credentials} for account in document["accounts"] if account["provider"] == provider
    ][:1]
    config.write_text(json.dumps(document), encoding="utf-8")
    collect.check(config)
    told = capsys.readouterr()
    settings = load(config, {}, collector_defaults())
    only = ("retailcloud_clusters", "modelarts_clusters")
    exporter = exporter_of(settings, Hostile(TRICKS["server"], logins=False), FakeClock(), only=only)
    ended = await exporter.collect_once()
    shown = [told.out, told.err, repr(settings), log.getvalue(), repr(ended)]
    shown += [collection.record.status.message for collection in exporter.collections]
    await exporter.close()
    assert {"auth"} == {status.result for _, status in ended}
    assert [] == [leak for text in shown for leak in leaks(text, set())]
