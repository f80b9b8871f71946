"""Reading a file that may be anything, because its path was written by hand."""

import errno
import os
import stat
from pathlib import Path

LARGEST = 16 * 1024 * 1024  # bytes of what people write: settings, and the files of secrets


def content(path: Path, largest: int = LARGEST) -> bytes:
    """All of a regular file; raises OSError, also for anything else and for a file that is larger than that.

    A pipe would keep its reader waiting, and a device may have no end.
    """
    # Not blocking, because opening a pipe would wait for its other end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            read = file.read(largest + 1)
    finally:
        os.close(descriptor)
    if len(read) > largest:
        raise OSError(errno.EFBIG, f"it is larger than {largest:,} bytes")
    return read
