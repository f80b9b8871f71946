"""Shows how an account logs in, as a file could say it, with every secret masked."""

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from exporter.settings.duration import render_duration
from exporter.settings.login import CredentialsUri, Login, Oidc, Role, Source

MASK = "********"

Part = SecretStr | Path | str | bool | None


def masked_login(login: Login) -> dict[str, object]:
    """Write it as plain values in the shape of the file; looks whether the files are there."""
    shown = _source(login.source) if login.source is not None else {}
    return shown | (_role(login.role) if login.role is not None else {})


def files_of(login: Login) -> dict[str, Path]:
    """The files that a login reads, by their keys."""
    parts = _parts(login.source) if login.source is not None else {}
    return {key: part for key, part in parts.items() if isinstance(part, Path)}


def is_there(path: Path) -> bool:
    """Tell whether there is such a file; False too for what can be no path, such as a secret that is too long."""
    return os.path.isfile(path)  # noqa: PTH113 -- Path.is_file raises for a name that is too long, and repeats it


def _source(source: Source) -> dict[str, object]:
    if isinstance(source, CredentialsUri):
        return {"credentials_uri": _masked_uri(source.credentials_uri.get_secret_value())}
    shown = {each.name: _shown(part) for each in fields(source) if (part := getattr(source, each.name)) is not None}
    return {"oidc": shown} if isinstance(source, Oidc) else shown


def _parts(source: Source) -> Mapping[str, Part]:
    section = "oidc." if isinstance(source, Oidc) else ""
    return {f"{section}{each.name}": getattr(source, each.name) for each in fields(source)}


def _masked_uri(uri: str) -> str:
    parts = urlsplit(uri)
    is_bare = parts.path in {"", "/"} and not parts.query
    return f"{parts.scheme}://{parts.netloc}/{'' if is_bare else MASK}"


def _role(role: Role) -> dict[str, object]:
    shown: dict[str, object] = {
        "role_arn": role.arn,
        "role_session_name": role.session_name,
        "role_duration": render_duration(role.duration),
    }
    if role.external_id is not None:
        shown["external_id"] = MASK
    if role.policy is not None:
        shown["role_policy"] = role.policy
    return shown


def _shown(part: Part) -> object:
    if isinstance(part, SecretStr):
        return MASK
    # A path is shown only where its file is: people put the secret itself where the file of it belongs.
    if isinstance(part, Path):
        return str(part) if is_there(part) else f"{MASK} (no such file)"
    return part
