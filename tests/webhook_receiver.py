"""A receiver of Alertmanager's webhooks on loopback, which writes down what came and when."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_PAUSE = 0.05  # seconds until the server sees that it is to stop


@dataclass(frozen=True)
class Notification:
    """What one notification says of one alert: when it came (epoch seconds), to whom, and firing or resolved."""

    at: float
    receiver: str
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: str

    def has(self, labels: dict[str, str]) -> bool:
        return labels.items() <= self.labels.items()


@dataclass
class WebhookReceiver:
    """What has come so far, in order; ``address`` takes the webhooks of every receiver."""

    address: str = ""
    notifications: list[Notification] = field(default_factory=list)

    def since(self, moment: float, **labels: str) -> list[Notification]:
        """What has come since a moment about alerts with these labels."""
        return [each for each in list(self.notifications) if each.at >= moment and each.has(labels)]

    def take(self, body: bytes) -> None:
        """Write down the alerts of one webhook."""
        at, message = time.time(), json.loads(body)
        for alert in message["alerts"]:
            self.notifications.append(
                Notification(
                    at,
                    message["receiver"],
                    alert["status"],
                    alert["labels"],
                    alert["annotations"],
                    alert["startsAt"],
                )
            )


@contextlib.contextmanager
def receiving() -> Iterator[WebhookReceiver]:
    """A receiver that listens."""
    receiver = WebhookReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.address = "http://{}:{}".format(*server.server_address)
        thread = threading.Thread(target=server.serve_forever, args=(_PAUSE,), daemon=True)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()
