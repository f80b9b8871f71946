"""Calls of our operations by the vendors' own SDKs, one file for each SDK; run by tools/vendor_calls.py."""
