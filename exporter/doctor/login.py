"""How an account logs in, as the doctor tries it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from exporter.clouds.operation import Operation


@dataclass(frozen=True, slots=True)
class Login:
    """One login, or one for each region of the account.

    ``ask`` logs in for a region and raises CredentialsError; ``words`` say what with. ``takes`` is the operation that
    the account's identity must be allowed for it, ``behind`` that of the identity which stands behind a role.
    ``way_in`` is the way out where it is not permitted and a policy of the identity is not all that may be missing.
    """

    ask: Callable[[str], Awaitable[None]]
    words: str
    regional: bool = False
    takes: Operation | None = None
    behind: Operation | None = None
    way_in: str = ""

    @property
    def permission(self) -> str:
        """The permission that it takes, "" where it takes none."""
        operation = self.takes or self.behind
        return operation.permission if operation else ""
