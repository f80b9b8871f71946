"""Alerts, dashboards and runbooks as one product: where their files are, what they link to, the pages of runbooks."""

from exporter.mixin.links import GRAFANA_BASE, RUNBOOK_BASE, Bases, base_of
from exporter.mixin.runbooks import Page, runbook_pages
from exporter.mixin.shipped import shipped

__all__ = ["GRAFANA_BASE", "RUNBOOK_BASE", "Bases", "Page", "base_of", "runbook_pages", "shipped"]
