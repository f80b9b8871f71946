"""What is known of an operation that is read: its name, and the permission that it takes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented operation of a product; each is declared once, in the module of its product.

    ``name`` is how calls are counted, ``request`` is method and path where the vendor's documents call it by those.
    ``permission`` is the action that a policy must allow, "" where none is needed; ``documented`` tells whether the
    vendor documents that name, ``resource`` what the policy is to name.
    """

    product: str
    name: str
    permission: str
    documented: bool = False
    resource: str = "*"
    request: str = ""

    @property
    def title(self) -> str:
        """How the vendor's documents, and so the HELP texts of metrics, call it."""
        return self.request or self.name
