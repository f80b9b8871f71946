"""How services say no that have nothing but HTTP for it: the vendors' metadata services, and credentials URIs."""

from exporter.clouds.errors import CloudError, NotOfferedError, Refusal
from exporter.clouds.exchange import Answer
from exporter.clouds.refusals import kind_of_status


class PlainDialect:
    """The status alone; what stands in the body is nobody's error code, and is not repeated."""

    def refusal(self, answer: Answer) -> Refusal | None:
        """An HTTP status outside 2xx."""
        return None if 200 <= answer.status < 300 else Refusal(answer.status, "", "", "")

    def error(self, refusal: Refusal, operation: str) -> CloudError:
        """The error for the status; 404 is what a service says of a path that it does not have."""
        kind, hint = (NotOfferedError, "not there") if refusal.status == 404 else kind_of_status(refusal)
        return kind(f"{operation}: HTTP {refusal.status} ({hint})", operation=operation)

    def rest(self, answer: Answer) -> float | None:  # noqa: ARG002 -- they have no such thing
        """Never."""
        return None
