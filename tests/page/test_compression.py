"""The page's compression: one gzip stream, whatever the tail."""

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from exporter.compression import open_gzip


@given(st.binary(max_size=5000), st.binary(max_size=500))
def test_beginning_and_tail_are_one_gzip_member(beginning, tail):
    stream = open_gzip(beginning).ended_with(tail)
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert beginning + tail == member.decompress(stream) + member.flush()
    assert member.eof
    assert b"" == member.unused_data
    assert beginning + tail == gzip.decompress(stream)
