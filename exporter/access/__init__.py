"""Who may read our own pages, and how they travel: TLS, client certificates, passwords, headers.

Here are the rules as plain values and what holds requests against them; the file they stand in is read by the settings.
"""

from exporter.access.passwords import Passwords
from exporter.access.rules import Access, FileState, RateLimit, UnusableAccessError, states_of
from exporter.access.source import AccessSource
from exporter.access.tls import ServerTls, TlsWishes, UnusableTlsError, server_tls

__all__ = [
    "Access",
    "AccessSource",
    "FileState",
    "Passwords",
    "RateLimit",
    "ServerTls",
    "TlsWishes",
    "UnusableAccessError",
    "UnusableTlsError",
    "server_tls",
    "states_of",
]
