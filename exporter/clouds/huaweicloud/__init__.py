"""Huawei Cloud: signatures, errors, and one module for each product."""
