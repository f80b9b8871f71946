"""Whatever stands at the path of the snapshot, the exporter starts; and it loses nothing of anybody's."""

import os
import zlib

import pytest

from exporter.snapshot import chunk, file
from tests.doubles import FakeClock
from tests.snapshots import FAILURES, ROW, Process, head_with, resealed, restored, with_lines


@pytest.fixture
def path(tmp_path):
    return tmp_path / "snapshot"


DAMAGED = {
    "nothing at all": (lambda _: b"", "is empty"),
    "garbage": (lambda _: b"\x00\xff" * 500, "is not a snapshot; it will be called snapshot.ignored"),
    "settings": (lambda _: b"accounts:\n- name: shop\n", "is not a snapshot"),
    "a pickle": (lambda _: b"\x80\x04\x95cos\nsystem\n(S'true'\ntR.", "is not a snapshot"),
    "cut off": (lambda content: content[:-20], "its checksum does not fit"),
    "cut in the first line": (lambda content: content[:40], "its checksum does not fit"),
    "one bit": (lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:], "its checksum does not fit"),
    "something behind it": (lambda content: content + b"more", "its checksum does not fit"),
    "a format to come": (lambda content: content.replace(b" 1 ", b" 2 ", 1), "another version of the format: 2, not 1"),
    "an odd header": (lambda content: resealed(content, lambda header, _: header.clear()), "its header cannot be read"),
    "odd lengths": (
        lambda content: resealed(content, lambda header, _: header.update(chunks=[1])),
        "do not fit its length",
    ),
    "a negative length": (
        lambda content: resealed(content, lambda header, body: header.update(chunks=[len(body) + 5, -5])),
        "its header cannot be read",
    ),
    "not packed": (
        lambda content: resealed(content, lambda _, body: b"x" * len(body)),
        "a collection cannot be unpacked",
    ),
    "half a collection": (
        lambda content: resealed(
            content, lambda header, body: header.update(chunks=[len(body) - 9]) or body[: len(body) - 9]
        ),
        "a collection is cut off",
    ),
    "no lines": (with_lines(lambda _: []), "the head of a collection cannot be read"),
    "a head of another kind": (with_lines(lambda lines: [b"[]", *lines[1:]]), "the head of a collection"),
    "a head that is no JSON": (with_lines(lambda lines: [b"{", *lines[1:]]), "the head of a collection"),
    "no number": (head_with(last_run=float("nan")), "the head of a collection"),
    "a run for ever": (head_with(interval=float("inf")), "the head of a collection"),
    "a result that there is not": (head_with(result="fine"), "has a result that there is not"),
    "an odd memory": (with_lines(lambda lines: [lines[0], b"7", *lines[2:]]), "the memory of a collection"),
    "odd rows": (with_lines(lambda lines: [*lines[:2], b'["a","b"]']), "the rows of an object"),
    "rows of no time": (
        with_lines(lambda lines: [*lines[:2], lines[2].replace(b"1000.0", b"NaN")]),
        "the rows of an object",
    ),
    "rows of another metric": (
        with_lines(lambda lines: [*lines[:2], lines[2].replace(b'"test_level":', b'"test_other":')]),
        "rows of a metric that the collector does not have",
    ),
}


@pytest.mark.parametrize(("damage", "reason"), DAMAGED.values(), ids=DAMAGED.keys())
async def test_a_file_that_cannot_be_used_is_told_of_once_and_passed_over(path, damage, reason):
    first = Process(path)
    await first.saved()
    path.write_bytes(damage(path.read_bytes()))
    second, logs = await restored(path, first.clock)
    [line] = logs
    assert ("warning", "the snapshot is ignored") == (line["log_level"], line["event"])
    assert str(path) in line["reason"]
    assert reason in line["reason"]
    assert ("", None) == (second.collection.record.status.result, second.collection.record.memory)
    assert "" == await second.bench.page("test_level")
    await second.saved()
    third, _ = await restored(path, first.clock)
    assert ROW == await third.bench.page("test_level")


async def test_a_file_of_somebody_else_is_kept_beside_the_snapshot(path):
    path.write_text("accounts: []\n")
    await Process(path).saved()
    assert "accounts: []\n" == path.with_name("snapshot.ignored").read_text()
    assert path.read_bytes().startswith(file.MAGIC)


async def test_a_file_that_is_too_large_is_not_even_read(path):
    with path.open("wb") as large:
        large.truncate(file.LARGEST + 1)
    _, logs = await restored(path, FakeClock())
    assert f"cannot read {path}: it is larger than {file.LARGEST:,} bytes" == logs[0]["reason"]


async def test_a_little_that_unpacks_to_very_much_is_given_up():
    packer = zlib.compressobj(9)
    pieces = [packer.compress(bytes(1024 * 1024)) for _ in range(64)]
    packed = b"".join((*pieces, packer.flush()))
    assert len(packed) < 100_000
    with pytest.raises(chunk.DamagedError, match="takes more than 1,048,576 bytes"):
        list(chunk.unpacked(packed, 1024 * 1024))


async def test_a_pipe_or_a_folder_at_the_path_holds_nothing_up(path):
    os.mkfifo(path)
    _, logs = await restored(path, FakeClock())
    assert f"cannot read {path}: it is no regular file" == logs[0]["reason"]
    path.unlink()
    path.mkdir()
    process, logs = await restored(path, FakeClock())
    assert f"cannot read {path}: Is a directory" == logs[0]["reason"]
    await process.saved()
    assert 1 == process.bench.counted(FAILURES)
