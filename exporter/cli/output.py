"""What a command writes: its result on standard output, which may be full or have lost its reader, and the rest."""

import io
import os
import sys
from pathlib import Path

from exporter.cli.outcome import ReaderGoneError, WorkFailedError


def set_up() -> None:
    """Write UTF-8, whatever the locale: Prometheus reads nothing else. Without standard error, nothing is told."""
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 -- until the process ends
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def write(text: str) -> None:
    """Write to standard output at once; raises WorkFailedError where it cannot, ReaderGoneError where nobody reads."""
    if sys.stdout is None:
        raise WorkFailedError("cannot write to standard output: it is closed")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _give_up()
        raise ReaderGoneError from None
    except OSError as error:
        _give_up()
        raise WorkFailedError(f"cannot write to standard output: {error.strerror}") from None


def say(line: str) -> None:
    """Tell the person at the terminal one line."""
    write(f"{line}\n")


def tell(line: str) -> None:
    """Tell the person at the terminal something that is not the result of the command."""
    sys.stderr.write(f"{line}\n")


def _give_up() -> None:
    """Let what is left in the buffer go nowhere: Python writes it when it ends, and would complain again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
