"""Profiles of the vendor's command line: every mode, read anew when the file changes, never written, never told."""

import contextlib
import json
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.clouds.aliyun.logins import AliyunLogins, Habits
from exporter.clouds.aliyun.profile import ProfileCredentials, read_profiles
from exporter.clouds.credentials import Credentials
from exporter.clouds.errors import CredentialsError, NotSetUpError
from tests.clouds.login_desk import LoginDesk, lent, nonces
from tests.clouds.wire import form_of

ARN = "acs:ram::123456789:role/exporter"
AK = {"name": "ak", "mode": "AK", "access_key_id": "an-id", "access_key_secret": "a-secret", "region_id": "cn-beijing"}
STS = {**AK, "name": "sts", "mode": "StsToken", "sts_token": "a-token"}
ROLE = {**AK, "name": "role", "mode": "RamRoleArn", "ram_role_arn": ARN, "ram_session_name": "s-1"}
LENT = Credentials("STS.id-1", "secret-1", "token-1")


def answering(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"Credentials": lent(), **lent()})


class Desk(LoginDesk):
    """A desk and a file of profiles."""

    def __init__(self, tmp_path: Path, respond=answering, **habits) -> None:
        super().__init__(respond)
        self.path = tmp_path / "config.json"
        self.logins = AliyunLogins(self.desk, nonces(), Habits(**habits))

    def write(self, *profiles: object, current: object = "", name: str = "") -> ProfileCredentials:
        self.path.write_text(json.dumps({"current": current, "profiles": profiles}))
        return self.named(name)

    def named(self, name: str = "") -> ProfileCredentials:
        return self.logins.profile(self.path, name, "profile")


async def failure_of(login) -> CredentialsError:
    with pytest.raises(CredentialsError) as caught:
        await login.get()
    return caught.value


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(
    ("profile", "key"),
    [
        (AK, Credentials("an-id", "a-secret")),
        ({**AK, "mode": ""}, Credentials("an-id", "a-secret")),
        ({**AK, "sts_token": "left over"}, Credentials("an-id", "a-secret")),
        (STS, Credentials("an-id", "a-secret", "a-token")),
    ],
)
async def test_a_key_in_a_profile_is_taken_as_it_stands(desk: Desk, profile, key):
    assert key == await desk.write(profile, name=profile["name"]).get()
    assert [] == desk.requests


@pytest.mark.parametrize(
    ("current", "name", "access_key_id"),
    [("b", "", "id-b"), ("b", "a", "id-a"), ("", "", "id-default"), (None, "", "id-default")],
)
async def test_the_profile_is_the_named_the_current_or_the_one_called_default(desk: Desk, current, name, access_key_id):
    profiles = [{**AK, "name": each, "access_key_id": f"id-{each}"} for each in ("a", "b", "default")]

    assert access_key_id == (await desk.write(*profiles, current=current, name=name).get()).access_key_id


async def test_a_role_is_assumed_with_the_key_beside_it(desk: Desk):
    profile = {**ROLE, "expired_seconds": 900, "external_id": "e", "policy": "{}", "sts_region": "cn-beijing"}

    assert LENT == await desk.write(profile, current="role").get()
    [request] = desk.requests
    assert "https://sts.cn-beijing.aliyuncs.com/" == str(request.url)
    assert "Credential=an-id," in request.headers["authorization"]
    assert {
        "RoleArn": ARN,
        "RoleSessionName": "s-1",
        "DurationSeconds": "900",
        "ExternalId": "e",
        "Policy": "{}",
    } == form_of(request)


async def test_a_role_in_a_vpc_asks_the_sts_there(desk: Desk):
    await desk.write({**ROLE, "sts_region": "cn-beijing", "enable_vpc": True}, current="role").get()

    assert "sts-vpc.cn-beijing.aliyuncs.com" == desk.requests[0].url.host


@pytest.mark.parametrize("seconds", [None, 0, "soon", -1])
async def test_a_role_without_a_usable_duration_lasts_an_hour(desk: Desk, seconds):
    await desk.write({**ROLE, "expired_seconds": seconds, "ram_session_name": ""}, current="role").get()

    form = form_of(desk.requests[0])
    assert ("3600", "cloud-cluster-exporter") == (form["DurationSeconds"], form["RoleSessionName"])


async def test_roles_stand_on_the_profile_they_name(tmp_path: Path):
    keys = [lent(1), lent(2)]
    desk = Desk(tmp_path, lambda _: httpx.Response(200, json={"Credentials": keys.pop(0)}))
    chained = {"name": "on top", "mode": "ChainableRamRoleArn", "source_profile": "role", "ram_role_arn": f"{ARN}-2"}

    assert "STS.id-2" == (await desk.write(ROLE, chained, current="on top").get()).access_key_id
    assert [ARN, f"{ARN}-2"] == [form_of(request)["RoleArn"] for request in desk.requests]
    assert "token-1" == desk.requests[1].headers["x-acs-security-token"]


async def test_roles_that_stand_on_each_other_in_a_circle_are_refused(desk: Desk):
    chained = {"name": "a", "mode": "ChainableRamRoleArn", "source_profile": "b", "ram_role_arn": ARN}

    error = await failure_of(desk.write(chained, {**chained, "name": "b", "source_profile": "a"}, current="a"))

    assert "profile: its profiles stand on each other in a circle (source_profile)" == str(error)


async def test_a_profile_of_the_instances_role(tmp_path: Path):
    def metadata(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="t") if request.method == "PUT" else answering(request)

    desk = Desk(tmp_path, metadata)

    assert LENT == await desk.write({"name": "e", "mode": "EcsRamRole", "ram_role_name": "a-role"}, name="e").get()
    assert desk.targets[-1].endswith("/ram/security-credentials/a-role")


async def test_a_profile_of_the_instances_role_keeps_to_the_second_way_where_that_is_said(tmp_path: Path):
    desk = Desk(tmp_path, lambda _: httpx.Response(404), v1_allowed=False)
    await failure_of(desk.write({"name": "e", "mode": "EcsRamRole", "ram_role_name": "a-role"}, name="e"))

    assert 1 == len(desk.requests)


async def test_a_profile_of_a_token_of_a_provider(desk: Desk, tmp_path: Path):
    (tmp_path / "token").write_text("the-oidc-token")
    profile = {
        "name": "o",
        "mode": "OIDC",
        "ram_role_arn": ARN,
        "oidc_provider_arn": "acs:ram::1:oidc-provider/p",
        "oidc_token_file": str(tmp_path / "token"),
        "role_session_name": "s-2",
    }

    assert LENT == await desk.write(profile, current="o").get()
    form = form_of(desk.requests[0])
    assert ("the-oidc-token", "s-2") == (form["OIDCToken"], form["RoleSessionName"])


@pytest.mark.parametrize("mode", ["CloudSSO", "OAuth", "External", "ak", 7])
async def test_other_modes_are_refused_with_those_that_do(desk: Desk, mode):
    error = await failure_of(desk.write({**AK, "mode": mode}, name="ak"))

    modes = "AK, StsToken, RamRoleArn, ChainableRamRoleArn, EcsRamRole, OIDC"
    assert f"profile: the mode of the profile 'ak' is none of {modes}" == str(error)
    assert not isinstance(error, NotSetUpError)


@pytest.mark.parametrize(
    ("profile", "missing"),
    [
        ({**AK, "access_key_id": ""}, "access_key_id"),
        ({**AK, "access_key_secret": None}, "access_key_secret"),
        ({**STS, "name": "ak", "sts_token": ""}, "sts_token"),
        ({**ROLE, "name": "ak", "ram_role_arn": ""}, "ram_role_arn"),
        ({"name": "ak", "mode": "ChainableRamRoleArn", "ram_role_arn": ARN}, "source_profile"),
        ({"name": "ak", "mode": "OIDC", "ram_role_arn": ARN}, "oidc_token_file"),
    ],
)
async def test_a_profile_that_is_not_filled_in_is_not_set_up(desk: Desk, profile, missing):
    error = await failure_of(desk.write(profile, name="ak"))

    assert f"profile: the profile 'ak' has no {missing}" == str(error)
    assert isinstance(error, NotSetUpError)


async def test_a_missing_file_or_profile_is_not_set_up(desk: Desk):
    missing_file = await failure_of(desk.named())
    missing_profile = await failure_of(desk.write(AK, name="other"))

    assert ("profile: there is no such file", "profile: the file has no profile 'other'") == (
        str(missing_file),
        str(missing_profile),
    )
    assert {NotSetUpError} == {type(missing_file), type(missing_profile)}


@pytest.mark.parametrize("content", [b"{very-secret", b"\xff\xfevery-secret", b"[" * 100_000])
async def test_a_file_that_is_not_json_is_refused_without_a_word_of_it(desk: Desk, content: bytes):
    desk.path.write_bytes(content)
    error = await failure_of(desk.named())

    assert "profile: the file is not JSON" == str(error)
    assert error.__cause__ is None


async def test_a_secret_in_place_of_the_file_is_not_told(tmp_path: Path):
    desk = Desk(tmp_path)
    for path in (Path("very-secret" * 100), Path("very-secret\0"), tmp_path):
        error = await failure_of(desk.logins.profile(path, "", "profile"))
        assert str(error).startswith("profile: the file cannot be read: ")
        assert "very-secret" not in str(error)


async def test_a_file_that_changes_is_read_again(desk: Desk, tmp_path: Path):
    login = desk.write(AK, current="ak")
    used = await login.get()
    same = await login.renew(used)
    new = tmp_path / "new"
    new.write_text(json.dumps({"profiles": [{**AK, "access_key_id": "a-new-id"}]}))
    new.rename(desk.path)
    login_by_name = desk.named("ak")

    assert (False, True) == (same, await login_by_name.renew(used))
    assert "a-new-id" == (await login_by_name.get()).access_key_id


async def test_an_unchanged_file_logs_in_once(desk: Desk):
    login = desk.write(ROLE, current="role")

    assert [LENT] * 3 == [await login.get() for _ in range(3)]
    assert 1 == len(desk.requests)


async def test_a_role_that_gives_way_to_a_key_leaves_no_end_behind(desk: Desk):
    login = desk.write(ROLE, current="role")
    await login.get()
    ended = desk.ends[""]
    desk.write(AK, current="ak")

    assert Credentials("an-id", "a-secret") == await login.get()
    assert (True, None) == (ended is not None, desk.ends[""])


async def test_a_path_that_can_be_none_is_named_by_its_key(desk: Desk):
    oidc = {"oidc_token_file": "a\0b", "oidc_provider_arn": "acs:ram::1:oidc-provider/x", "ram_role_arn": ARN}
    error = await failure_of(desk.write({"name": "o", "mode": "OIDC", **oidc}, current="o"))

    assert "profile: OIDC: oidc_token_file: the file cannot be read: ValueError; check its path and permissions" == str(
        error
    )


async def test_the_file_is_never_written(desk: Desk):
    login = desk.write(ROLE, current="role")
    before = desk.path.read_bytes(), desk.path.stat().st_mtime_ns
    await login.renew(await login.get())

    assert before == (desk.path.read_bytes(), desk.path.stat().st_mtime_ns)
    assert ["config.json"] == [path.name for path in desk.path.parent.iterdir()]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["current", "profiles", "name", "mode", "access_key_id"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_read_or_refused(document):
    profiles = read_profiles(json.dumps(document).encode())
    with pytest.raises(NotSetUpError):
        profiles.named("a name that is not there")


@given(st.binary(max_size=50))
def test_any_bytes_are_read_or_refused(content: bytes):
    with contextlib.suppress(CredentialsError):
        read_profiles(content)
