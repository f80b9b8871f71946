"""Puts the collections, logins and budgets of an account together from its settings."""

from exporter.assembly.account import PRODUCT_SLOTS, Assembly, Workshop, lane_of
from exporter.assembly.budgets import DEFAULT_BURST, DEFAULT_RATE, budget_of

__all__ = ["DEFAULT_BURST", "DEFAULT_RATE", "PRODUCT_SLOTS", "Assembly", "Workshop", "budget_of", "lane_of"]
