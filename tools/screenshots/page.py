"""The page that draws a dashboard: built with Node from the sources beside this file, and served on loopback."""

import contextlib
import functools
import http.server
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from tools.debian_packages import CACHE, NotToBeHadError

HERE = Path(__file__).resolve().parent
BUILT = CACHE / "screenshots" / "page"
_NODE = 20


def build() -> None:
    """Install what package-lock.json pins, where that has changed, and build. Raises NotToBeHadError."""
    _check_node()
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / ".installed"
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        print("installing what package-lock.json pins into tools/screenshots/node_modules ...")
        _run("npm", "ci", "--no-progress")
        shutil.copy(lock, installed)
    _run("npm", "run", "--silent", "types")
    _run("npm", "run", "--silent", "build")


def _check_node() -> None:
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise NotToBeHadError(f"there is no {tool} here: Node.js {_NODE} or newer draws the pictures")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)\.", version)
    if found is None or int(found[1]) < _NODE:
        raise NotToBeHadError(f"Node.js {_NODE} or newer is needed, but here it is {version.strip()}")


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotToBeHadError(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(dashboards: Path) -> Iterator[str]:
    """The address of the built page, with the dashboards beside it."""
    folder = BUILT / "dashboards"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(dashboards, folder)
    handler = functools.partial(_Quiet, directory=str(BUILT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "http://{}:{}".format(*server.server_address)
        server.shutdown()
