"""Fetches Debian packages and unpacks them into a folder: nothing is installed, no daemon started, no root needed."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

CACHE = Path(__file__).resolve().parent.parent / ".cache"

_PATIENCE = ("-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=30", "-o", "Acquire::https::Timeout=30")


class NotToBeHadError(Exception):
    """The packages cannot be had; the message says why, in one line."""


def unpack(packages: Sequence[str], folder: Path) -> None:
    """Unpack packages, with what they depend on and this machine lacks, into a folder that does not exist yet.

    The folder appears whole or not at all. Raises NotToBeHadError.
    """
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise NotToBeHadError(f"there is no {tool} here to fetch {' '.join(packages)} with")
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as scratch:
        downloads, root = Path(scratch, "downloads"), Path(scratch, "root")
        downloads.mkdir()
        root.mkdir()
        _download(packages, downloads)
        for package in sorted(downloads.glob("*.deb")):
            _run("dpkg", "--extract", str(package), str(root), cwd=downloads)
        if not folder.exists():  # somebody else may have been faster
            root.rename(folder)


def _download(packages: Sequence[str], downloads: Path) -> None:
    """With the machine's package lists; where those are missing or too old, with lists of our own."""
    try:
        _fetch(packages, downloads, ())
    except NotToBeHadError:
        lists = _own_lists()
        update = _run("apt-get", *_PATIENCE, *lists, "update", cwd=downloads)
        try:
            _fetch(packages, downloads, lists)
        except NotToBeHadError as error:  # an update whose servers cannot be reached only warns
            warnings = [line.removeprefix("W: ") for line in update.stderr.splitlines() if line.startswith("W: ")]
            raise NotToBeHadError("; ".join([str(error), *warnings[:1]])) from None


def _own_lists() -> tuple[str, ...]:
    """The options that make apt keep its lists in our cache, so that the system's stay as they are."""
    state = CACHE / "apt"
    for part in ("lists/partial", "archives/partial"):
        (state / part).mkdir(parents=True, exist_ok=True)
    return ("-o", f"Dir::State::Lists={state / 'lists'}", "-o", f"Dir::Cache={state}", "-o", "APT::Sandbox::User=")


def _fetch(packages: Sequence[str], downloads: Path, options: Sequence[str]) -> None:
    wanted = sorted({*packages, *_missing_dependencies(packages, options, downloads)})
    # The sandbox's user cannot write into a folder that is only ours.
    _run("apt-get", *_PATIENCE, *options, "-o", "APT::Sandbox::User=", "download", *wanted, cwd=downloads)


def _missing_dependencies(packages: Sequence[str], options: Sequence[str], downloads: Path) -> list[str]:
    """What an installation would bring along, but for what only a browser needs; none where apt cannot tell."""
    try:
        plan = _run("apt-get", *options, "--simulate", "--no-install-recommends", "install", *packages, cwd=downloads)
    except NotToBeHadError:
        return []
    names = re.findall(r"^Inst (\S+)", plan.stdout, re.MULTILINE)
    return [name for name in names if not name.startswith(("libjs-", "fonts-"))]


def _run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, cwd=cwd, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        complaints = [line for line in done.stderr.splitlines() if line.startswith("E:")] or done.stderr.splitlines()
        raise NotToBeHadError(f"{command[0]} failed: {complaints[0] if complaints else done.returncode}")
    return done


def main() -> None:
    """``python -m tools.debian_packages FOLDER PACKAGE…``: exit code 1 and one line where they cannot be had."""
    folder, *packages = sys.argv[1:]
    try:
        unpack(packages, Path(folder))
    except NotToBeHadError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
