"""The sources of an account that names none: the vendor's standard ones, the first that serves."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from exporter.clouds.credentials import Credentials, CredentialsProvider
from exporter.clouds.errors import CredentialsError, NotSetUpError

log = structlog.get_logger("exporter")


class Absent:
    """A source that is not set up here; ``reason`` names it and says why."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def get(self) -> Credentials:
        """Raise NotSetUpError."""
        raise NotSetUpError(self._reason)

    async def renew(self, used: Credentials) -> bool:  # noqa: ARG002 -- there was none
        """There is nothing."""
        return False


@dataclass(frozen=True, slots=True)
class Member:
    """One source of a chain.

    ``may_be_away``: no answer means that it is not there, as of a metadata service outside of the cloud.
    """

    name: str
    provider: CredentialsProvider
    may_be_away: bool = False


class Chain:
    """Asks its members in turn, and then the one that served, as long as it is set up.

    A member that is set up and fails in passing ends the search: with the next one the account would go on under
    another identity because a service had a bad minute. One that is refused or set up wrong is passed over, as the
    vendors' SDKs do. Raises CredentialsError that names every member asked and why it did not serve.
    """

    def __init__(self, members: Sequence[Member], *, account: str, way_out: str) -> None:
        self._members = members
        self._serving: Member | None = None
        self._way_out = way_out
        self._log = log.bind(account=account)

    async def get(self) -> Credentials:
        """The key of the member that serves."""
        serving = self._serving
        if serving is None:
            return await self._search()
        try:
            return await serving.provider.get()
        except NotSetUpError:
            self._serving = None
            return await self._search()

    async def renew(self, used: Credentials) -> bool:
        """Let the member that serves renew it."""
        return self._serving is not None and await self._serving.provider.renew(used)

    async def _search(self) -> Credentials:
        tried: list[str] = []
        told: CredentialsError | None = None  # the first failure of a source that is there
        for member in self._members:
            try:
                key = await member.provider.get()
            except CredentialsError as error:
                is_away = isinstance(error, NotSetUpError) or (member.may_be_away and error.is_passing)
                if error.is_passing and not is_away:
                    raise error.told_as(f"{error}; tried before it: {'; '.join(tried) or 'nothing'}") from None
                told = told if is_away else told or error
                tried.append(str(error))
                continue
            self._serves(member, told)
            return key
        text = f"no source of credentials serves: {'; '.join(tried)}; {self._way_out}"
        raise CredentialsError(text) if told is None else told.told_as(text)

    def _serves(self, member: Member, told: CredentialsError | None) -> None:
        """Remember who serves; that a source was passed over which is set up is told once."""
        if self._serving is member:
            return
        self._serving = member
        if told is None:
            self._log.debug("credentials found", source=member.name)
        else:
            self._log.warning("a source of credentials was passed over", source=member.name, message=str(told))
