"""The simulated cloud on loopback, and settings for it."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn

from exporter.simulator import SimulatedClock, Sizes, World, create_app

SMALL = Sizes(
    clusters=2,
    nodes=4,
    apps=2,
    environments=2,
    volumes=3,
    rds_instances=1,
    backup_days=3,
    emr_clusters=2,
    hpc_clusters=1,
    batchcompute_clusters=1,
    modelarts_clusters=1,
)


@pytest.fixture(scope="session")
def simulated_cloud() -> Iterator[str]:
    """The address of a small simulated cloud."""
    app = create_app(World(3, SMALL, SimulatedClock(time.time)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        yield "http://{}:{}".format(*listener.getsockname())
        server.should_exit = True
        thread.join()


@pytest.fixture
def write_settings(tmp_path: Path, simulated_cloud: str) -> Callable[..., Path]:
    """Writes settings for the simulated cloud (JSON is YAML, too), changed as the test wants."""

    def write(*, secret: str = "simulated-secret", **changes: object) -> Path:
        keys = {"access_key_id": "simulated-id", "access_key_secret": secret}
        products = ("retailcloud", "emr", "ecs", "batchcompute")
        document = {
            "listen": "127.0.0.1:0",
            "accounts": [
                {
                    "name": "shop",
                    "provider": "aliyun",
                    "regions": ["cn-zhangjiakou"],
                    "credentials": keys,
                    "endpoints": dict.fromkeys(products, simulated_cloud),
                    "rds_instances": World(3, SMALL, SimulatedClock(time.time)).rds_instance_ids,
                },
                {
                    "name": "ml",
                    "provider": "huaweicloud",
                    "regions": ["cn-north-4"],
                    "project_id": "0123456789abcdef0123456789abcdef",
                    "credentials": keys,
                    "endpoints": {"modelarts": simulated_cloud},
                },
            ],
            "collectors": {"batchcompute_clusters": {"enabled": True}},
            **changes,
        }
        path = tmp_path / "config.yml"
        path.write_text(json.dumps(document))
        return path

    return write
