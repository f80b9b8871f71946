"""Files whose paths were written by hand, and so may be anything."""

import os
from pathlib import Path

import pytest

from exporter import files


def test_a_file_is_read_whole(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    assert b"x" * 100 == files.content(path, 100)


def test_a_link_leads_to_its_file(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    assert b"x" == files.content(tmp_path / "link")


def test_no_more_is_read_than_there_should_be(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 101)
    with pytest.raises(OSError, match="it is larger than 100 bytes"):
        files.content(path, 100)


def test_what_is_no_file_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(OSError, match="it is no regular file"):
            files.content(path)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.content(tmp_path / "nothing")


def test_nothing_is_left_open(tmp_path):
    open_files = Path("/proc/self/fd")
    before = [*open_files.iterdir()]
    for _ in range(10):
        with pytest.raises(OSError, match="Is a directory"):
            files.content(tmp_path)
    assert before == [*open_files.iterdir()]
