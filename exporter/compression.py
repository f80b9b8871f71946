"""A gzip stream whose large first part is compressed once and whose small tail is added for every reader."""

import struct
import zlib
from dataclasses import dataclass

_LEVEL = 3  # about three times faster than 6, and a few percent larger on pages of metrics
_RAW = -zlib.MAX_WBITS
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # gzip, deflate, no name, no time, unknown system


@dataclass(frozen=True, slots=True)
class OpenGzip:
    """The beginning of a gzip stream: one member, not two, because many readers stop at the end of the first."""

    deflated: bytes
    checksum: int
    size: int

    def ended_with(self, tail: bytes) -> bytes:
        """The whole stream of the beginning and ``tail``."""
        end = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
        trailer = struct.pack("<LL", zlib.crc32(tail, self.checksum), (self.size + len(tail)) & 0xFFFFFFFF)
        return b"".join((_HEADER, self.deflated, end.compress(tail), end.flush(), trailer))


def open_gzip(data: bytes) -> OpenGzip:
    """Compress the beginning of a stream."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    # A full flush ends on a whole byte and lets the tail begin with an empty dictionary.
    return OpenGzip(deflate.compress(data) + deflate.flush(zlib.Z_FULL_FLUSH), zlib.crc32(data), len(data))
