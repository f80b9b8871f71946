"""The file of a snapshot: checksum, header and the chunks of the collections; written whole or not at all.

Its first line names the format, the version of that and the checksum of all the rest; its second is a JSON object with
the moment of writing on both clocks and the lengths of the chunks that follow. Nothing in it is ever executed.
"""

import contextlib
import errno
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import Ge
from pydantic import FiniteFloat, TypeAdapter, ValidationError

from exporter import files

MAGIC = b"cloud-cluster-exporter-snapshot"
FORMAT = 1  # raised where an older exporter could misread the file
LARGEST = 256 * 1024 * 1024  # bytes of a file that is read or written
_ASIDE = ".ignored"  # what a file of somebody else is called once a snapshot stands in its place


class SnapshotError(Exception):
    """A snapshot that cannot be read or written; its text names the path and the reason."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks: epoch seconds, and the monotonic seconds of the process that wrote the file."""

    wall: FiniteFloat
    monotonic: FiniteFloat


@dataclass(frozen=True, slots=True)
class _Header:
    exporter: str
    saved: Moment
    chunks: tuple[Annotated[int, Ge(0)], ...]


_HEADER = TypeAdapter(_Header)


def read(path: Path) -> tuple[Moment, list[bytes]] | None:
    """When a snapshot was written, and its chunks; None where there is no file. Raises SnapshotError."""
    try:
        content = files.content(path, LARGEST)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _failed("cannot read", path, error) from None
    first, _, rest = content.partition(b"\n")
    magic, version, checksum = (*first.split(b" "), b"", b"", b"")[:3]
    if magic != MAGIC:
        moved = f"it will be called {path.name}{_ASIDE} once one is saved"
        raise SnapshotError(f"{path} is not a snapshot; {moved}" if content else f"{path} is empty")
    if version != b"%d" % FORMAT:
        shown = version[:20].decode("ascii", "replace")
        raise SnapshotError(f"{path} is of another version of the format: {shown}, not {FORMAT}")
    if checksum != hashlib.sha256(rest).hexdigest().encode():
        raise SnapshotError(f"{path} is damaged: its checksum does not fit")
    line, _, body = rest.partition(b"\n")
    try:
        header = _HEADER.validate_json(line, strict=True)
    except ValidationError:
        raise SnapshotError(f"{path} is damaged: its header cannot be read") from None
    if sum(header.chunks) != len(body):
        raise SnapshotError(f"{path} is damaged: its parts do not fit its length")
    chunks, start = [], 0
    for length in header.chunks:
        chunks.append(body[start : start + length])
        start += length
    return header.saved, chunks


def write(path: Path, exporter: str, saved: Moment, chunks: Iterable[bytes]) -> None:
    """Write a snapshot in place of the one before, readable by its owner only; raises SnapshotError.

    Whatever happens, there is a whole file: the old one or the new. A file that is no snapshot is kept beside it.
    """
    chunks = tuple(chunks)
    header = {
        "exporter": exporter,
        "saved": {"wall": saved.wall, "monotonic": saved.monotonic},
        "chunks": [len(chunk) for chunk in chunks],
    }
    parts = (json.dumps(header).encode() + b"\n", *chunks)
    if sum(map(len, parts)) > LARGEST:
        raise SnapshotError(f"the snapshot for {path} is too large: more than {LARGEST:,} bytes")
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    temporary = path.with_name(path.name + ".new")
    try:
        _write(temporary, (b"%b %d %b\n" % (MAGIC, FORMAT, digest.hexdigest().encode()), *parts))
        if _is_foreign(path):
            path.rename(path.with_name(path.name + _ASIDE))
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise _failed("cannot write", path, error) from None


def _write(path: Path, parts: Iterable[bytes]) -> None:
    path.unlink(missing_ok=True)  # what a process that was killed has left
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(descriptor)


def _is_foreign(path: Path) -> bool:
    """Whether a file is there that no exporter wrote, such as one that is named by mistake."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
    return bool(start) and start != MAGIC


def _sync_folder(folder: Path) -> None:
    """Have the name on the disk as well as the file; some file systems cannot, and need not."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def _failed(what: str, path: Path, error: OSError) -> SnapshotError:
    return SnapshotError(f"{what} {path}: {error.strerror or type(error).__name__}")
