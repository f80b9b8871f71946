"""A ``serve`` that is told to stop while everything around it hangs."""

import json
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loopback import BARE, COMMAND
from tests.waiting import wait_until

pytestmark = pytest.mark.whole

FILES = Path(__file__).parents[1] / "fixtures" / "access"
ADDRESS_OF_NOBODY = "hanging.invalid"
# What a resolver does whose servers do not answer, and a disk that is gone: nothing, for long, in a thread that cannot
# be stopped.
HANGING = f"""
import os, socket, time
known = socket.getaddrinfo
def getaddrinfo(host, *more, **others):
    if host in ("{ADDRESS_OF_NOBODY}", b"{ADDRESS_OF_NOBODY}"):
        print("resolving", flush=True)
        time.sleep(60)
    return known(host, *more, **others)
socket.getaddrinfo = getaddrinfo
os.fsync = lambda descriptor: time.sleep(60)
opened = os.open
os.open = lambda path, *more, **others: (
    time.sleep(60) if os.path.exists(str(path) + ".hangs") else opened(path, *more, **others)
)
"""
GET = b"GET /metrics HTTP/1.1\r\nHost: exporter\r\n\r\n"


@pytest.fixture
def hanging_cloud() -> Iterator[str]:
    """An address where calls are taken and never answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield "http://{}:{}".format(*listener.getsockname())


def account(name: str, endpoint: str) -> dict[str, object]:
    keys = {"access_key_id": "simulated-id", "access_key_secret": "simulated-secret"}
    products = ("retailcloud", "emr", "ecs", "rds")
    return {
        "name": name,
        "provider": "aliyun",
        "regions": ["cn-zhangjiakou"],
        "credentials": keys,
        "endpoints": dict.fromkeys(products, endpoint),
    }


def test_a_stop_takes_less_than_5_seconds_whatever_hangs(tmp_path, hanging_cloud):
    shutil.copytree(FILES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "sitecustomize.py").write_text(HANGING)
    (tmp_path / "web.yml").write_text("tls_server_config: {cert_file: server.pem, key_file: server-key.pem}")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "listen": f"127.0.0.1:{port}",
        "accounts": [account("hangs", hanging_cloud), account("unresolved", f"https://{ADDRESS_OF_NOBODY}")],
        "web": {"config_file": "web.yml"},
        "snapshot_path": str(tmp_path / "snapshot"),
    }
    config = tmp_path / "config.yml"
    config.write_text(json.dumps(settings))
    log = tmp_path / "log"
    path = f"{tmp_path}:{BARE.get('PYTHONPATH', '')}"
    with log.open("w") as output:
        process = subprocess.Popen(
            [COMMAND, "serve", "--config", config],
            stdout=output,
            stderr=output,
            env={**BARE, "PYTHONPATH": path},
        )
    clients: list[socket.socket] = []
    try:
        wait_until(lambda: connects(port) and "resolving" in log.read_text(), log.read_text)
        context = ssl.create_default_context(cafile=tmp_path / "server-ca.pem")
        stalled = context.wrap_socket(small(port), server_hostname="127.0.0.1")
        stalled.setblocking(False)
        for _ in range(300):  # more pages than the kernel keeps for a reader that does not read
            stalled.send(GET)
        for _ in range(10):  # meanwhile it fills what the kernel does keep
            answered = context.wrap_socket(small(port), server_hostname="127.0.0.1")
            answered.send(GET)
            assert answered.recv(9) == b"HTTP/1.1 "
            answered.close()
        half_open = small(port)
        half_open.send(b"\x16\x03\x01")
        slow = context.wrap_socket(small(port), server_hostname="127.0.0.1")
        slow.send(GET[:10])
        clients += [stalled, half_open, slow, small(port)]
        (tmp_path / "config.yml.hangs").touch()
        process.send_signal(signal.SIGHUP)

        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: not connects(port), log.read_text)
        process.send_signal(signal.SIGTERM)  # whoever is impatient gains nothing
        code = process.wait(20)
        took = time.monotonic() - began
    finally:
        process.kill()
        process.wait()
        for client in clients:
            client.close()
    assert 0 == code, log.read_text()
    assert took < 5, log.read_text()
    assert "Traceback" not in log.read_text()
    assert "error" not in log.read_text()


def small(port: int) -> socket.socket:
    """A connection of a client that keeps little of what it is sent."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.connect(("127.0.0.1", port))
    return client


def connects(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
