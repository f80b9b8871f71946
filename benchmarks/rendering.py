"""How our rendering compares with prometheus-client's for the same 100,000 samples: once a run, and once a scrape.

Prints ratios measured side by side (medians of several turns), because absolute times of one machine say little.

    python benchmarks/rendering.py [--samples 100000] [--turns 7]

1. *Rendering*: samples to text, ours against ``generate_latest`` of a registry with the same samples.
   "first" has to escape every label, "next" has the heads of the lines from the run before.
2. *Scraping*: a GET of ``/metrics`` over loopback from uvicorn, our finished page against a page that
   prometheus-client renders on demand (its own ASGI application), both plain and compressed.
"""

import argparse
import asyncio
import contextlib
import gc
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import uvicorn
from prometheus_client import CollectorRegistry, generate_latest, make_asgi_app
from prometheus_client.core import GaugeMetricFamily
from starlette.types import ASGIApp

from exporter.exposition import Renderer
from exporter.metric import Metric, Sample
from exporter.self_metrics import SelfMetrics
from exporter.store import CollectionKey, Part, PartKey, Record, Status, Store, build_block
from exporter.web import Sources, create_web

METRICS = [
    Metric(f"bench_{number:02}_bytes", "A gauge of the benchmark.", ("account", "cluster_id", "node_id"))
    for number in range(20)
]


def samples_of(count: int) -> list[Sample]:
    """Samples as a collection of nodes makes them."""
    return [
        metric(float(number) + 0.25, account="shop", cluster_id=f"c{number % 100}", node_id=f"i-{number:08x}")
        for number in range(count // len(METRICS))
        for metric in METRICS
    ]


class PeerCollector:
    """The same samples for prometheus-client, made the way its documentation advises for exporters."""

    def __init__(self, samples: list[Sample]) -> None:
        self._families: dict[Metric, GaugeMetricFamily] = {}
        for metric, labels, value in samples:
            if metric not in self._families:
                self._families[metric] = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
            self._families[metric].add_metric(labels, value)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The families, ready made: only their rendering is measured."""
        yield from self._families.values()


def timed(work: Callable[[], object]) -> float:
    """Seconds that a piece of work takes."""
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(name: str, ours: Callable[[], object], peer: Callable[[], object], turns: int, aim: str) -> None:
    """Measure both in turn and print the median of the ratios."""
    ours()
    peer()
    pairs = [(timed(ours), timed(peer)) for _ in range(turns)]
    ratio = statistics.median(theirs / mine for mine, theirs in pairs)
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{name:<46} {ratio:8.1f} times faster   ({mine * 1e3:8.2f} ms against {theirs * 1e3:8.2f} ms)   aim {aim}")


@contextlib.contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """An application on loopback, in a thread of its own; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/metrics"
        server.should_exit = True
        thread.join()


def our_app(samples: list[Sample]) -> ASGIApp:
    """Our web application with all samples in one collection."""
    renderer = Renderer()
    part = Part(renderer.render(samples), len(samples), time.monotonic())
    store = Store(METRICS, time.monotonic)
    block = build_block({PartKey("all", "all", "P"): part}, time.monotonic(), 3600, len(samples))
    store.put(CollectionKey("bench", "shop", "global"), Record(Status(60, 60, 3600, len(samples)), block))
    return create_web(Sources(store, SelfMetrics("0", time.time()).registry, [], list, "0"))


def main() -> None:
    """Run both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=7)
    options = parser.parse_args()
    samples = samples_of(options.samples)
    registry = CollectorRegistry()
    registry.register(PeerCollector(samples))
    known = Renderer()

    def first() -> object:
        return Renderer().render(samples)

    def following() -> object:
        known.begin()
        return known.render(samples)

    def peer() -> object:
        return generate_latest(registry)

    print(f"{len(samples):,} samples, median of {options.turns} turns, prometheus-client in the same run\n")
    compare("rendering, first run", first, peer, options.turns, ">= 4")
    compare("rendering, next runs", following, peer, options.turns, ">= 4")
    with (
        served(our_app(samples)) as ours,
        served(make_asgi_app(registry)) as theirs,
        httpx.Client(timeout=60) as client,
    ):
        for form in ("identity", "gzip"):
            headers = {"accept-encoding": form}

            def get(url: str, headers: dict[str, str] = headers) -> int:
                with client.stream("GET", url, headers=headers) as answer:
                    return sum(len(chunk) for chunk in answer.iter_raw())

            compare(f"scrape, {form}", lambda: get(ours), lambda: get(theirs), options.turns, ">= 50")


if __name__ == "__main__":
    main()
