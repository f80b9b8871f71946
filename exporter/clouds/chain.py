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
    vendors' SDKs do, but asked again by the next call: whoever stands in for it is not remembered. The same goes for
    one that served and is gone, as a file is for the moment in which it is written anew.
    """

    def __init__(self, members: Sequence[Member], *, account: str, way_out: str) -> None:
        """``way_out`` ends the error that names every member asked and why it did not serve."""
        self._members = members
        self._way_out = way_out
        self._serving: Member | None = None
        self._last: CredentialsProvider | None = None
        self._told = ""
        self._log = log.bind(account=account)

    async def get(self) -> Credentials:
        """The key of the member that serves; raises CredentialsError."""
        if self._serving is None:
            return await self._search(None)
        try:
            key = await self._serving.provider.get()
        except NotSetUpError as gone:
            return await self._search(gone)
        self._last, self._told = self._serving.provider, ""
        return key

    async def renew(self, used: Credentials) -> bool:
        """Let the member that gave the last key renew it."""
        return self._last is not None and await self._last.renew(used)

    async def _search(self, gone: NotSetUpError | None) -> Credentials:
        tried: list[str] = []
        refused: CredentialsError | None = gone  # or the first failure of a member that is set up
        for member in self._members:
            try:
                key = await member.provider.get()
            except CredentialsError as error:
                is_away = isinstance(error, NotSetUpError) or (member.may_be_away and error.is_passing)
                if error.is_passing and not is_away:
                    raise error.told_as(f"{error}; tried before it: {'; '.join(tried) or 'nothing'}") from None
                refused = refused if is_away else refused or error
                tried.append(str(error))
                continue
            self._last = member.provider
            self._serves(member, refused)
            return key
        text = f"no source of credentials serves: {'; '.join(tried)}; {self._way_out}"
        raise CredentialsError(text) if refused is None else refused.told_as(text)

    def _serves(self, member: Member, refused: CredentialsError | None) -> None:
        if refused is None:
            self._serving = member
            self._log.debug("credentials found", source=member.name)
        elif self._told != str(refused):
            self._told = str(refused)
            self._log.warning("a source of credentials was passed over", source=member.name, message=self._told)
