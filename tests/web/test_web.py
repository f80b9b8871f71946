"""The pages over HTTP."""

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.clouds.errors import AuthError
from exporter.collection import Limits
from exporter.web import Sources, create_web
from tests.doubles import Bench, simple_collector

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


class Site:
    """The web application of one collection."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.error: Exception | None = None
        self.problems: list[str] = []

        async def fetch(_, run):
            if self.error:
                raise self.error
            run.keep("a", ("<b>", 1))

        self.bench = Bench(simple_collector(fetch), limits=limits)
        sources = Sources(
            self.bench.store, self.bench.metrics.registry, [self.bench.collection], lambda: self.problems, "1.2.3"
        )
        self.app = create_web(sources)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://exporter") as client:
            return await client.get(path, headers={"accept-encoding": "identity", **headers})


@pytest.fixture
async def site() -> Site:
    site = Site()
    await site.bench.collection.run()
    return site


def names(families) -> set[str]:
    return {sample.name for family in families for sample in family.samples}


async def test_the_page_is_prometheus_text_by_default(site):
    answer = await site.get("/metrics")
    assert "text/plain; version=0.0.4; charset=utf-8" == answer.headers["content-type"]
    assert {"test_level", "cluster_exporter_collector_success", "cluster_exporter_build_info"} <= names(
        parse_text(answer.text)
    )


@pytest.mark.parametrize("accept", [OPENMETRICS, PROMETHEUS_3])
async def test_the_page_is_openmetrics_when_asked_for(site, accept):
    answer = await site.get("/metrics", accept=accept)
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")
    found = names(parse_openmetrics(answer.text))
    assert {"test_level", "cluster_exporter_collector_failures_total"} <= found
    assert not any(name.endswith("_created") for name in found if name.startswith("cluster_exporter"))


async def test_a_compressed_page_is_the_plain_one(site):
    answer = await site.get("/metrics", **{"accept-encoding": "gzip"})
    assert "gzip" == answer.headers["content-encoding"]
    assert "test_level" in answer.text
    assert "cluster_exporter_build_info" in answer.text


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("gzip;q=1.0", True),
        ("gzip;q=0", False),
        ("br, gzip ; q=0.000", False),
        ("identity", False),
        ("notgzip", False),
        ("", False),
    ],
)
async def test_a_page_is_compressed_only_for_those_who_take_it(site, accepted, compressed):
    answer = await site.get("/metrics", **{"accept-encoding": accepted})
    assert compressed == (answer.headers.get("content-encoding") == "gzip")
    assert "cluster_exporter_build_info" in answer.text


@pytest.mark.parametrize(
    ("interval", "shown"), [(45, "45 s"), (60, "1 min"), (1800, "30 min"), (3600, "1 h"), (5430, "1 h 30 min 30 s")]
)
async def test_the_landing_page_shows_intervals_for_people(interval, shown):
    site = Site(Limits(interval, 50, 3 * interval, 50_000))
    assert f"<td>{shown}</td>" in (await site.get("/")).text


async def test_collect_narrows_the_page(site):
    assert "test_level" in (await site.get("/metrics?collect[]=test_collector")).text


async def test_an_unknown_collector_is_refused_with_the_names_there_are(site):
    answer = await site.get("/metrics?collect[]=nonsense")
    assert (400, "collect[]: unknown collector 'nonsense'; there are test_collector\n") == (
        answer.status_code,
        answer.text,
    )


async def test_ready_once_every_collection_was_tried():
    site = Site()
    assert (503, "test_collector/shop/global has not run yet\n") == (
        (answer := await site.get("/-/ready")).status_code,
        answer.text,
    )
    site.error = AuthError("wrong key")
    await site.bench.collection.run()
    assert 200 == (await site.get("/-/ready")).status_code


async def test_healthy_says_what_is_wrong(site):
    assert (200, "ok\n") == ((answer := await site.get("/-/healthy")).status_code, answer.text)
    site.problems = ["a job is overdue"]
    assert (503, "a job is overdue\n") == ((answer := await site.get("/-/healthy")).status_code, answer.text)


async def test_the_landing_page_shows_every_collection_and_why_it_fails(site):
    assert "success" in (await site.get("/")).text
    site.error = AuthError("List: <wrong> key")
    await site.bench.collection.run()
    text = (await site.get("/")).text
    assert '<span class="bad">auth</span>' in text
    assert "List: &lt;wrong&gt; key" in text
    assert "1.2.3" in text


async def test_nothing_but_get_is_answered(site):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=site.app), base_url="http://exporter") as client:
        assert 405 == (await client.post("/metrics")).status_code
        assert 404 == (await client.get("/nothing")).status_code
