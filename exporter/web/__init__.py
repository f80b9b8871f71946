"""What is served over HTTP: metrics and health checks for programs, a status page and the runbooks for people."""

from exporter.web.application import create_web
from exporter.web.guard import Guard
from exporter.web.sources import Reloaded, Runbook, Sources

__all__ = ["Guard", "Reloaded", "Runbook", "Sources", "create_web"]
