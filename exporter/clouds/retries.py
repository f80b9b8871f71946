"""When a call is made again: one table, by what went wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from exporter.clouds.errors import (
    CallTimeoutError,
    CloudError,
    NonceUsedError,
    ServerError,
    ThrottledError,
    UnavailableError,
    UnknownHostError,
    UntrustedHostError,
)
from exporter.clouds.throttling import LONGEST

ATTEMPTS = 3  # of one call at most, whatever goes wrong with them; a new login after a refused token comes on top


@dataclass(frozen=True, slots=True)
class Rule:
    """How often a call is made again after errors of one kind, and after how many seconds, doubled every time."""

    times: int
    delay: float = 0.0


NEVER = Rule(0)
# First match wins. All calls only read, so that one whose answer was lost may be made again. What is not here (a
# refusal, a business error, an answer that makes no sense) would be the same again; a token is renewed by the channel.
RULES: tuple[tuple[type[CloudError], Rule], ...] = (
    (ThrottledError, Rule(2)),  # it is the budget that makes it wait, with all other calls of the product
    (NonceUsedError, Rule(1)),  # a new nonce is all that it takes
    (UnknownHostError, NEVER),  # resolvers ask several times themselves
    (UntrustedHostError, NEVER),
    (ServerError, Rule(2, 0.25)),
    (UnavailableError, Rule(2, 0.25)),
    (CallTimeoutError, Rule(1, 0.25)),
)


def rule_for(error: CloudError) -> Rule:
    """What the table says of an error."""
    return next((rule for kind, rule in RULES if isinstance(error, kind)), NEVER)


def retry_delay(failures: Sequence[CloudError], chance: float) -> float | None:
    """Seconds until a call is to be made again that failed like this, the last failure last; None for not at all.

    ``chance`` is from 0 to 1 and spreads the delay from half to one and a half times; a hint of the vendor (a minute of
    it at most) is not undercut.
    """
    rule = rule_for(failures[-1])
    alike = sum(rule_for(failure) is rule for failure in failures)
    if len(failures) >= ATTEMPTS or alike > rule.times:
        return None
    if rule.delay == 0:
        return 0.0
    hint = min(failures[-1].retry_after or 0.0, LONGEST)
    return max(rule.delay * 2.0 ** (alike - 1) * (0.5 + chance), hint)
