"""One collection in a snapshot: its record as compressed lines of JSON, and back.

The first line says whose it is and how its last run ended; the second is the memory, in the form of the collector's
declared type; each further one is a part: what one call gave of one object. Times stay those of the writing process.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any

from annotated_types import Ge
from pydantic import FiniteFloat, TypeAdapter, ValidationError

from exporter.clouds.errors import CloudError
from exporter.collectors.collector import Collector
from exporter.metric import Metric
from exporter.self_metrics import RESULTS
from exporter.snapshot.identity import fingerprint
from exporter.store import Block, CollectionKey, Part, PartKey, Record, Status, Turns

LARGEST = 1024 * 1024 * 1024  # bytes of a chunk once it is unpacked
_PIECE = 1024 * 1024  # bytes that are unpacked at once
_FAST = 1  # zlib's level: rows repeat so much that a higher one gains little


class DamagedError(Exception):
    """A chunk that is not what this version writes."""


class EarlierFailure(CloudError):  # noqa: N818 -- no new failure, but what is known of one
    """Why an object failed when it was last asked, as told by an earlier process."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Head:
    """Whose chunk it is, what it was made with, and all of the record that is small.

    ``metrics`` and ``memory`` are fingerprints of what the collector declared: its series, and the form of its memory.
    ``failed`` are the reason and the text of each owner that failed when it was last asked.
    """

    key: tuple[str, str, str]
    identity: str
    metrics: str
    memory: str
    status: Status
    remembered_at: FiniteFloat
    asked_at: Mapping[str, FiniteFloat]
    cut: frozenset[str]
    failed: Mapping[str, tuple[str, str]]
    unread: frozenset[str]


_Line = tuple[str, str, str, FiniteFloat, bool, dict[str, str]]  # a part: its key, read_at, urgent, texts by metric
_HEAD = TypeAdapter(Head)
_LINE = TypeAdapter(_Line)
_Seconds = Annotated[FiniteFloat, Ge(0)]
_TIMES = TypeAdapter(tuple[_Seconds, _Seconds, _Seconds, _Seconds | None])


@cache
def metrics_of(collector: Collector[Any, Any]) -> str:
    """The fingerprint of the series that a collector makes."""
    return fingerprint([[each.name, each.labels, each.type, each.states] for each in collector.metrics])


@cache
def memory_type(collector: Collector[Any, Any]) -> TypeAdapter[Any]:
    """How a collector's memory is written and read."""
    return TypeAdapter(collector.memory or type(None))


@cache
def memory_of(collector: Collector[Any, Any]) -> str:
    """The fingerprint of the form of a collector's memory."""
    return fingerprint(memory_type(collector).json_schema(mode="serialization"))


def packed(key: CollectionKey, identity: str, collector: Collector[Any, Any], record: Record) -> bytes:
    """The chunk of a collection."""
    packer = zlib.compressobj(_FAST)
    # Line by line: encoding all of it at once would hold up the event loop, though it is done in another thread.
    pieces = [packer.compress(line + b"\n") for line in _lines(key, identity, collector, record)]
    return b"".join((*pieces, packer.flush()))


def _lines(key: CollectionKey, identity: str, collector: Collector[Any, Any], record: Record) -> Iterator[bytes]:
    turns = record.turns
    head = Head(
        key=(key.collector, key.account, key.region_id),
        identity=identity,
        metrics=metrics_of(collector),
        memory=memory_of(collector),
        status=record.status,
        remembered_at=record.remembered_at,
        asked_at=turns.asked_at,
        cut=turns.cut,
        failed={owner: (error.reason, str(error)) for owner, error in turns.failed.items()},
        unread=turns.unread,
    )
    yield _encoded(_HEAD.dump_python(head, mode="json"))
    yield _encoded(_memory(collector, record.memory))
    for (owner, unit, kind), part in record.block.parts.items():
        texts = {metric.name: text for metric, text in part.texts.items()}
        yield _encoded([owner, unit, kind, part.read_at, part.urgent, texts])


def _memory(collector: Collector[Any, Any], memory: object) -> object:
    return None if memory is None else memory_type(collector).dump_python(memory, mode="json")


def _encoded(plain: object) -> bytes:
    # A field of an answer may hold half a character, which JSON can write and UTF-8 cannot.
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


class Chunk:
    """A chunk as it was read: its head at once, the rest of it when it is asked for; raises DamagedError."""

    def __init__(self, data: bytes) -> None:
        self._lines = unpacked(data)
        try:
            self.head = _HEAD.validate_json(next(self._lines), strict=True)
            status = self.head.status
            _TIMES.validate_python((status.interval, status.duration, status.last_run, status.last_success))
        except (ValidationError, StopIteration):
            raise DamagedError("the head of a collection cannot be read") from None
        results = {status.result or RESULTS[0], *(reason for reason, _ in self.head.failed.values())}
        if not results <= {*RESULTS}:
            raise DamagedError("a collection has a result that there is not")

    @property
    def key(self) -> CollectionKey:
        """Whose it is."""
        return CollectionKey(*self.head.key)

    def record(self, collector: Collector[Any, Any]) -> Record:
        """The record, with the times of the process that wrote it; to be asked for once.

        Rows of metrics that the collector does not make, or made differently, are left out, and with them how the last
        run ended: no run of this version has found nothing. A memory of another form is left out as well.
        """
        head = self.head
        line = next(self._lines, b"null")
        memory = None
        if head.memory == memory_of(collector) and line != b"null":
            try:
                memory = memory_type(collector).validate_json(line, strict=True)
            except ValidationError:
                raise DamagedError("the memory of a collection cannot be read") from None
        metrics = {each.name: each for each in collector.metrics} if head.metrics == metrics_of(collector) else {}
        failed = {owner: EarlierFailure(*told) for owner, told in head.failed.items()}
        turns = Turns(head.asked_at, head.cut, failed, head.unread)
        parts = dict(_parts(self._lines, metrics)) if metrics else {}
        return Record(head.status if metrics else _untold(head.status), Block(parts), memory, head.remembered_at, turns)


def _untold(status: Status) -> Status:
    """How a collection is doing whose last run says nothing of this version."""
    return replace(status, interval=status.configured_interval, result="", failed=(), message="")


def _parts(lines: Iterable[bytes], metrics: Mapping[str, Metric]) -> Iterator[tuple[PartKey, Part]]:
    for line in lines:
        try:
            owner, unit, kind, read_at, urgent, texts = _LINE.validate_json(line, strict=True)
        except ValidationError:
            raise DamagedError("the rows of an object cannot be read") from None
        if any(name not in metrics for name in texts):
            raise DamagedError("there are rows of a metric that the collector does not have")
        series = sum(text.count("\n") for text in texts.values())
        rendered = {metrics[name]: text for name, text in texts.items()}
        yield PartKey(owner, unit, kind), Part(rendered, series, read_at, urgent)


def unpacked(data: bytes, largest: int = LARGEST) -> Iterator[bytes]:
    """The lines of a chunk, a piece at a time: what is small when packed may be very large."""
    unpacker, size = zlib.decompressobj(), 0
    begun: list[bytes] = []
    while not unpacker.eof:
        try:
            piece = unpacker.decompress(data, _PIECE) if data else unpacker.flush()
        except zlib.error:
            raise DamagedError("a collection cannot be unpacked") from None
        if not data and not unpacker.eof:
            raise DamagedError("a collection is cut off")
        data = unpacker.unconsumed_tail
        size += len(piece)
        if size > largest:
            raise DamagedError(f"a collection takes more than {largest:,} bytes")
        first, *others = piece.split(b"\n")
        begun.append(first)
        for line in others:
            yield b"".join(begun)
            begun = [line]
    if any(begun):
        raise DamagedError("a collection is cut off")
