"""Reads the body of an answer within bounds: bytes once unpacked, and depth and number of its JSON values."""

import json
import zlib
from collections.abc import AsyncIterator, Iterator

import httpx

from exporter.clouds.errors import BadResponseError

ACCEPTED = "gzip, deflate"
BODY_CAP = 32 * 2**20  # bytes; the largest documented page is far below
# An empty list takes three bytes of JSON and sixty of memory: the bytes alone bound nothing.
VALUE_CAP = 1_000_000
DEPTH_CAP = 64  # levels; the documented answers stay far below
_PIECE = 2**18  # bytes that are unpacked at a time


class NotReadError(ValueError):
    """Why a body is no JSON that can be read; the text goes on from "so many bytes" and quotes nothing of it."""


async def read_body(response: httpx.Response, operation: str) -> bytes:
    """The whole body, unpacked; raises BadResponseError for one that is too long or packed badly.

    It is unpacked piece by piece, where httpx would unpack as much as one read gives: a few kilobytes can hold
    gigabytes. What is packed in a way that was not asked for stays as it is.
    """
    body = bytearray()
    try:
        async for piece in _pieces(response):
            body += piece
            if len(body) > BODY_CAP:
                limit = f"{BODY_CAP // 2**20} MiB"
                raise BadResponseError(f"{operation}: the answer is longer than {limit}", operation=operation)
    except zlib.error:
        raise BadResponseError(f"{operation}: the body's compression is broken", operation=operation) from None
    return bytes(body)


async def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    stream = response.stream
    if not isinstance(stream, httpx.AsyncByteStream):
        raise TypeError("the body is no asynchronous stream")
    encoding = response.headers.get("content-encoding", "").strip().lower()
    packed = _Packed(encoding) if encoding in {"gzip", "x-gzip", "deflate"} else None
    async for raw in stream:
        if packed is None:
            yield raw
            continue
        for piece in packed.unpack(raw):
            yield piece
        if packed.at_end:  # what comes behind it is nobody's
            return


class _Packed:
    """A body in gzip or deflate."""

    def __init__(self, encoding: str) -> None:
        self._unpacker = zlib.decompressobj(zlib.MAX_WBITS if encoding == "deflate" else zlib.MAX_WBITS | 16)
        self._may_be_raw = encoding == "deflate"  # some send it without the header of zlib

    @property
    def at_end(self) -> bool:
        return self._unpacker.eof

    def unpack(self, raw: bytes) -> Iterator[bytes]:
        """The content of some more bytes, a piece at a time; raises zlib.error."""
        piece = b""
        while raw or len(piece) == _PIECE:  # a full piece may have left something behind, with nothing more to come
            try:
                piece = self._unpacker.decompress(raw, _PIECE)
            except zlib.error:
                if not self._may_be_raw:
                    raise
                self._unpacker, self._may_be_raw = zlib.decompressobj(-zlib.MAX_WBITS), False
                continue
            self._may_be_raw = False
            raw = self._unpacker.unconsumed_tail
            yield piece
        if self._unpacker.eof:
            yield self._unpacker.flush()


def parsed(body: bytes) -> object:
    """The JSON value in a body; raises NotReadError.

    NaN and Infinity are let in although they are no JSON: they cost their own series and nothing else (see values.py).
    """
    # Each value but the first follows one of these; those within texts only make the bound a little tighter.
    if body.count(b",") + body.count(b"[") + body.count(b"{") > VALUE_CAP:
        raise NotReadError(f"with more than {VALUE_CAP} values")
    deep = f"that are nested deeper than {DEPTH_CAP} levels"
    try:
        value: object = json.loads(body)
    except RecursionError:
        raise NotReadError(deep) from None
    except ValueError:
        raise NotReadError("that are not JSON") from None
    level = [value]
    for _ in range(DEPTH_CAP):
        level = [child for parent in level for child in _children(parent) if isinstance(child, dict | list)]
        if not level:
            return value
    raise NotReadError(deep)


def _children(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        return iter(value.values())
    return iter(value if isinstance(value, list) else ())
