"""The way to the clouds: through a proxy or past it, and with a certificate authority of one's own."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from exporter.app import Exporter, collector_defaults
from exporter.clouds.aliyun.credentials_uri import METADATA_ADDRESSES
from exporter.clouds.way_out import WayOut
from exporter.network import way_out
from exporter.reloading import Reloading
from exporter.settings.loading import load
from exporter.settings.model import Http, Settings
from exporter.surroundings import Surroundings, SystemClock

TLS = Path(__file__).parent.parent / "fixtures" / "tls"
CLUSTERS = {"Code": 0, "Data": [], "TotalCount": 0}


class Seen:
    """A server that answers every call with an empty list, and the addresses that it was asked for."""

    def __init__(self) -> None:
        self.targets: list[str] = []

        async def answer(request: Request) -> Response:
            self.targets.append(str(request.url.replace(query="")))
            return JSONResponse(CLUSTERS)

        self.app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
        self.address = ""


def running(seen: Seen, **tls: str) -> Iterator[Seen]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(seen.app, log_config=None, access_log=False, lifespan="off", **tls)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        seen.address = "{}:{}".format(*listener.getsockname())
        yield seen
        server.should_exit = True
        thread.join()


@pytest.fixture
def proxy() -> Iterator[Seen]:
    yield from running(Seen())


@pytest.fixture
def secure() -> Iterator[Seen]:
    yield from running(Seen(), ssl_certfile=str(TLS / "ca.pem"), ssl_keyfile=str(TLS / "key.pem"))


async def result_of(endpoint: str, **http: str) -> tuple[str, str]:
    prefix = "CLOUD_CLUSTER_EXPORTER_"
    account = f"{prefix}ACCOUNTS__0__"
    environ = {
        f"{account}NAME": "shop",
        f"{account}PROVIDER": "aliyun",
        f"{account}CREDENTIALS__ACCESS_KEY_ID": "id",
        f"{account}CREDENTIALS__ACCESS_KEY_SECRET": "secret",
        f"{account}ENDPOINTS__RETAILCLOUD": endpoint,
        **{f"{prefix}HTTP__{key.upper()}": value for key, value in http.items()},
    }
    surroundings = Surroundings(environ={}, clock=SystemClock(), chance=lambda: 0, sleep=lambda _: asyncio.sleep(0))
    exporter = Exporter(load(None, environ, collector_defaults()), surroundings, only=["retailcloud_clusters"])
    try:
        [(_, status)] = await exporter.collect_once()
    finally:
        await exporter.close()
    return status.result, status.message


async def test_a_cloud_is_asked_through_the_proxy(proxy):
    # Without TLS a proxy sees the whole address; plain http is only allowed to loopback, which goes past a proxy: so
    # the test asks a TLS endpoint and sees the proxy being asked for a tunnel, which this one does not dig.
    result, message = await result_of("https://cloud.invalid", proxy=f"http://{proxy.address}")
    assert "unavailable" == result
    assert "ProxyError" in message


async def test_loopback_is_asked_past_the_proxy(proxy):
    direct = Seen()
    for _ in running(direct):
        assert ("success", "") == await result_of(f"http://{direct.address}", proxy=f"http://{proxy.address}")
        assert [f"http://{direct.address}/"] == direct.targets
    assert [] == proxy.targets


async def test_a_host_of_no_proxy_is_asked_past_the_proxy(proxy):
    _, message = await result_of("https://cloud.invalid", proxy=f"http://{proxy.address}", no_proxy="cloud.invalid")
    assert "does not resolve" in message


async def test_a_certificate_of_ones_own_authority_is_trusted_with_ca_file(secure):
    assert ("success", "") == await result_of(f"https://{secure.address}", ca_file=str(TLS / "ca.pem"))


async def test_an_unknown_certificate_is_refused_and_the_setting_named(secure):
    result, message = await result_of(f"https://{secure.address}")
    assert "unavailable" == result
    assert "is not trusted" in message
    assert "http.ca_file" in message


async def test_a_reload_with_the_authority_of_the_cloud_lets_calls_succeed_that_did_not(secure):
    keys = {"access_key_id": "id", "access_key_secret": "secret"}

    def settings(**http: str) -> Settings:
        account = {"name": "shop", "provider": "aliyun", "credentials": keys}
        account["endpoints"] = {"retailcloud": f"https://{secure.address}"}
        environ = {
            "CLOUD_CLUSTER_EXPORTER_ACCOUNTS": json.dumps([account]),
            "CLOUD_CLUSTER_EXPORTER_HTTP": json.dumps(http),
        }
        return load(None, environ, collector_defaults())

    surroundings = Surroundings(environ={}, clock=SystemClock())
    exporter = Exporter(settings(), surroundings, only=["retailcloud_clusters"])
    reloading = Reloading(exporter, lambda: settings(ca_file=str(TLS / "ca.pem")), {})
    assert ["unavailable"] == [status.result for _, status in await exporter.collect_once()]
    kept = exporter.collections
    assert ("reloaded", "way out: changed") == (await reloading.reload("test")).lines[:2]
    assert kept == exporter.collections
    assert ["success"] == [status.result for _, status in await exporter.collect_once()]
    await exporter.close()


class Way(httpx.AsyncBaseTransport):
    """Keeps the hosts that it was asked for."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.hosts.append(request.url.host)
        return httpx.Response(200)


async def goes_direct(url: str, *past: str) -> bool:
    direct, proxied = Way(), Way()
    async with httpx.AsyncClient(transport=WayOut(direct, proxied, past)) as client:
        await client.get(url)
    assert 1 == len(direct.hosts) + len(proxied.hosts)
    return bool(direct.hosts)


@pytest.mark.parametrize(
    "url",
    [*(f"http://{host}/x" for host in sorted(METADATA_ADDRESSES)), "http://192.0.2.7/", "https://[fd00::1]/"],
)
async def test_metadata_services_and_what_the_settings_name_are_asked_past_the_proxy(url):
    settings = Http(SecretStr("http://127.0.0.1:1"), ("192.0.2.0/24", "fd00::1"), None, 5, 20)
    way = way_out(settings)
    assert [True, False] == [way.is_direct(httpx.URL(each)) for each in (url, "https://192.0.3.7/")]
    await way.aclose()


@pytest.mark.parametrize(
    "url", ["http://localhost/", "http://127.0.0.1/", "http://127.0.0.53:8/", "http://[::1]/", "http://[::1]:8/"]
)
async def test_loopback_in_all_its_forms_is_asked_past_the_proxy(url):
    assert await goes_direct(url)
    assert not await goes_direct(url.replace("127.", "128.").replace("localhost", "a").replace("::1", "::2"))


@pytest.mark.parametrize(
    ("past", "url", "direct"),
    [
        ("10.0.0.0/8", "http://10.1.2.3/", True),
        ("10.1.2.3/8", "http://10.200.0.1:81/", True),
        ("10.0.0.0/8", "http://11.0.0.1/", False),
        ("10.0.0.0/8", "http://ten.example/", False),
        ("10.1.2.3", "http://10.1.2.3:81/", True),
        ("10.1.2.3:81", "http://10.1.2.3:81/", True),
        ("10.1.2.3:81", "http://10.1.2.3/", False),
        ("fd00::/8", "http://[fd12::1]/", True),
        ("fd00::1", "http://[fd00::1]/", True),
        ("[fd00::1]", "http://[fd00::1]:81/", True),
        ("[fd00::1]:81", "http://[fd00::1]/", False),
        ("[fd00::1]:81", "http://[fd00::1]:81/", True),
        ("fd00::1", "http://[fd00::2]/", False),
        (".internal", "https://sts.internal/", True),
        ("*.internal", "https://sts.internal/", True),
        (".internal", "https://internal/", False),
        (".internal", "https://xinternal/", False),
        ("Sts.Example", "https://sts.example/", True),
        ("sts.example", "https://a.sts.example/", False),
        ("sts.example:443", "https://sts.example/", True),
        ("sts.example:443", "http://sts.example/", False),
        ("*", "https://any.example/", True),
    ],
)
async def test_hosts_domains_and_networks_are_asked_past_the_proxy(past, url, direct):
    assert direct == await goes_direct(url, past)
