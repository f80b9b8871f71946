"""The settings over HTTP: what is in force, and the request to read them again."""

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from exporter.web import Reloaded, Sources, create_web
from tests.doubles import Bench, simple_collector
from tests.reloadable import Reloadable


class Site:
    """The web application of an exporter whose settings can be read again."""

    def __init__(self, outcome: Reloaded | None, *, actions_enabled: bool = False) -> None:
        async def fetch(_, run):
            run.keep("a", ("b", 1))

        async def reload() -> Reloaded:
            self.reloads += 1
            return outcome

        async def in_force() -> str:
            return "listen: here\n"

        self.reloads = 0
        bench = Bench(simple_collector(fetch))
        self.app: ASGIApp = create_web(
            Sources(
                bench.store,
                bench.metrics.registry,
                [bench.collection],
                list,
                "1.2.3",
                settings=in_force,
                reload=reload if outcome else None,
                actions_enabled=actions_enabled,
            )
        )

    async def ask(self, method: str, path: str, *, authenticated: object = None) -> httpx.Response:
        async def logged_in(scope: Scope, receive: Receive, send: Send) -> None:
            await self.app({**scope, "authenticated": authenticated}, receive, send)

        transport = httpx.ASGITransport(self.app if authenticated is None else logged_in)
        async with httpx.AsyncClient(transport=transport, base_url="http://exporter") as client:
            return await client.request(method, path)


async def test_settings_are_put_in_force_for_who_is_logged_in():
    site = Site(Reloaded(True, ("reloaded", "added: shop")))
    answer = await site.ask("POST", "/-/reload", authenticated=True)
    assert (200, "reloaded\nadded: shop\n") == (answer.status_code, answer.text)


async def test_settings_are_put_in_force_for_everybody_where_the_settings_say_so():
    site = Site(Reloaded(True, ("reloaded",)), actions_enabled=True)
    assert 200 == (await site.ask("POST", "/-/reload")).status_code


async def test_a_mistake_is_answered_with_500_and_a_line_each():
    site = Site(Reloaded(False, ("config.yml:3: listen: is wrong", "accounts: none")), actions_enabled=True)
    answer = await site.ask("POST", "/-/reload")
    assert (500, "config.yml:3: listen: is wrong\naccounts: none\n") == (answer.status_code, answer.text)


@pytest.mark.parametrize("authenticated", [None, False, "yes", 1])
async def test_others_are_refused_and_told_both_ways_out(authenticated):
    site = Site(Reloaded(True, ()))
    answer = await site.ask("POST", "/-/reload", authenticated=authenticated)
    assert (403, 0) == (answer.status_code, site.reloads)
    assert "web.config_file" in answer.text
    assert "web.enable_actions: true" in answer.text


async def test_a_reload_is_no_get():
    site = Site(Reloaded(True, ()), actions_enabled=True)
    answer = await site.ask("GET", "/-/reload")
    assert (405, "POST", 0) == (answer.status_code, answer.headers["allow"], site.reloads)


async def test_without_settings_to_read_again_there_is_no_reload():
    assert 404 == (await Site(None, actions_enabled=True).ask("POST", "/-/reload")).status_code


async def test_the_settings_in_force_are_plain_text():
    answer = await Site(None).ask("GET", "/config")
    assert (200, "listen: here\n") == (answer.status_code, answer.text)
    assert "text/plain; charset=utf-8" == answer.headers["content-type"]


async def test_no_secret_is_among_the_settings_shown_before_and_after_a_reload(tmp_path):
    canaries = [f"canary{number}" for number in range(7)]
    (tmp_path / "key").write_text(canaries[0])
    running = Reloadable(only=("modelarts_pools",))
    running.shop["credentials"] = {
        "access_key_id": canaries[1],
        "access_key_secret_file": str(tmp_path / "key"),
        "security_token": canaries[2],
        "role_arn": "acs:ram::1234567890123456:role/watcher",
        "external_id": canaries[3],
    }
    running.ml["credentials"] = {"username": "watcher", "domain": "shop", "password": canaries[4]}
    running.document["accounts"].append(
        {"name": "third", "provider": "aliyun", "credentials": {"credentials_uri": f"http://127.0.0.1/{canaries[5]}"}}
    )
    running.document["http"] = {"proxy": f"http://user:{canaries[6]}@proxy:3128"}
    before = (await running.get("/config")).text
    assert (await running.reloading.reload("test")).succeeded
    after = (await running.get("/config")).text
    assert "third" in after
    assert "third" not in before
    assert "http://user:********@proxy:3128" in after
    assert not [canary for canary in canaries if canary in before + after]
    await running.stop()
