import httpx
import pytest

from exporter.mixin import runbook_pages
from exporter.web import Runbook, Sources, create_web
from tests.doubles import Bench, simple_collector
from tests.simulated import Simulated

RUNBOOKS = {
    "": Runbook("Alerts", '<h1 id="alerts">Alerts</h1>'),
    "emr.md": Runbook("EMR <clusters>", '<h2 id="emrclusterabnormal">EmrClusterAbnormal</h2>'),
}


async def get(path: str, runbooks: dict[str, Runbook] = RUNBOOKS) -> httpx.Response:
    async def fetch(_, __):
        """Nothing."""

    bench = Bench(simple_collector(fetch))
    app = create_web(Sources(bench.store, bench.metrics.registry, [bench.collection], list, "1.2.3", runbooks))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://exporter") as client:
        return await client.get(path)


@pytest.mark.parametrize("path", ["/runbooks/emr.md", "/runbooks/emr", "/runbooks/emr.md?from=alert"])
async def test_a_page_is_found_with_and_without_its_ending(path):
    answer = await get(path)
    assert (200, "text/html; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    assert RUNBOOKS["emr.md"].body in answer.text
    assert "<title>EMR &lt;clusters&gt;</title>" in answer.text


async def test_the_index_is_at_the_path_itself():
    assert RUNBOOKS[""].body in (await get("/runbooks/")).text


async def test_the_path_without_its_slash_leads_to_the_index():
    answer = await get("/runbooks")
    assert (307, "http://exporter/runbooks/") == (answer.status_code, str(answer.next_request.url))


async def test_every_page_leads_to_the_index_and_the_status():
    for path in ("/runbooks/", "/runbooks/emr.md", "/runbooks/nothing.md"):
        text = (await get(path)).text
        assert '<a href="./">All alerts</a>' in text
        assert '<a href="../">Status of the exporter</a>' in text
    assert '<a href="/runbooks/">Runbooks</a>' in (await get("/")).text


@pytest.mark.parametrize("path", ["/runbooks/", "/runbooks/emr.md", "/runbooks/nothing.md", "/"])
async def test_a_page_runs_no_scripts_and_loads_nothing(path):
    headers = (await get(path)).headers
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    assert policy == headers["content-security-policy"]


async def test_an_unknown_page_is_not_found_and_names_the_index():
    answer = await get("/runbooks/%3Cscript%3E.md")
    assert 404 == answer.status_code
    assert "There is no &lt;script&gt;.md here." in answer.text
    assert "<script>" not in answer.text
    assert '<a href="./">All alerts</a>' in answer.text


@pytest.mark.parametrize("path", ["/runbooks/../metrics", "/runbooks/..%2f..%2fpyproject.toml", "/runbooks/a/b"])
async def test_nothing_but_the_pages_is_to_be_had(path):
    answer = await get(path)
    assert "[project]" not in answer.text
    assert 404 == answer.status_code or "cluster_exporter_build_info" in answer.text


async def test_without_runbooks_there_is_no_index():
    answer = await get("/runbooks/", {})
    assert (404, True) == (answer.status_code, "There is no index here." in answer.text)


async def test_a_phone_shows_a_page_in_its_own_width():
    assert (
        '<meta name="viewport" content="width=device-width, initial-scale=1">' in (await get("/runbooks/emr.md")).text
    )


async def test_an_exporter_serves_the_pages_that_it_came_with():
    assert runbook_pages()[""].body in (await Simulated().get("/runbooks/")).text
