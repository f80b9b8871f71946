"""``python -m tools.screenshots``: draws every dashboard from a real Prometheus into docs/images/.

A simulated shop is lived through in simulated time (`life`), what an exporter shows of it is written to a Prometheus,
the committed rules are evaluated over it (`rules`), and a page made of Grafana's own components (`page`) draws the
dashboards from that Prometheus in a headless Chromium.
"""

import argparse
import hashlib
import json
import shutil
import sys
import urllib.parse
from collections.abc import Callable, Iterable
from pathlib import Path

from exporter import logs
from tools.debian_packages import CACHE, NotToBeHadError
from tools.screenshots.chromium import Page, chromium
from tools.screenshots.life import END, LIVED, WEEK, past
from tools.screenshots.page import build, served
from tools.screenshots.prometheus import prometheus
from tools.screenshots.rules import Stretch, evaluate
from tools.screenshots.samples import write

ROOT = Path(__file__).resolve().parent.parent.parent
DASHBOARDS, ALERTS, IMAGES = ROOT / "dashboards", ROOT / "alerts", ROOT / "docs" / "images"
WORK = CACHE / "screenshots"
WIDTH = 1600
STRETCHES = (
    Stretch(END - LIVED - WEEK, END - LIVED, 240),
    Stretch(END - LIVED + 60, END, 60, dense_from=END - 8 * 3600),
)
_LIFE = (
    "exporter/**/*.py",
    "benchmarks/simulated_time.py",
    "tools/screenshots/life.py",
    "tools/screenshots/events.py",
    "tools/screenshots/samples.py",
)
_RULES = ("alerts/*.rules.yaml", "tools/screenshots/rules.py", "tools/screenshots/__main__.py")


def main() -> None:
    """Draw the dashboards that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dashboards", nargs="*", metavar="DASHBOARD", help="such as overview; all, where none is named")
    parser.add_argument("--out", type=Path, default=IMAGES, help="the folder of the pictures")
    parser.add_argument("--replicas", type=int, default=1, help="how many exporters Prometheus scraped")
    parser.add_argument("--stay", action="store_true", help="serve the page until Enter is pressed")
    options = parser.parse_args()
    logs.set_up("error", "text", sys.stderr)
    names = options.dashboards or sorted(path.stem for path in DASHBOARDS.glob("*.json"))
    try:
        build()
        draw(names, options.out, options.replicas, stay=options.stay)
    except NotToBeHadError as error:
        sys.exit(str(error))


def draw(names: list[str], out: Path, replicas: int, *, stay: bool) -> None:
    """Draw dashboards into a folder; exits with 1 when a panel fails."""
    failures = []
    with prometheus(evaluated(replicas)) as address, served(DASHBOARDS) as page:
        with chromium(WIDTH) as browser:
            for name in names:
                failures += picture(browser, f"{page}/?{asked(name, address)}", out / f"{name}.png")
        if stay:
            print(f"{page}/?{asked(names[0], address)}   (Prometheus: http://{address})")
            input("Enter ends it ")
    if failures:
        sys.exit("\n".join(failures))


def evaluated(replicas: int) -> Path:
    """The folder of a Prometheus with everything that was scraped, and with what the rules make of it."""

    def make(folder: Path) -> None:
        shutil.copytree(scraped(replicas), folder)
        print("evaluating the rules over the past ...")
        with prometheus(folder) as address:
            evaluate(address, ALERTS.glob("*.rules.yaml"), STRETCHES)

    return kept(f"evaluated-{replicas}", (*_LIFE, *_RULES), make)


def scraped(replicas: int) -> Path:
    """The folder of a Prometheus with everything that was scraped."""

    def make(folder: Path) -> None:
        print("living through a week of the simulated shop (some minutes) ...")
        samples = past(replicas)
        with prometheus(folder) as address:
            write(address, samples)

    return kept(f"scraped-{replicas}", _LIFE, make)


def kept(name: str, made_of: Iterable[str], make: Callable[[Path], None]) -> Path:
    """A folder that is made anew when a file has changed that it is made of."""
    digest = hashlib.sha256()
    for pattern in made_of:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    folder = WORK / f"{name}-{digest.hexdigest()[:16]}"
    if not folder.is_dir():
        making = WORK / f"making-{name}"
        shutil.rmtree(making, ignore_errors=True)
        make(making)
        for old in WORK.glob(f"{name}-*"):
            shutil.rmtree(old)
        making.rename(folder)
    return folder


def asked(name: str, address: str) -> str:
    """What the page is asked for, as the query of its address."""
    query = {"dashboard": name, "prometheus": f"http://{address}", "now": f"{END * 1000:.0f}", "width": WIDTH}
    return urllib.parse.urlencode(query)


def picture(browser: Page, address: str, path: Path) -> list[str]:
    """Draw one dashboard; the failures of its panels."""
    browser.open(address)
    outcome = browser.wait_for("window.outcome")
    failed = [f"{path.stem}: {each}" for each in outcome["failed"]]
    if outcome["height"]:
        browser.resize(outcome["height"])
        browser.wait_for("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))  && 1")
        drawn = browser.picture()
        changed = not path.exists() or not browser.same(path.read_bytes(), drawn)
        if changed:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(drawn)
        size = f"{len(drawn) / 1000:.0f} kB" if changed else "as it was"
        print(f"{path.name}: {size}; panels without data: {json.dumps(outcome['empty'])}")
    for complaint in dict.fromkeys(browser.complaints):
        print(f"  {complaint[:300]}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    main()
