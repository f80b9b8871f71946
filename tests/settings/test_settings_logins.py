"""How an account logs in: what goes together, what it comes to, and what is shown of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from exporter.settings.document import CredentialsSection
from exporter.settings.login import (
    Agency,
    CredentialsUri,
    InstanceRole,
    Key,
    Login,
    Oidc,
    Profile,
    Role,
    User,
)
from exporter.settings.masking import render_masked
from exporter.settings.mistake import SettingsError
from exporter.settings.model import Settings
from exporter.settings.notices import warnings
from tests.settings.test_settings_secrets import said_by

Loader = Callable[..., Settings]
Mistakes = Callable[..., list[str]]
ALIYUN = "accounts:\n- name: shop\n  provider: aliyun\n  credentials: {%s}\n"
HUAWEI = "accounts:\n- name: ml\n  provider: huaweicloud\n  regions: [cn-north-4]\n  credentials: {%s}\n"
ARN = "acs:ram::123456789:role/exporter"
PROVIDER = "acs:ram::123456789:oidc-provider/p"
ROLE = Role(ARN, "cloud-cluster-exporter", 3600.0, None, None)
CANARY = "hunter2Canary9"


def login_of(settings: Settings) -> Login:
    return settings.accounts[0].login


@pytest.mark.parametrize(
    ("given", "login"),
    [
        ("", Login()),
        (f"role_arn: '{ARN}'", Login(None, ROLE)),
        ("ecs_ram_role: true", Login(InstanceRole(True, True))),
        ("ecs_ram_role: 'true'", Login(InstanceRole(True, True))),
        ("ecs_ram_role: false", Login()),
        ("ecs_ram_role: a-role, imds_v1: false", Login(InstanceRole("a-role", False))),
        (f"ecs_ram_role: true, role_arn: '{ARN}'", Login(InstanceRole(True, True), ROLE)),
        ("profile: prod", Login(Profile("prod", None))),
        ("profile_file: /etc/config.json", Login(Profile(None, Path("/etc/config.json")))),
        (
            f"role_arn: '{ARN}', role_session_name: a.b@c, role_duration: 15m, role_policy: '{{\"Version\": \"1\"}}'",
            Login(None, Role(ARN, "a.b@c", 900.0, None, '{"Version": "1"}')),
        ),
    ],
)
def test_what_an_aliyun_account_logs_in_with(settings_of: Loader, given: str, login: Login):
    assert login == login_of(settings_of(ALIYUN % given))


def test_an_oidc_token_and_its_role(settings_of: Loader, tmp_path: Path):
    given = f"oidc: {{provider_arn: '{PROVIDER}', token_file: token}}, role_arn: '{ARN}'"

    assert Login(Oidc(PROVIDER, tmp_path / "token"), ROLE) == login_of(settings_of(ALIYUN % given))


def test_a_credentials_uri(settings_of: Loader):
    source = login_of(settings_of(ALIYUN % "credentials_uri: 'http://127.0.0.1:7002/x?y=z'")).source

    assert isinstance(source, CredentialsUri)
    assert "http://127.0.0.1:7002/x?y=z" == source.credentials_uri.get_secret_value()


def test_a_key_with_a_role_that_has_an_external_id(settings_of: Loader):
    given = f"access_key_id: a, access_key_secret: b, role_arn: '{ARN}', external_id: e"
    login = login_of(settings_of(ALIYUN % given))

    assert isinstance(login.source, Key)
    assert login.role is not None
    assert login.role.external_id is not None
    assert "e" == login.role.external_id.get_secret_value()


def test_a_password_and_an_agency(settings_of: Loader, tmp_path: Path):
    by_file = login_of(settings_of(HUAWEI % "username: u, domain: d, password_file: p")).source
    by_text = login_of(settings_of(HUAWEI % "username: u, domain: d, password: 'a pass wörd'")).source

    assert User("u", "d", None, tmp_path / "p") == by_file
    assert isinstance(by_text, User)
    assert by_text.password is not None
    assert "a pass wörd" == by_text.password.get_secret_value()
    assert Login(Agency()) == login_of(settings_of(HUAWEI % "ecs_agency: true"))
    assert Login() == login_of(settings_of(HUAWEI % "ecs_agency: false"))


def test_a_login_can_stand_in_the_environment(settings_of: Loader):
    prefix = "ACCOUNTS__0__"
    variables = {
        "NAME": "shop",
        "PROVIDER": "aliyun",
        "CREDENTIALS__OIDC__PROVIDER_ARN": PROVIDER,
        "CREDENTIALS__OIDC__TOKEN_FILE": "token",
        "CREDENTIALS__ROLE_ARN": ARN,
        "CREDENTIALS__ROLE_DURATION": "1800",
    }
    settings = settings_of(**{prefix + name: value for name, value in variables.items()})

    assert Login(Oidc(PROVIDER, Path("token")), Role(ARN, ROLE.session_name, 1800.0, None, None)) == login_of(settings)


def test_a_huawei_account_needs_no_project_id(settings_of: Loader):
    settings = settings_of("accounts: [{name: ml, provider: huaweicloud, regions: [cn-north-4, cn-east-3]}]")

    assert {} == dict(settings.accounts[0].projects)


# Mistakes

KEY = "access_key_id: a, access_key_secret: b"
OIDC = f"oidc: {{provider_arn: '{PROVIDER}', token_file: t}}"


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (f"{KEY}, profile: p", ["profile: access_key_id stands beside it; an account logs in one way"]),
        (f"{KEY}, {OIDC}, role_arn: '{ARN}'", ["oidc: access_key_id stands beside it; an account logs in one way"]),
        (
            "ecs_ram_role: true, credentials_uri: 'https://x/', profile: p",
            ["credentials_uri: ecs_ram_role stands beside it", "profile: ecs_ram_role stands beside it"],
        ),
        (
            "access_key_secret_file: b, profile: p",
            ["access_key_id: is missing", "profile: access_key_secret_file stands"],
        ),
        (OIDC, ["role_arn: is missing beside oidc; the role that the token lets into"]),
        (f"{OIDC}, role_arn: '{ARN}', external_id: e", ["external_id: has no meaning with oidc; leave it out"]),
        (f"oidc: {{}}, role_arn: '{ARN}'", ["oidc.provider_arn: is missing", "oidc.token_file: is missing"]),
        (f"oidc: {{provider_arn: '{PROVIDER}'}}, role_arn: '{ARN}'", ["oidc.token_file: is missing; oidc takes"]),
        (f"{KEY}, external_id: e", ["external_id: goes with role_arn; give that, or leave it out"]),
        (f"{KEY}, role_session_name: abc", ["role_session_name: goes with role_arn"]),
        (f"{KEY}, role_duration: 1h", ["role_duration: goes with role_arn"]),
        (f"{KEY}, role_policy: '{{}}'", ["role_policy: goes with role_arn"]),
        (f"role_arn: '{ARN}', role_duration: 14m", ["role_duration: is out of range; use 15m to 12h"]),
        (f"role_arn: '{ARN}', role_duration: 13h", ["role_duration: is out of range; use 15m to 12h"]),
        (f"role_arn: '{ARN}', role_duration: x", ["role_duration: is not a duration; write 15m, 1h or 12h"]),
        ("role_arn: exporter", ["role_arn: is not a role's ARN; write acs:ram::123456789:role/name"]),
        (f"role_arn: '{ARN}', role_session_name: 'a b'", ["role_session_name: is not a session name; use 2 to 64"]),
        (f"role_arn: '{ARN}', role_policy: 'x'", ["role_policy: is not a policy; write it as a JSON object"]),
        (f"role_arn: '{ARN}', role_policy: '[]'", ["role_policy: is not a policy; write it as a JSON object"]),
        (
            f"role_arn: '{ARN}', role_policy: '{{\"a\": \"{'b' * 2048}\"}}'",
            ["role_policy: is longer than the 2048 bytes that a policy may have"],
        ),
        ("oidc: {provider_arn: p, token_file: t}, role_arn: x", ["oidc.provider_arn: is not", "role_arn: is not"]),
        (f"{KEY}, imds_v1: false", ["imds_v1: goes with ecs_ram_role; give that, or leave it out"]),
        ("ecs_ram_role: a/b", ["ecs_ram_role: is not a role's name; write the name alone, or true"]),
        ("ecs_ram_role: true, imds_v1: x", ["imds_v1: is not a flag; write true or false"]),
        ("credentials_uri: 'http://keys.example/'", ["credentials_uri: must be a URL without user; https, or plain"]),
        ("credentials_uri: 'https://a:b@keys.example/'", ["credentials_uri: must be a URL without user; https"]),
        (
            "username: u, domain: d, password: p",
            [f"{key}: is for huaweicloud" for key in ("domain", "password", "username")],
        ),
        ("ecs_agency: true", ["ecs_agency: is for huaweicloud accounts; leave it out"]),
        ("profile: 'a b'", ["profile: is not a name; use 1 to 128 of A-Z a-z 0-9 _ . @ -"]),
    ],
)
def test_a_mistake_in_an_aliyun_login_is_one_line(mistakes_of: Mistakes, given: str, lines: list[str]):
    found = mistakes_of(ALIYUN % given)

    expected = [f"config.yml:4: accounts[0].credentials.{line}" for line in lines]
    assert [True] * len(found) == [line.startswith(start) for line, start in zip(found, expected, strict=True)], found


def test_a_misspelt_key_is_told_with_what_was_meant(mistakes_of: Mistakes):
    found = mistakes_of(ALIYUN % f"profil: x, oidc: {{token: x, provider_arn: '{PROVIDER}'}}, role_arn: '{ARN}'")

    assert [
        "config.yml:4: accounts[0].credentials.oidc.token: unknown setting; did you mean token_file?",
        "config.yml:4: accounts[0].credentials.profil: unknown setting; did you mean profile?",
    ] == found


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ("username: u", ["domain: is missing beside username; the name of the account", "password: is missing beside"]),
        ("password_file: p", ["domain: is missing beside password_file", "username: is missing beside password_file"]),
        ("username: u, domain: d", ["password: is missing beside username; give it or password_file"]),
        (
            "username: u, domain: d, password: p, password_file: q",
            ["password: password_file stands beside it; leave one of the two out"],
        ),
        (f"{KEY}, ecs_agency: true", ["ecs_agency: access_key_id stands beside it; an account logs in one way"]),
        (f"role_arn: '{ARN}'", ["role_arn: is for aliyun accounts; leave it out"]),
        (f"{OIDC}", ["oidc: is for aliyun accounts; leave it out"]),
        ("profile: p", ["profile: is for aliyun accounts; leave it out"]),
        ('username: u, domain: d, password: "a\\nb"', ["password: holds a line break or another character"]),
    ],
)
def test_a_mistake_in_a_huawei_login_is_one_line(mistakes_of: Mistakes, given: str, lines: list[str]):
    found = mistakes_of(HUAWEI % given)

    expected = [f"config.yml:5: accounts[0].credentials.{line}" for line in lines]
    assert [True] * len(expected) == [line.startswith(start) for line, start in zip(found, expected, strict=True)]


def test_a_login_of_an_account_without_a_provider_is_not_one_of_the_other_vendor(mistakes_of: Mistakes):
    found = mistakes_of(f"accounts:\n- name: shop\n  credentials: {{{KEY}, role_arn: '{ARN}'}}\n")

    assert ["config.yml:2: accounts[0].provider: is missing; use aliyun or huaweicloud"] == found


# What is shown


@pytest.mark.parametrize(
    ("text", "given", "shown"),
    [
        (ALIYUN, "ecs_ram_role: true", {"ecs_ram_role": True, "imds_v1": True}),
        (ALIYUN, "ecs_ram_role: a-role, imds_v1: false", {"ecs_ram_role": "a-role", "imds_v1": False}),
        (ALIYUN, "profile: prod", {"profile": "prod"}),
        (ALIYUN, "credentials_uri: 'http://127.0.0.1:7002'", {"credentials_uri": "http://127.0.0.1:7002/"}),
        (ALIYUN, "credentials_uri: 'https://k.example/a?b=c'", {"credentials_uri": "https://k.example/********"}),
        (
            ALIYUN,
            f"role_arn: '{ARN}', external_id: e, role_policy: '{{}}', role_duration: 30m",
            {
                "role_arn": ARN,
                "role_session_name": "cloud-cluster-exporter",
                "role_duration": "30m",
                "external_id": "********",
                "role_policy": "{}",
            },
        ),
        (
            ALIYUN,
            f"{OIDC}, role_arn: '{ARN}'",
            {
                "oidc": {"provider_arn": PROVIDER, "token_file": "******** (no such file)"},
                "role_arn": ARN,
                "role_session_name": "cloud-cluster-exporter",
                "role_duration": "1h",
            },
        ),
        (
            HUAWEI,
            "username: u, domain: d, password: p",
            {"username": "u", "domain": "d", "password": "********"},
        ),
        (HUAWEI, "ecs_agency: true", {"ecs_agency": True}),
    ],
)
def test_a_login_is_shown_as_a_file_could_say_it(settings_of: Loader, text: str, given: str, shown: dict[str, object]):
    settings = settings_of(text % given)

    assert shown == yaml.safe_load(render_masked(settings))["accounts"][0]["credentials"]


def test_the_standard_chain_is_shown_as_nothing(settings_of: Loader):
    assert "credentials" not in yaml.safe_load(render_masked(settings_of(ALIYUN % "")))["accounts"][0]


def test_what_is_shown_can_be_read_again(settings_of: Loader):
    settings = settings_of(ALIYUN % f"ecs_ram_role: a-role, imds_v1: false, role_arn: '{ARN}', role_duration: 30m")

    assert settings == settings_of(render_masked(settings))


@pytest.mark.parametrize(
    ("text", "given", "key"),
    [
        (ALIYUN, f"{OIDC}, role_arn: '{ARN}'", "oidc.token_file"),
        (ALIYUN, "profile_file: p", "profile_file"),
        (HUAWEI, "username: u, domain: d, password_file: p", "password_file"),
    ],
)
def test_a_missing_file_is_a_doubt(settings_of: Loader, text: str, given: str, key: str):
    told = [line for line in warnings(settings_of(text % given), {}) if "names no file" in line]

    assert [f"{key} names no file now; calls fail until it is there"] == [line.partition(": ")[2] for line in told]


@pytest.mark.parametrize("key", sorted(CredentialsSection.model_fields))
@pytest.mark.parametrize("value", [f"'{CANARY} \\u00e9 x'", f"'http://{CANARY}@x/'", f"[{CANARY}]", f"{{a: {CANARY}}}"])
def test_no_value_of_a_login_is_told_with_a_mistake(settings_of: Loader, key: str, value: str):
    for text in (ALIYUN, HUAWEI):
        with pytest.raises(SettingsError) as caught:
            settings_of(text % f"{key}: {value}, listn: x")
        assert CANARY not in said_by(caught.value)
