"""Bodies within bounds: what is packed small and unpacks huge, nests deep, has no end, or no measure."""

import asyncio
import gzip
import json
import math
import tracemalloc
import zlib

import httpx
import pytest

from exporter.clouds import body as bodies
from exporter.clouds import payload as payloads
from exporter.clouds.body import NotReadError, parsed, read_body
from exporter.clouds.errors import BadResponseError, PermissionDeniedError, UnavailableError
from exporter.clouds.payload import Identifier, Payload, read_items
from exporter.clouds.values import Unreadable, number, text
from tests.clouds.test_http import REQUEST, Chunks, Endless
from tests.clouds.wire import Wire

PACK = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
    " deflate": lambda content: zlib.compress(content)[2:-4],  # without the header and the checksum of zlib
}


async def content_of(raw, encoding, size=None):
    size = size or max(len(raw), 1)
    pieces = Chunks(*(raw[start : start + size] for start in range(0, len(raw), size)))
    return await read_body(httpx.Response(200, headers={"content-encoding": encoding}, stream=pieces), "ListCluster")


@pytest.mark.parametrize("encoding", PACK)
@pytest.mark.parametrize("length", [0, 1, 2**18 - 1, 2**18, 2**18 + 1, 3 * 2**18, 700_000])
@pytest.mark.parametrize("size", [None, 7, 1000])
async def test_whatever_the_pieces_the_content_is_whole(encoding, length, size):
    content = (b'{"Code": 0, "Data": []}' * (length // 20 + 1))[:length]

    assert content == await content_of(PACK[encoding](content), encoding, size)


@pytest.mark.parametrize("encoding", [" deflate", "deflate", "gzip"])
async def test_what_the_end_of_a_full_piece_leaves_behind_is_not_lost(encoding):
    for beyond in range(0, 300, 7):  # the last bytes of input may stand for as many as this
        content = b"x" * (2**18 + beyond)
        assert content == await content_of(PACK[encoding](content), encoding)


@pytest.mark.parametrize("encoding", ["", "identity", "br", "zstd", "gzip, gzip"])
async def test_what_was_not_asked_for_stays_packed(encoding):
    raw = gzip.compress(gzip.compress(b"{}"))

    assert raw == await content_of(raw, encoding)


async def test_only_what_can_be_bounded_is_asked_for():
    wire = Wire(lambda _: httpx.Response(200, json={}))

    await wire.channel.send(REQUEST)

    assert "gzip, deflate" == wire.requests[0].headers["accept-encoding"]


async def test_a_bomb_is_never_held_in_memory_whole():
    bomb = gzip.compress(b" " * (4 * bodies.BODY_CAP), 1)  # in one piece, as one read of the network could give it
    tracemalloc.start()
    try:
        with pytest.raises(BadResponseError, match="ListCluster: the answer is longer than 32 MiB"):
            await content_of(bomb, "gzip")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 2.5 * bodies.BODY_CAP


async def test_what_comes_behind_a_packed_body_is_not_read():
    class Tail(Endless):
        async def __aiter__(self):
            yield gzip.compress(b"{}")
            async for piece in super().__aiter__():
                yield piece

    tail = Tail(b"x" * 1000)

    assert b"{}" == await read_body(httpx.Response(200, headers={"content-encoding": "gzip"}, stream=tail), "x")
    assert 0 == tail.sent


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("packed", [b"this is neither", b"\x1f\x8b\x08\x00 broken"])
async def test_a_body_that_is_packed_badly_is_a_bad_response(encoding, packed):
    with pytest.raises(BadResponseError, match="ListCluster: the body's compression is broken"):
        await content_of(packed, encoding)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[" * 65 + b"]" * 65, "that are nested deeper than 64 levels"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "that are nested deeper than 64 levels"),
        (b"[" * 100_000, "that are nested deeper than 64 levels"),
        (b"[" + b"0," * 1_000_000 + b"0]", "with more than 1000000 values"),
        (b"[" + b"[]," * 600_000 + b"[]]", "with more than 1000000 values"),
        (b"1" * 5000, "that are not JSON"),
        (b"[1", "that are not JSON"),
    ],
    ids=["lists", "objects", "no end", "values", "lists within", "long number", "cut"],
)
async def test_a_body_beyond_the_bounds_says_so(body, why):
    wire = Wire(lambda _: httpx.Response(200, content=body, headers={"content-type": "application/json"}))

    with pytest.raises(BadResponseError) as caught:
        await wire.channel.send(REQUEST)

    assert f"ListCluster: HTTP 200 with {len(body)} bytes of application/json {why}" == str(caught.value)
    assert 1 == len(wire.requests)


async def test_an_error_with_such_a_body_is_known_by_its_status():
    wire = Wire(lambda _: httpx.Response(403, content=b"[" * 100_000))

    with pytest.raises(PermissionDeniedError, match="nested deeper"):
        await wire.channel.send(REQUEST)


def test_a_body_at_the_bounds_is_read():
    deep = b"[" * 64 + b"]" * 64
    long = b"[" + b"0," * 999_999 + b"0]"

    assert json.loads(deep) == parsed(deep)
    assert 1_000_000 == len(parsed(long))


def test_a_reason_quotes_nothing_of_the_body():
    with pytest.raises(NotReadError) as caught:
        parsed(b'{"Password": "never-shown"')

    assert "never-shown" not in repr(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity", "1e999", "1" * 4000])
def test_numbers_without_measure_cost_their_own_series_and_nothing_else(written):
    answer = parsed(f'{{"WorkLoadCpu": {written}, "ClusterId": "c-1"}}'.encode())

    assert "c-1" == answer["ClusterId"]
    with pytest.raises(Unreadable):
        number(answer["WorkLoadCpu"])
    assert text(answer["WorkLoadCpu"])


def test_what_is_no_number_at_all_is_not_taken_for_one():
    assert math.isnan(parsed(b"NaN"))


def test_a_list_of_one_answer_has_so_many_items_at_most():
    class Cluster(Payload):
        cluster_id: Identifier

    rows = [{"ClusterId": str(index)} for index in range(payloads.ITEM_CAP + 1)]

    assert payloads.ITEM_CAP == len(read_items(rows[:-1], Cluster, operation="ListCluster", name="Data")[0])
    with pytest.raises(BadResponseError, match="ListCluster: the list Data has 20001 items in one answer"):
        read_items(rows, Cluster, operation="ListCluster", name="Data")


async def test_headers_without_end_are_given_up():
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        try:
            while True:
                writer.write(b"x-header: " + b"y" * 4000 + b"\r\n")
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    transport = httpx.AsyncHTTPTransport()
    async with server, transport:
        wire = Wire(transport, endpoint=f"http://{host}:{port}")
        with pytest.raises(UnavailableError, match=r"RemoteProtocolError"):
            await wire.channel.send(REQUEST)
