"""Processes that come one after the other and leave a snapshot at a path, and snapshots that were tampered with."""

import hashlib
import json
import zlib

import structlog
from structlog.testing import capture_logs

from exporter.snapshot import Snapshot, file
from tests.doubles import Bench, FakeClock, simple_collector

LAST_SUCCESS = "cluster_exporter_snapshot_last_success_timestamp_seconds"
FAILURES = "cluster_exporter_snapshot_failures_total"
ROW = 'test_level{account="shop",object="a"} 1'


async def fetch(cloud, run) -> None:
    run.keep("a", ("a", 1))
    run.remember("what is remembered")


class Process:
    """An exporter of one collection that keeps a snapshot at a path."""

    def __init__(self, path, clock: FakeClock | None = None, collector=None, **settings) -> None:
        self.bench = Bench(collector or simple_collector(fetch), clock=clock, **settings)
        self.collection = self.bench.collection
        self.clock = self.bench.clock
        self.snapshot = Snapshot(
            path, lambda: [self.collection], version="1.2.3", metrics=self.bench.metrics, clock=self.clock
        )

    async def saved(self, **settings) -> None:
        await self.collection.run()
        await self.snapshot.save(**settings)


async def restored(path, clock: FakeClock, **settings) -> tuple[Process, list[dict]]:
    """A new process that looked for a snapshot, and what it logged."""
    process = Process(path, clock, **settings)
    structlog.reset_defaults()
    with capture_logs() as logs:
        await process.snapshot.restore()
    return process, logs


def resealed(content: bytes, alter) -> bytes:
    """A file with a header that was altered, and a checksum that fits."""
    _, line, body = content.split(b"\n", 2)
    header = json.loads(line)
    body = alter(header, body) or body
    rest = json.dumps(header).encode() + b"\n" + body
    return b"%b 1 %b\n" % (file.MAGIC, hashlib.sha256(rest).hexdigest().encode()) + rest


def with_lines(alter):
    """A file in which the lines of its only collection were altered."""

    def altered(header, body):
        packed = zlib.compress(b"".join(line + b"\n" for line in alter(zlib.decompress(body).splitlines())))
        header["chunks"] = [len(packed)]
        return packed

    return lambda content: resealed(content, altered)


def head_with(**values):
    def alter(lines):
        head = json.loads(lines[0])
        for name, value in values.items():
            (head["status"] if name in head["status"] else head)[name] = value
        return [json.dumps(head).encode(), *lines[1:]]

    return with_lines(alter)
