"""The simulated products: one file or folder each, in which a function is an operation."""
