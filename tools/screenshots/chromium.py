"""A headless Chromium, told what to do over a pair of pipes (its DevTools protocol)."""

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.debian_packages import CACHE, NotToBeHadError, unpack

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_PATIENCE = 120.0  # seconds
Json = dict[str, Any]


def find() -> tuple[Path, Mapping[str, str]]:
    """Chromium, and the environment that it needs: the one on the PATH, else Debian's, unpacked into .cache/.

    Raises NotToBeHadError.
    """
    for name in _NAMES:
        installed = shutil.which(name)
        if installed is not None:
            return Path(installed), os.environ
    root = CACHE / "chromium"
    if not root.is_dir():
        print("fetching Debian's chromium into .cache/chromium/ (400 MB unpacked) ...")
        try:
            unpack(["chromium"], root)
        except NotToBeHadError as error:
            raise NotToBeHadError(f"{error}; the way out: apt-get install chromium") from None
    libraries = {path.parent for path in (root / "usr/lib").rglob("*.so*")}
    paths = ":".join(str(folder) for folder in sorted(libraries))
    fonts = {} if Path("/etc/fonts/fonts.conf").exists() else {"FONTCONFIG_PATH": str(root / "etc/fonts")}
    return root / "usr/lib/chromium/chromium", {**os.environ, "LD_LIBRARY_PATH": paths, **fonts}


class Page:
    """One page of a browser."""

    def __init__(self, commands: int, answers: int, width: int) -> None:
        self._commands, self._answers = commands, answers
        self._buffer = b""
        self._last = 0
        self._session: str | None = None
        self.complaints: list[str] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = str(self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        for domain in ("Page", "Runtime"):
            self._ask(f"{domain}.enable")
        self._ask("Emulation.setTimezoneOverride", timezoneId="UTC")
        self._width = width
        self.resize(1000)

    def resize(self, height: int) -> None:
        """Make the window so high, in pixels."""
        size = {"width": self._width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._ask("Emulation.setDeviceMetricsOverride", **size)

    def open(self, address: str) -> None:
        """Go to an address; what the page complains of from here on is in ``complaints``."""
        self.complaints.clear()
        self._ask("Page.navigate", url=address)

    def wait_for(self, expression: str) -> Any:  # noqa: ANN401 -- whatever a page has to say
        """The value of an expression of the page, once it is not null or undefined."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            answer = self._ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
            if "exceptionDetails" in answer:
                raise RuntimeError(f"{answer['exceptionDetails']}")
            answer = answer["result"]
            if answer.get("value") is not None:
                return answer["value"]
            if time.monotonic() > deadline:
                raise TimeoutError("\n".join([f"the page does not say {expression}", *self.complaints]))
            time.sleep(0.1)

    def picture(self) -> bytes:
        """The page as it looks, as a PNG that is not larger than it must be."""
        png = self._ask("Page.captureScreenshot", format="png")["data"]
        return base64.b64decode(self.wait_for(f"window.smaller('{png}')"))

    def same(self, one: bytes, other: bytes) -> bool:
        """Whether a person sees the same in two PNGs."""
        first, second = (base64.b64encode(picture).decode() for picture in (one, other))
        return bool(self.wait_for(f"window.same('{first}', '{second}')"))

    def _ask(self, method: str, **parameters: object) -> Json:
        self._last += 1
        command = {"id": self._last, "method": method, "params": parameters}
        if self._session is not None:
            command["sessionId"] = self._session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        while True:
            message = self._next()
            if message.get("id") == self._last:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return dict(message["result"])
            self._note(message)

    def _next(self) -> Json:
        while b"\0" not in self._buffer:
            if not select.select([self._answers], [], [], _PATIENCE)[0]:
                raise TimeoutError("Chromium does not answer")
            piece = os.read(self._answers, 1 << 20)
            if not piece:
                raise RuntimeError("Chromium has gone")
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        read: Json = json.loads(message)
        return read

    def _note(self, message: Json) -> None:
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(parameters)[:2000])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in {"error", "warning"}:
            values = [str(each.get("value", each.get("description"))) for each in parameters["args"]]
            self.complaints.append(" ".join(values)[:2000])


@contextlib.contextmanager
def chromium(width: int) -> Iterator[Page]:
    """An empty page of a browser of its own, so many pixels wide."""
    program, environment = find()
    commands, ours = os.pipe()
    theirs, answers = os.pipe()
    # A child of the browser may still write there when it ends.
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        arguments = [
            str(program),
            "--headless",
            "--no-sandbox",  # unpacked, its helper cannot be setuid; the only pages are our own
            "--disable-gpu",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            "--font-render-hinting=none",
            "--no-first-run",
            "--disable-dev-shm-usage",
            f"--user-data-dir={profile}",
            "--remote-debugging-pipe",
        ]
        # The protocol is spoken over the descriptors 3 and 4.
        shell = ["sh", "-c", f'exec "$@" 3<&{commands} 4>&{answers}', "sh", *arguments]
        process = subprocess.Popen(
            shell, env=environment, pass_fds=(commands, answers), stderr=subprocess.DEVNULL, start_new_session=True
        )
        os.close(commands)
        os.close(answers)
        try:
            yield Page(ours, theirs, width)
        finally:
            process.terminate()
            process.wait(30)
            os.close(ours)
            os.close(theirs)
