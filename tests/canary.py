"""A canary in every place that can hold a secret, and every way in which the exporter says something."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

import httpx
from pydantic import BaseModel, SecretStr
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from exporter.settings.document import Document
from tests.hostile_cloud import CANARY

# Files that the settings name and that hold no secret, or one that has a test of its own; all others are filled.
OPEN_FILES = {"http.ca_file", "web.config_file"}

# What else is asked for: (method, target, headers). The paths themselves are found in the application.
ASKED: list[tuple[str, str, dict[str, str]]] = [
    ("GET", "/metrics", {"accept": "application/openmetrics-text; version=1.0.0"}),
    ("GET", "/metrics", {"accept-encoding": "identity", "x-forwarded-for": "192.0.2.1"}),
    ("GET", "/metrics?collect[]=retailcloud_clusters&collect[]=rds_backups", {}),
    ("GET", "/metrics?collect[]=nothing", {}),
    ("GET", "/runbooks/exporter", {}),
    ("GET", "/nowhere", {}),
]
_PARAMETERS = {"name": "exporter"}


def secret_places() -> set[str]:
    """Every place of the settings that holds a secret, or the name of a file with one, as a path without positions."""
    return set(_secrets(Document, ""))


def _secrets(model: type[BaseModel], path: str) -> Iterator[str]:
    for name, info in model.model_fields.items():
        place = f"{path}.{name}".lstrip(".")
        for kind in _kinds(info.annotation):
            if issubclass(kind, BaseModel):
                yield from _secrets(kind, place)
            elif issubclass(kind, SecretStr) or (name.endswith("_file") and place not in OPEN_FILES):
                yield place


def _kinds(annotation: object) -> Iterator[type]:
    if get_origin(annotation) in {tuple, dict, Annotated, Union, UnionType}:
        for part in get_args(annotation):
            yield from _kinds(part)
    elif isinstance(annotation, type):
        yield annotation


def filled_places(value: object, path: str = "") -> Iterator[str]:
    """Where in settings a canary stands, or a file that holds one."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from filled_places(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for item in value:
            yield from filled_places(item, path)
    elif isinstance(value, str) and (CANARY in value or _holds_one(value)):
        yield path


def _holds_one(value: str) -> bool:
    return value.startswith("/") and Path(value).is_file() and CANARY in Path(value).read_text(encoding="utf-8")


def secrets_of(name: str) -> dict[str, str]:
    """A key whose every part is a canary of its own."""
    return {part: f"{CANARY}-{name}-{part}/+=" for part in ("access_key_id", "access_key_secret", "security_token")}


def settings_with_canaries(folder: Path, url: str, proxy: bool) -> dict[str, object]:
    """Settings with a canary wherever there is a secret; every cloud is at ``url``."""
    for name, secret in {**secrets_of("file"), "password": f"{CANARY}-pw", "oidc": f"{CANARY}-oidc"}.items():
        (folder / name).write_text(secret, encoding="utf-8")
    profile = {"name": "p", "mode": "AK", **secrets_of("profile")}
    (folder / "profile").write_text(json.dumps({"current": "p", "profiles": [profile]}), encoding="utf-8")
    role = {"role_arn": "acs:ram::1:role/a", "external_id": f"{CANARY}-external"}
    aliyun = {
        "text": secrets_of("text"),
        "files": {f"{name}_file": str(folder / name) for name in secrets_of("file")},
        "role": {**secrets_of("base"), **role},
        "oidc": {
            "oidc": {"provider_arn": "acs:ram::1:oidc-provider/p", "token_file": str(folder / "oidc")},
            "role_arn": role["role_arn"],
        },
        "uri": {"credentials_uri": f"{url}/keys/{CANARY}?{CANARY}=1"},
        "profile": {"profile_file": str(folder / "profile")},
    }
    user = {"username": "u", "domain": "d"}
    huawei = {
        "password": {**user, "password": f"{CANARY}-password"},
        "file": {**user, "password_file": str(folder / "password")},
    }
    fast = {"rate": "1000/s", "burst": 1000}
    here = ("retailcloud", "emr", "ecs", "rds", "batchcompute", "sts")
    there = ("modelarts", "iam")
    return {
        "http": {"timeout": "5s"} | ({"proxy": f"http://u:{CANARY}-proxy@127.0.0.1:1"} if proxy else {}),
        "accounts": [
            *(
                {
                    "name": name,
                    "provider": "aliyun",
                    "regions": ["cn-zhangjiakou"],
                    "endpoints": dict.fromkeys(here, url),
                    "budget": dict.fromkeys(here, fast),
                    "credentials": way,
                }
                for name, way in aliyun.items()
            ),
            *(
                {
                    "name": name,
                    "provider": "huaweicloud",
                    "regions": ["cn-north-4"],
                    "endpoints": dict.fromkeys(there, url),
                    "budget": dict.fromkeys(there, fast),
                    "credentials": way,
                }
                for name, way in huawei.items()
            ),
        ],
    }


async def all_pages(web: ASGIApp, **headers: str) -> list[str]:
    """What every path of an application answers to every method, and to what else is ``ASKED``; headers too."""
    asked: list[tuple[str, str, dict[str, str]]] = [
        (method, route.path_format.format(**_PARAMETERS), {})
        for route in _routes(web)
        if isinstance(route, Route)
        for method in sorted(route.methods or {"GET"})
    ]
    transport = httpx.ASGITransport(web, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://exporter", headers=headers) as client:
        answers = [await client.request(method, path, headers=more) for method, path, more in [*asked, *ASKED]]
    assert any(answer.status_code == 200 and "cluster_exporter_build_info" in answer.text for answer in answers)
    return [f"{answer.status_code} {answer.headers!r} {answer.text}" for answer in answers]


def _routes(web: ASGIApp) -> list[BaseRoute]:
    """The routes of an application, whatever is around it."""
    left: list[object] = [web]
    while left:
        part = left.pop()
        if isinstance(part, Starlette):
            return part.routes
        left += getattr(part, "__dict__", {}).values()
    raise LookupError("there is no application with routes in it")
