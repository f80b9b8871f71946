"""Let the vendors' own SDKs call the simulated cloud: a development check, no dependency of the project.

Usage: python tools/vendor_check.py. It makes (or reuses) a virtual environment in .cache/vendor-sdks, starts the
simulated cloud on a free loopback port, and runs tools/vendor_calls.py in that environment. Exit code 1 on a mismatch.
"""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".cache" / "vendor-sdks"
PACKAGES = [
    "alibabacloud_retailcloud20180313==2.0.24",
    "alibabacloud_emr20160408==1.0.3",
    "alibabacloud_emr20210320==3.4.0",
    "alibabacloud_ecs20140526==7.11.8",
    "alibabacloud_rds20140815==16.0.2",
    "alibabacloud_tea_openapi==0.4.6",
    "aliyun-python-sdk-core==2.16.1",
    "huaweicloudsdkcore==3.1.219",
    "huaweicloudsdkmodelarts==3.1.219",
]
SIMULATOR = """
import sys, time, uvicorn
from exporter.simulator import SimulatedClock, Sizes, World, create_app
world = World(20180313, Sizes(), SimulatedClock(time.time))
uvicorn.run(create_app(world), host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
"""
START_SECONDS = 20


def vendor_python() -> str:
    """The interpreter of the environment with the SDKs, which is made when it is missing or of other versions."""
    python, made_of = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "packages.json"
    if not made_of.exists() or json.loads(made_of.read_text()) != PACKAGES:
        print(f"making {ENVIRONMENT.relative_to(ROOT)} with the vendors' SDKs")
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True
        )
        made_of.write_text(json.dumps(PACKAGES))
    return str(python)


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, simulator: subprocess.Popen[bytes]) -> None:
    """Return when the simulated cloud answers; raises RuntimeError when it ends or takes too long."""
    for _ in range(START_SECONDS * 10):
        try:
            with urllib.request.urlopen(f"{url}/_sim/calls", timeout=1):  # noqa: S310 - our own loopback server
                return
        except (urllib.error.URLError, TimeoutError):
            if simulator.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError("the simulated cloud did not start")


def main() -> int:
    """Run the calls; returns the exit code."""
    python = vendor_python()
    port = free_port()
    simulator = subprocess.Popen([sys.executable, "-c", SIMULATOR, str(port)], cwd=ROOT)
    try:
        wait_for(f"http://127.0.0.1:{port}", simulator)
        return subprocess.run([python, "-m", "tools.vendor_calls", str(port)], cwd=ROOT, check=False).returncode
    finally:
        simulator.terminate()
        simulator.wait(timeout=10)


if __name__ == "__main__":
    sys.exit(main())
