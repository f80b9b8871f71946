"""Access keys: their sources, the way out of each mistake, and that no value is ever printed."""

import logging
import traceback
from pathlib import Path

import pytest

from exporter.clouds.credentials import (
    Credentials,
    EnvironmentCredentials,
    FileCredentials,
    StaticCredentials,
)
from exporter.clouds.errors import CredentialsError

KEY = Credentials("LTAI5tExampleKeyId", "very-secret-value", "very-long-token")


def test_nothing_printed_of_a_key_holds_a_secret():
    for text in (repr(KEY), str(KEY), f"{KEY}", f"{[KEY]}"):
        assert text.strip("[]") == "Credentials(access_key_id='LTAI…')"


def test_a_short_id_is_not_shown_whole():
    assert repr(Credentials("abc", "s")) == "Credentials(access_key_id='a…')"


def test_the_values_to_strike_are_all_that_are_set():
    assert KEY.secrets() == ("LTAI5tExampleKeyId", "very-secret-value", "very-long-token")
    assert Credentials("an-id", "a-secret").secrets() == ("an-id", "a-secret")


def test_no_provider_prints_its_values():
    providers = [
        StaticCredentials("LTAI5tExampleKeyId", "very-secret-value"),
        FileCredentials(access_key_id="LTAI5tExampleKeyId", access_key_secret="very-secret-value"),
        EnvironmentCredentials({"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "very-secret-value"}, "aliyun"),
    ]

    for provider in providers:
        assert "LTAI5" not in f"{provider!r} {provider}"
        assert "very-secret" not in f"{provider!r} {provider}"


async def test_a_static_key_is_given_as_it_is():
    assert await StaticCredentials("an-id", "a-secret", "a-token").get() == Credentials("an-id", "a-secret", "a-token")


async def test_values_and_files_may_be_mixed(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("\n a-secret \r\n")
    provider = FileCredentials(access_key_id="an-id", access_key_secret_file=secret)

    assert await provider.get() == Credentials("an-id", "a-secret")


async def test_all_three_parts_may_be_files(tmp_path: Path):
    for name in ("id", "secret", "token"):
        (tmp_path / name).write_text(f"the-{name}\n")
    provider = FileCredentials(
        access_key_id_file=tmp_path / "id",
        access_key_secret_file=tmp_path / "secret",
        security_token_file=tmp_path / "token",
    )

    assert await provider.get() == Credentials("the-id", "the-secret", "the-token")


async def test_a_file_replaced_by_a_rename_is_read_again(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("first-secret")
    provider = FileCredentials(access_key_id="an-id", access_key_secret_file=secret)
    assert await provider.get() == Credentials("an-id", "first-secret")

    (tmp_path / "new").write_text("other-secret")
    (tmp_path / "new").rename(secret)

    assert await provider.get() == Credentials("an-id", "other-secret")


async def test_a_mounted_secret_swapped_by_its_symlink_is_read_again(tmp_path: Path):
    for version in ("1", "2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "id").write_text(f"id-{version}")
        (tmp_path / version / "secret").write_text(f"secret-{version}")
    (tmp_path / "..data").symlink_to("1")
    for name in ("id", "secret"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    provider = FileCredentials(access_key_id_file=tmp_path / "id", access_key_secret_file=tmp_path / "secret")
    assert await provider.get() == Credentials("id-1", "secret-1")

    (tmp_path / "..next").symlink_to("2")
    (tmp_path / "..next").rename(tmp_path / "..data")

    assert await provider.get() == Credentials("id-2", "secret-2")


async def test_an_unchanged_file_is_not_read_again(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("a-secret")
    provider = FileCredentials(access_key_id="an-id", access_key_secret_file=secret)

    assert await provider.get() is await provider.get()


async def test_a_file_that_comes_back_ends_the_error(tmp_path: Path):
    secret = tmp_path / "secret"
    provider = FileCredentials(access_key_id="an-id", access_key_secret_file=secret)
    with pytest.raises(CredentialsError):
        await provider.get()
    secret.write_text("a-secret")
    assert await provider.get() == Credentials("an-id", "a-secret")
    secret.write_text("")
    with pytest.raises(CredentialsError, match="is empty"):
        await provider.get()


async def test_a_missing_file_is_named_with_its_setting(tmp_path: Path):
    path = tmp_path / "missing"
    provider = FileCredentials(access_key_id="an-id", access_key_secret_file=path, setting="accounts.shop.credentials")

    with pytest.raises(CredentialsError) as caught:
        await provider.get()

    assert str(caught.value) == (
        "accounts.shop.credentials.access_key_secret_file: the file cannot be read: No such file or directory; "
        "check its path and permissions, or set accounts.shop.credentials.access_key_secret"
    )


@pytest.mark.parametrize("secret", ["very-secret-value", "very-secret-value/" * 20, "very-secret-" * 60])
async def test_a_secret_in_place_of_its_file_is_not_told(tmp_path: Path, secret: str):
    provider = FileCredentials(access_key_id="an-id", access_key_secret_file=tmp_path / secret)

    with pytest.raises(CredentialsError) as caught:
        await provider.get()

    assert "very-secret" not in "".join(traceback.format_exception(caught.value))


async def test_a_directory_in_place_of_a_file_is_named(tmp_path: Path):
    provider = FileCredentials(access_key_id_file=tmp_path, access_key_secret="a-secret")

    with pytest.raises(CredentialsError, match=r"access_key_id_file: the file cannot be read: Is a dir"):
        await provider.get()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"very-secret-value\nsecond line", "holds white space or a character outside ASCII"),
        (b"very-secret-value\x00", "holds white space or a character outside ASCII"),
        (b"very-secret-value\xff", "holds white space or a character outside ASCII"),
        ("very-secret-value一".encode(), "holds white space or a character outside ASCII"),
    ],
)
async def test_unusable_content_is_refused_without_showing_it(tmp_path: Path, content: bytes, problem: str):
    path = tmp_path / "secret"
    path.write_bytes(content)
    provider = FileCredentials(access_key_id="an-id", access_key_secret_file=path)

    with pytest.raises(CredentialsError) as caught:
        await provider.get()

    assert str(caught.value) == (
        f"the file of credentials.access_key_secret_file {problem}; put the value there, and nothing else"
    )
    assert caught.value.__context__ is None
    assert "very-secret" not in "".join(traceback.format_exception(caught.value))


def test_a_value_and_its_file_together_are_refused(tmp_path: Path):
    with pytest.raises(CredentialsError) as caught:
        FileCredentials(access_key_id="an-id", access_key_secret="very-secret-value", access_key_secret_file=tmp_path)

    assert str(caught.value) == (
        "credentials.access_key_secret and credentials.access_key_secret_file are both set: keep one of them"
    )


def test_a_part_without_value_or_file_is_refused():
    with pytest.raises(CredentialsError) as caught:
        FileCredentials(access_key_id="an-id")

    assert str(caught.value) == (
        "credentials.access_key_secret and credentials.access_key_secret_file are both missing: set one of them"
    )


async def test_the_vendors_variables_are_read():
    aliyun = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "an-id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": " a-secret\n"}
    huawei = {
        "HUAWEICLOUD_SDK_AK": "an-ak",
        "HUAWEICLOUD_SDK_SK": "an-sk",
        "HUAWEICLOUD_SDK_SECURITY_TOKEN": "a-token",
    }

    assert await EnvironmentCredentials(aliyun, "aliyun").get() == Credentials("an-id", "a-secret")
    assert await EnvironmentCredentials(huawei, "huaweicloud").get() == Credentials("an-ak", "an-sk", "a-token")


async def test_variables_are_read_at_each_call():
    environ = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "an-id",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "a-secret",
        "ALIBABA_CLOUD_SECURITY_TOKEN": "a-token",
    }
    provider = EnvironmentCredentials(environ, "aliyun")
    assert await provider.get() == Credentials("an-id", "a-secret", "a-token")

    environ.pop("ALIBABA_CLOUD_SECURITY_TOKEN")

    assert await provider.get() == Credentials("an-id", "a-secret")


async def test_missing_variables_are_named():
    with pytest.raises(CredentialsError) as caught:
        await EnvironmentCredentials({"ALIBABA_CLOUD_ACCESS_KEY_ID": " "}, "aliyun").get()

    told = "environment: ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET not set"
    assert told == str(caught.value)


async def test_one_missing_variable_is_named_alone():
    with pytest.raises(CredentialsError, match=r"^environment: HUAWEICLOUD_SDK_SK not set$"):
        await EnvironmentCredentials({"HUAWEICLOUD_SDK_AK": "very-secret-value"}, "huaweicloud").get()


@pytest.mark.parametrize("name", ["access_key_id", "access_key_secret", "security_token"])
def test_a_static_value_that_no_header_can_hold_is_refused_without_showing_it(name: str):
    values = {"access_key_id": "an-id", "access_key_secret": "a-secret"} | {name: "very-secret\nvalue"}

    with pytest.raises(CredentialsError, match=f"^{name} holds white space") as caught:
        StaticCredentials(**values)

    assert "very-secret" not in "".join(traceback.format_exception(caught.value))


def test_a_traceback_through_a_call_with_a_key_shows_no_secret(caplog: pytest.LogCaptureFixture):
    def call(key: Credentials) -> None:
        raise RuntimeError(f"cannot use {key}")

    try:
        call(KEY)
    except RuntimeError as error:
        locals_shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        logging.getLogger("test").exception("failed")

    text = "".join(locals_shown.format()) + caplog.text
    assert "LTAI…" in text
    assert [secret for secret in KEY.secrets() if secret in text] == []


async def test_a_key_that_never_changes_cannot_be_renewed():
    key = StaticCredentials("an-id", "a-secret")

    assert not await key.renew(await key.get())


async def test_a_key_whose_files_changed_meanwhile_is_another_one(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("old")
    provider = FileCredentials(access_key_id="an-id", access_key_secret_file=secret)
    used = await provider.get()
    same = await provider.renew(used)
    (tmp_path / "new").write_text("new")
    (tmp_path / "new").rename(secret)

    assert (False, True) == (same, await provider.renew(used))


async def test_a_key_whose_variables_changed_meanwhile_is_another_one():
    environ = {"HUAWEICLOUD_SDK_AK": "an-ak", "HUAWEICLOUD_SDK_SK": "old"}
    provider = EnvironmentCredentials(environ, "huaweicloud")
    used = await provider.get()
    same = await provider.renew(used)
    environ["HUAWEICLOUD_SDK_SK"] = "new"

    assert (False, True) == (same, await provider.renew(used))
