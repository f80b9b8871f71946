"""What ModelArts' operations share: their table and the answer to a parameter that is not valid."""

from exporter.simulator.errors import ApiError
from exporter.simulator.operations import Operations

OPERATIONS = Operations()


def refused(message: str) -> ApiError:
    """The answer to a parameter that is not valid."""
    return ApiError(400, "ModelArts.0101", message)
