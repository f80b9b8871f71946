"""Holds passwords against bcrypt hashes: in constant time, with a memory, and never many at once."""

import asyncio
import hmac
import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor

import bcrypt

_REMEMBERED = 256  # answers; of the right ones and of the wrong ones
_WAITING = 16  # comparisons that wait for their turn
_WAITING_FROM_ONE = 2  # of these, by one address
_LONGEST = 72  # bytes of a password that bcrypt looks at; whoever made the hash has cut it there as well
_LETTERS = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ANY_COST = b"$2b$10$"


class TooManyError(Exception):
    """So many passwords wait for their turn that this one was not looked at."""


class Passwords:
    """The comparisons of one process.

    One bcrypt at a time, in a thread: the loop goes on, and one core stays free. Right answers and wrong ones are
    remembered apart, so that a flood of wrong ones drives no right one out; in place of a password its HMAC with a key
    that only this process knows.
    """

    def __init__(
        self,
        executor: Executor | None = None,
        compare: Callable[[bytes, bytes], bool] = bcrypt.checkpw,
    ) -> None:
        self._executor = executor or ThreadPoolExecutor(1, thread_name_prefix="bcrypt")
        self._compare = compare
        self._key = secrets.token_bytes(32)
        self._decoy = "".join(secrets.choice(_LETTERS) for _ in range(21)) + secrets.choice(".Oeu")
        self._decoy += "".join(secrets.choice(_LETTERS) for _ in range(31))
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._wrong: OrderedDict[bytes, None] = OrderedDict()
        self._waiting: Counter[str] = Counter()

    def __repr__(self) -> str:
        """Nothing of what it knows."""
        return f"Passwords({len(self._right)} right, {len(self._wrong)} wrong)"

    async def fits(self, users: Mapping[bytes, bytes], user: bytes, password: bytes, address: str) -> bool:
        """Whether this is the user's password. A user that there is not costs as much as one that there is.

        ``address`` is where the question comes from. Raises TooManyError.
        """
        hashed = users.get(user)
        seal = self._seal(user, hashed or b"", password)
        if seal in self._right:
            self._right.move_to_end(seal)
            return True
        if seal in self._wrong:
            self._wrong.move_to_end(seal)
            return False
        fits = await self._compared(password, hashed or self._decoy_for(users, user), address) and hashed is not None
        memory = self._right if fits else self._wrong
        memory[seal] = None
        if len(memory) > _REMEMBERED:
            memory.popitem(last=False)
        return fits

    def _seal(self, *parts: bytes) -> bytes:
        # With the lengths in front, no two questions run together to the same bytes.
        told = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self._key, told, "sha256")

    def _decoy_for(self, users: Mapping[bytes, bytes], user: bytes) -> bytes:
        """A hash that no password fits, as dear as that of some user, always the same one."""
        costs = sorted(hashed[:7] for hashed in users.values()) or [_ANY_COST]
        return costs[self._seal(user)[0] % len(costs)] + self._decoy.encode()

    async def _compared(self, password: bytes, hashed: bytes, address: str) -> bool:
        if self._waiting.total() >= _WAITING or self._waiting[address] >= _WAITING_FROM_ONE:
            raise TooManyError
        self._waiting[address] += 1
        asked = asyncio.get_running_loop().run_in_executor(self._executor, self._answer, password[:_LONGEST], hashed)
        # Not when the client stops waiting, but when the work is done.
        asked.add_done_callback(lambda _: self._done(address))
        return await asyncio.shield(asked)

    def _done(self, address: str) -> None:
        self._waiting[address] -= 1
        if not self._waiting[address]:
            del self._waiting[address]

    def _answer(self, password: bytes, hashed: bytes) -> bool:
        try:
            return self._compare(password, hashed)
        except ValueError:
            return False  # what bcrypt cannot take fits nothing

    def close(self) -> None:
        """Let no further comparison begin; one under way is not waited for."""
        self._executor.shutdown(wait=False, cancel_futures=True)
