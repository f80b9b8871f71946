"""Samples of many series over time, and how they are written to a Prometheus that takes what is sent to it."""

import re
import struct
import urllib.request
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
"""The value with which Prometheus marks the end of a series."""

_LINE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
_PAIR = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_A_REQUEST = 40_000  # samples
_SLICE = 3600  # seconds; what is older than an hour when it comes is out of order, which costs Prometheus a lot

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Series:
    """One series: moments in epoch seconds, in order, with their values."""

    moments: "array[float]" = field(default_factory=lambda: array("d"))
    values: "array[float]" = field(default_factory=lambda: array("d"))


@dataclass(slots=True)
class Samples:
    """Series by their labels, which are sorted and have the name as ``__name__``."""

    series: dict[Labels, Series] = field(default_factory=dict)
    _heads: dict[str, Labels] = field(default_factory=dict)
    _there: set[Labels] = field(default_factory=set)

    def add(self, labels: Labels, moment: float, value: float) -> None:
        """One sample, later than those of its series that are there already."""
        series = self.series.setdefault(labels, Series())
        series.moments.append(moment)
        series.values.append(value)

    def scrape(self, page: str, moment: float, target: Mapping[str, str]) -> None:
        """A whole page as one scrape of a target: series that are not on it any more end."""
        seen: set[Labels] = set()
        for line in page.splitlines():
            if line and not line.startswith("#"):
                head, _, value = line.rpartition(" ")
                labels = self._heads.get(head)
                if labels is None:
                    labels = self._heads[head] = _labels_of(line, target)
                seen.add(labels)
                self.add(labels, moment, float(value))
        for labels in self._there - seen:
            self.add(labels, moment, STALE)
        self._there = seen

    def requests(self) -> Iterator[bytes]:
        """Everything as the bodies of remote-write requests, an hour of all series after the other."""
        if not self.series:
            return
        begin = min(series.moments[0] for series in self.series.values())
        end = max(series.moments[-1] for series in self.series.values())
        for hour in range(int(begin // _SLICE), int(end // _SLICE) + 1):
            body, size = bytearray(), 0
            for labels, series in self.series.items():
                first, last = (bisect_left(series.moments, at * _SLICE) for at in (hour, hour + 1))
                if first < last:
                    body += _message(1, _time_series(labels, series, first, last))
                    size += last - first
                if size > _A_REQUEST:
                    yield _snappy(bytes(body))
                    body, size = bytearray(), 0
            if body:
                yield _snappy(bytes(body))


def labels_of(name: str, labels: Mapping[str, str]) -> Labels:
    """The labels of a series with its name among them; empty ones are none."""
    return tuple(sorted({"__name__": name, **{key: value for key, value in labels.items() if value}}.items()))


def write(address: str, samples: Samples) -> None:
    """Send everything to a Prometheus' remote-write receiver."""
    for body in samples.requests():
        headers = {
            "content-type": "application/x-protobuf",
            "content-encoding": "snappy",
            "x-prometheus-remote-write-version": "0.1.0",
        }
        request = urllib.request.Request(f"http://{address}/api/v1/write", body, headers)
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 -- loopback
            answer.read()


def _labels_of(line: str, target: Mapping[str, str]) -> Labels:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"not a sample: {line}")
    pairs = {name: _ESCAPED.sub(_unescaped, value) for name, value in _PAIR.findall(match[2] or "")}
    return labels_of(match[1], {**target, **pairs})


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]


def _time_series(labels: Labels, series: Series, first: int, last: int) -> bytes:
    written = b"".join(_message(1, _message(1, name.encode()) + _message(2, value.encode())) for name, value in labels)
    return written + b"".join(
        _message(2, b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(round(moment * 1000)))
        for moment, value in zip(series.moments[first:last], series.values[first:last], strict=True)
    )


def _message(number: int, content: bytes) -> bytes:
    """A field of protocol buffers that is a text or a message."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


def _snappy(content: bytes) -> bytes:
    """In snappy's format, without making it smaller: literal pieces only."""
    return _varint(len(content)) + b"".join(_literals(content))


def _literals(content: bytes) -> Iterable[bytes]:
    for begin in range(0, len(content), 0x10000):
        piece = content[begin : begin + 0x10000]
        yield b"\xf4" + struct.pack("<H", len(piece) - 1) + piece
