"""The command ``cloud-cluster-exporter``: one module for each kind of work, and ``main`` that names them all."""

from exporter.cli.main import main

__all__ = ["main"]
