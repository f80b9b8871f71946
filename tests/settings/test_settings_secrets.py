"""A canary in every place that holds a secret, and in the mistakes people make around them."""

import io
import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.settings.document import CredentialsSection
from exporter.settings.masking import masked, render_masked
from exporter.settings.mistake import SettingsError
from exporter.settings.model import Settings
from exporter.settings.notices import warnings

CANARY = "hunter2Canary9"
Loader = Callable[..., Settings]
HEAD = "accounts:\n- name: shop\n  provider: aliyun\n"
KEYS = ("access_key_id", "access_key_secret", "security_token")


def said_by(error: SettingsError) -> str:
    chain = [error, error.__cause__, error.__context__]
    texts = [f"{one} {one!r} {getattr(one, '__dict__', '')}" for one in chain]
    return " ".join([*texts, *traceback.format_exception(error), *map(repr, error.mistakes)])


def test_no_good_secret_is_shown(settings_of: Loader):
    credentials = ", ".join(f"{key}: {CANARY}" for key in KEYS)
    settings = settings_of(
        f"{HEAD}  credentials: {{{credentials}}}\nhttp: {{proxy: 'http://user:{CANARY}@proxy.example:3128'}}\n"
    )

    shown = " ".join(
        [str(settings), repr(settings), str(masked(settings)), render_masked(settings), *warnings(settings, {})]
    )
    assert CANARY not in shown
    assert "proxy: http://user:********@proxy.example:3128\n" in render_masked(settings)
    assert all(f"{key}: '********'" in render_masked(settings) for key in KEYS)
    assert settings.http.proxy is not None
    assert CANARY in settings.http.proxy.get_secret_value()


@pytest.mark.parametrize("secret", [CANARY, f"{CANARY}/{CANARY}", CANARY * 40], ids=["short", "a slash", "too long"])
def test_a_secret_in_place_of_its_file_is_not_shown(settings_of: Loader, secret: str):
    files = ", ".join(f"{key}_file: {secret}" for key in KEYS)
    settings = settings_of(f"{HEAD}  credentials: {{{files}}}\n")

    shown = " ".join([repr(settings), str(masked(settings)), render_masked(settings), *warnings(settings, {})])

    assert CANARY not in shown
    assert all(f"{key}_file: '******** (no such file)'" in render_masked(settings) for key in KEYS)


def test_the_path_of_a_file_that_is_there_is_shown(settings_of: Loader, tmp_path: Path):
    (tmp_path / "id").touch()
    (tmp_path / "key").touch()
    settings = settings_of(f"{HEAD}  credentials: {{access_key_id_file: id, access_key_secret_file: key}}\n")

    assert f"access_key_id_file: {tmp_path}/id\n" in render_masked(settings)


def test_a_proxy_with_a_lone_token_is_masked(settings_of: Loader):
    settings = settings_of(f"{HEAD}http: {{proxy: 'http://{CANARY}@proxy.example'}}\n")

    assert "proxy: http://********@proxy.example\n" in render_masked(settings)


@pytest.mark.parametrize(
    "text",
    [
        *(f"{HEAD}  credentials: {{{key}: {CANARY}, listn: x}}" for key in KEYS),
        *(f"{HEAD}  credentials: {{{key}: [{CANARY}]}}" for key in CredentialsSection.model_fields),
        *(f"{HEAD}  credentials: {{{key}: {{{CANARY}: {CANARY}}}}}" for key in CredentialsSection.model_fields),
        *(f"{HEAD}  credentials: {{{key}: '{CANARY} x\u00e9'}}" for key in KEYS),
        *(f"{HEAD}  credentials: {{{key}x: {CANARY}}}" for key in CredentialsSection.model_fields),
        *(f"{HEAD}  credentials: {{{key}:{CANARY}}}" for key in CredentialsSection.model_fields),
        *(f'{HEAD}  credentials: {{{key}_file: "{CANARY}\\n"}}' for key in KEYS),
        f"{HEAD}  credentials: {CANARY}",
        f"{HEAD}  credentials: [{CANARY}]",
        f"{HEAD}  credentials: {{{CANARY}}}",
        f"{HEAD}  credentials: {{acess_key_secret: {CANARY}}}",
        f"{HEAD}  credentials: {{access_key_secret: *{CANARY}}}",
        f"{HEAD}  credentials: {{access_key_secret: !{CANARY} x}}",
        f"{HEAD}  credentials: {{access_key_secret: !x!{CANARY} x}}",
        f"{HEAD}  credentials: {{access_key_secret: @{CANARY}}}",
        f"{HEAD}  credentials: {{access_key_secret: %{CANARY}}}",
        f'{HEAD}  credentials: {{access_key_secret: "\\q{CANARY}"}}',
        f"{HEAD}  credentials: {{access_key_secret: '{CANARY}}}",
        f"{HEAD}  credentials: {{access_key_secret: &{CANARY} *{CANARY}}}",
        f"{HEAD}  credentials:\n    access_key_id: a\n    access_key_secret:{CANARY}",
        f"{HEAD}  credentials:\n    access_key_id: a\n   access_key_secret: {CANARY}",
        f"{HEAD}  credentials: {{access_key_secret: {CANARY}, access_key_secret: {CANARY}}}",
        f"{HEAD}  endpoints: {{emr: 'https://user:{CANARY}@emr.example'}}",
        f"{HEAD}  access_key_secret: {CANARY}",
        f"{HEAD}access_key_secret: {CANARY}",
        f"{HEAD}  regions: {{access_key_secret: {CANARY}}}",
        f"{HEAD}  regions: [{{access_key_secret: {CANARY}}}]",
        f"{HEAD}http: {{proxy: {CANARY}}}",
        f"{HEAD}http: {{proxy: [{CANARY}]}}",
        f"{HEAD}http: {{proxi: 'http://u:{CANARY}@p'}}",
        f"{HEAD}http: {{proxy:http://u:{CANARY}@p}}",
        f"{HEAD}http: {{proxy: 'http://u:{CANARY}@p/path'}}",
        f"{HEAD}http: {{proxy: 'http://u:{CANARY}@p:99999'}}",
        f"{HEAD}http: {{proxy: 'socks5://u:{CANARY}@p'}}",
        f"{HEAD}http: {{no_proxy: 'http://u:{CANARY}@p'}}",
        f"{HEAD}http: {{timeout: {{proxy: 'http://u:{CANARY}@p'}}}}",
        f"{HEAD}http: 'http://u:{CANARY}@p'",
        f"accounts: {CANARY}",
        f"accounts: [{CANARY}]",
        f"{CANARY}",
        f"[{CANARY}]",
    ],
)
def test_no_secret_is_told_with_a_mistake(settings_of: Loader, text: str):
    with pytest.raises(SettingsError) as caught:
        settings_of(text)

    assert CANARY not in said_by(caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CREDENTIALS", CANARY),
        ("CREDENTIALS", f'{{"access_key_secret": "{CANARY}"'),
        ("CREDENTIALS", f'{{"access_key_secret": "{CANARY}"}}'),
        ("CREDENTIALS", f'{{"access_key_secret": ["{CANARY}"]}}'),
        ("CREDENTIALS", f'{{"{CANARY}": 1}}'),
        ("CREDENTIALS", f'["{CANARY}"]'),
        ("CREDENTIALS__ACCESS_KEY_SECRET", f"{CANARY} x"),
        ("CREDENTIALS__ACCESS_KEY_SECRET", f"{CANARY}\udcff"),
        ("CREDENTIALS__ACESS_KEY_SECRET", CANARY),
        ("CREDENTIALS__ACCESS_KEY_SECRET__X", CANARY),
        ("ACCESS_KEY_SECRET", CANARY),
    ],
)
def test_no_secret_in_the_environment_is_told_with_a_mistake(settings_of: Loader, variable: str, value: str):
    with pytest.raises(SettingsError) as caught:
        settings_of(HEAD, **{f"ACCOUNTS__0__{variable}": value})

    assert CANARY not in said_by(caught.value)


def test_the_debug_log_of_pydantic_settings_holds_no_secret(settings_of: Loader, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYDANTIC_SETTINGS_DEBUG", "1")
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger = logging.getLogger("pydantic_settings")
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.DEBUG)

    settings_of(f"{HEAD}  credentials: {{access_key_id: {CANARY}, access_key_secret: {CANARY}}}")

    logger.setLevel(level)
    logger.removeHandler(handler)
    assert "Resolving settings" in written.getvalue()
    assert CANARY not in written.getvalue()
