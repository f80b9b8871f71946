"""Collections: a collector for one account and region, run on a timer."""

from exporter.collection.collection import Clock, Collection, Limits

__all__ = ["Clock", "Collection", "Limits"]
