"""The listening server: from a socket to requests, with limits on everything a client can make last."""

from exporter.listener.server import CannotListenError, bound, served

__all__ = ["CannotListenError", "bound", "served"]
