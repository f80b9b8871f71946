"""Alibaba Cloud's standard chain: the order of its sources, and what each says when it does not serve."""

import json
from pathlib import Path

import httpx
import pytest

from exporter.clouds.aliyun.logins import AliyunLogins, Habits
from exporter.clouds.aliyun.standard_chain import standard_chain
from exporter.clouds.chain import Chain
from exporter.clouds.credentials import Credentials
from exporter.clouds.errors import CredentialsError
from tests.clouds.login_desk import LoginDesk, lent, nonces
from tests.clouds.wire import form_of

P = "ALIBABA_CLOUD_"
ARN = "acs:ram::123456789:role/exporter"
KEY = {f"{P}ACCESS_KEY_ID": "an-id", f"{P}ACCESS_KEY_SECRET": "a-secret"}
LENT = Credentials("STS.id-1", "secret-1", "token-1")


def on_an_instance(request: httpx.Request) -> httpx.Response:
    """STS, a credentials URI and a metadata service with a role."""
    if request.method == "PUT" or request.url.path.endswith("/security-credentials/"):
        return httpx.Response(200, text="a-word")
    return httpx.Response(200, json={"Credentials": lent(), **lent()})


def elsewhere(request: httpx.Request) -> httpx.Response:
    """STS and a credentials URI, and no metadata service."""
    if request.url.host == "100.100.100.200":
        raise httpx.ConnectError("x", request=request)
    return on_an_instance(request)


class Setting:
    """A chain of a desk, its environment a home folder with ``profiles`` and these variables."""

    def __init__(self, tmp_path: Path, respond=on_an_instance, profiles: object = None, **variables: str) -> None:
        self.environ = {"HOME": str(tmp_path), **variables}
        if profiles is not None:
            (tmp_path / ".aliyun").mkdir()
            (tmp_path / ".aliyun" / "config.json").write_text(json.dumps(profiles))
        self.desk = LoginDesk(respond)
        logins = AliyunLogins(self.desk.desk, nonces(), Habits.of(self.environ))
        self.chain: Chain = standard_chain(logins, self.environ, "shop")


def oidc(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "token").write_text("the-oidc-token")
    return {
        f"{P}ROLE_ARN": ARN,
        f"{P}OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/p",
        f"{P}OIDC_TOKEN_FILE": str(tmp_path / "token"),
    }


PROFILES = {
    "current": "one",
    "profiles": [
        {"name": name, "mode": "AK", "access_key_id": f"id-{name}", "access_key_secret": "s"} for name in ("one", "two")
    ],
}


async def test_the_environment_goes_first(tmp_path: Path):
    setting = Setting(tmp_path, profiles=PROFILES, **KEY, **{f"{P}SECURITY_TOKEN": "a-token"})

    assert Credentials("an-id", "a-secret", "a-token") == await setting.chain.get()
    assert [] == setting.desk.requests


async def test_a_role_beside_the_key_is_assumed_with_it(tmp_path: Path):
    setting = Setting(tmp_path, **KEY, **{f"{P}ROLE_ARN": ARN, f"{P}ROLE_SESSION_NAME": "s-1"})

    assert LENT == await setting.chain.get()
    [request] = setting.desk.requests
    assert "Credential=an-id," in request.headers["authorization"]
    assert (ARN, "s-1") == (form_of(request)["RoleArn"], form_of(request)["RoleSessionName"])


async def test_a_role_that_is_the_tokens_is_not_assumed_with_the_key(tmp_path: Path):
    setting = Setting(tmp_path, **KEY, **oidc(tmp_path))

    assert Credentials("an-id", "a-secret") == await setting.chain.get()


async def test_the_token_of_a_pod_is_next(tmp_path: Path):
    setting = Setting(tmp_path, profiles=PROFILES, **oidc(tmp_path))

    assert LENT == await setting.chain.get()
    form = form_of(setting.desk.requests[0])
    assert ("the-oidc-token", "cloud-cluster-exporter") == (form["OIDCToken"], form["RoleSessionName"])


@pytest.mark.parametrize(("variables", "name"), [({}, "id-one"), ({f"{P}PROFILE": "two"}, "id-two")])
async def test_the_profile_of_the_home_folder_is_next(tmp_path: Path, variables, name):
    setting = Setting(tmp_path, profiles=PROFILES, **variables)

    assert name == (await setting.chain.get()).access_key_id


@pytest.mark.parametrize("variables", [{}, {f"{P}ECS_METADATA": "a-word"}])
async def test_the_role_of_the_instance_is_next(tmp_path: Path, variables):
    setting = Setting(tmp_path, **variables, **{f"{P}CREDENTIALS_URI": "http://127.0.0.1/x"})

    assert LENT == await setting.chain.get()
    assert {"100.100.100.200"} == {request.url.host for request in setting.desk.requests}
    assert (2 if variables else 3) == len(setting.desk.requests)


@pytest.mark.parametrize(
    ("respond", "variables"), [(elsewhere, {}), (on_an_instance, {f"{P}ECS_METADATA_DISABLED": "true"})]
)
async def test_the_credentials_uri_is_last(tmp_path: Path, respond, variables):
    setting = Setting(tmp_path, respond, **variables, **{f"{P}CREDENTIALS_URI": "http://127.0.0.1/x"})

    assert LENT == await setting.chain.get()
    assert "http://127.0.0.1/x" == str(setting.desk.requests[-1].url)


async def test_where_nothing_serves_every_source_says_why(tmp_path: Path):
    setting = Setting(tmp_path, elsewhere)

    with pytest.raises(CredentialsError) as caught:
        await setting.chain.get()

    assert (
        "no source of credentials serves: "
        "environment: ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET not set; "
        "OIDC: ALIBABA_CLOUD_ROLE_ARN and ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_OIDC_TOKEN_FILE not set; "
        "profile of ~/.aliyun/config.json: there is no such file; "
        "instance role: GetInstanceRole: 100.100.100.200 gave no answer (ConnectError); "
        "credentials URI: ALIBABA_CLOUD_CREDENTIALS_URI not set; "
        "set one of them up, or credentials of the account"
    ) == str(caught.value)
    assert "auth" == caught.value.reason


async def test_what_is_disabled_says_so(tmp_path: Path):
    disabled = {f"{P}CLI_PROFILE_DISABLED": "true", f"{P}ECS_METADATA_DISABLED": "True"}
    setting = Setting(tmp_path, profiles=PROFILES, **disabled, **{f"{P}CREDENTIALS_URI": "http://keys.example/secret"})

    with pytest.raises(CredentialsError) as caught:
        await setting.chain.get()

    told = str(caught.value)
    assert "; profile: ALIBABA_CLOUD_CLI_PROFILE_DISABLED is set; instance role: disabled; " in told
    assert "credentials URI: ALIBABA_CLOUD_CREDENTIALS_URI is not https, nor plain http on this machine; " in told
    assert [] == setting.desk.requests


async def test_a_refused_pod_goes_on_with_the_next_and_its_reason_is_kept(tmp_path: Path):
    def refusing(request: httpx.Request) -> httpx.Response:
        if "sts" in request.url.host:
            return httpx.Response(401, json={"Code": "AuthenticationFail.NoPermission", "Message": "no"})
        return elsewhere(request)

    with pytest.raises(CredentialsError, match=r"OIDC: AssumeRoleWithOIDC: AuthenticationFail\.NoPermission") as caught:
        await Setting(tmp_path, refusing, **oidc(tmp_path)).chain.get()
    assert "permission" == caught.value.reason


async def test_a_dead_sts_ends_the_search(tmp_path: Path):
    def dead(request: httpx.Request) -> httpx.Response:
        if "sts" in request.url.host:
            raise httpx.ConnectError("x", request=request)
        return on_an_instance(request)

    setting = Setting(tmp_path, dead, **oidc(tmp_path))

    with pytest.raises(CredentialsError, match="tried before it: environment: ") as caught:
        await setting.chain.get()

    assert "unavailable" == caught.value.reason
    assert {"sts.aliyuncs.com"} == {request.url.host for request in setting.desk.requests}
