"""TLS as a server: a context of Python's `ssl` out of the operator's wishes, and what is asked of clients."""

import ipaddress
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ClientAuth = Literal["none", "if_given", "required"]
_VERIFY = {"none": ssl.CERT_NONE, "if_given": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}
_CLIENTS = {
    "none": "no client certificates",
    "if_given": "client certificates checked where they are given",
    "required": "client certificates required",
}


class UnusableTlsError(ValueError):
    """TLS cannot be had in this way: which ``key`` is to blame, and why. No text repeats a key or a certificate."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


@dataclass(frozen=True, slots=True)
class TlsWishes:
    """What the operator asked for.

    Certificate, key and CA are files, or PEM text. ``ciphers`` have OpenSSL's names and are for TLS 1.2 (none:
    OpenSSL's own choice); ``curve`` is one of OpenSSL's names. ``allowed_sans`` None: any verified certificate will do.
    """

    certificate: Path | str
    key: Path | str = field(repr=False)
    client_ca: Path | str | None = None
    client_auth: ClientAuth = "none"
    allowed_sans: frozenset[str] | None = None
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    ciphers: tuple[str, ...] = ()
    server_preference: bool = True
    curve: str | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that are read for it."""
        return tuple(each for each in (self.certificate, self.key, self.client_ca) if isinstance(each, Path))


@dataclass(frozen=True, slots=True, eq=False)
class ServerTls:
    """TLS that can be served; a new object, with a new context, for every reading of the files.

    A context of its own has session tickets of its own: no session outlives the rules it was made under.
    """

    context: ssl.SSLContext
    client_auth: ClientAuth
    allowed_sans: frozenset[str] | None

    def __str__(self) -> str:
        """What is asked of clients."""
        return _CLIENTS[self.client_auth]

    def admits(self, connection: ssl.SSLObject) -> bool:
        """Whether a client's certificate, which OpenSSL has verified, has one of the names that are allowed."""
        if self.allowed_sans is None:
            return True
        certificate = connection.getpeercert() or {}
        alternatives = certificate.get("subjectAltName", ())
        names = [pair for pair in alternatives if isinstance(pair, tuple) and len(pair) == 2]
        return any(_plain(kind, name) in self.allowed_sans for kind, name in names if isinstance(name, str))

    def verified(self, connection: ssl.SSLObject) -> bool:
        """Whether the client has shown a certificate, which OpenSSL has verified then."""
        return self.client_auth != "none" and bool(connection.getpeercert())


def _plain(kind: object, name: str) -> str:
    """A name of a certificate as people write it: OpenSSL writes IPv6 addresses in a way of its own."""
    if kind != "IP Address":
        return name
    try:
        return str(ipaddress.ip_address(name.strip()))
    except ValueError:
        return name


def server_tls(wishes: TlsWishes) -> ServerTls:
    """Read the files; raises UnusableTlsError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = wishes.minimum, wishes.maximum
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_RENEGOTIATION
    if wishes.server_preference:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    else:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if wishes.ciphers:
        try:
            context.set_ciphers(":".join(wishes.ciphers))
        except ssl.SSLError:
            raise UnusableTlsError("cipher_suites", "OpenSSL offers none of these here; leave it out") from None
    if wishes.curve:
        try:
            context.set_ecdh_curve(wishes.curve)
        except (ValueError, ssl.SSLError):
            raise UnusableTlsError("curve_preferences", "OpenSSL does not offer it here; leave it out") from None
    _load_certificate(context, wishes)
    _load_client_ca(context, wishes)
    return ServerTls(context, wishes.client_auth, wishes.allowed_sans)


def _load_certificate(context: ssl.SSLContext, wishes: TlsWishes) -> None:
    with _as_file(wishes.certificate, "cert") as certificate, _as_file(wishes.key, "key") as key:
        try:
            context.load_cert_chain(certificate, key, password=_no_passphrase)
        except _EncryptedError:
            raise UnusableTlsError(_key_of("key", wishes.key), "has a passphrase; write it without one") from None
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise UnusableTlsError(_key_of("key", wishes.key), "is not the key of the certificate") from None
            raise _blamed(certificate, wishes, error) from None
        except OSError as error:  # it was there a moment ago
            raise UnusableTlsError(_key_of("cert", wishes.certificate), _unreadable(error)) from None


def _blamed(certificate: Path, wishes: TlsWishes, error: ssl.SSLError) -> UnusableTlsError:
    """OpenSSL does not say which of the two files it could not use."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(cafile=certificate)
    except OSError:  # ssl's errors are among them
        return UnusableTlsError(_key_of("cert", wishes.certificate), "holds no certificate in PEM form")
    if error.reason is not None and "PEM" not in error.reason and "NO_START_LINE" not in error.reason:
        reason = error.reason.lower().replace("_", " ")
        return UnusableTlsError(_key_of("cert", wishes.certificate), f"OpenSSL refuses it: {reason}")
    return UnusableTlsError(_key_of("key", wishes.key), "holds no key in PEM form")


def _load_client_ca(context: ssl.SSLContext, wishes: TlsWishes) -> None:
    context.verify_mode = _VERIFY[wishes.client_auth]
    # As in Go, whatever stands in the file is trusted, an intermediate authority too.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if wishes.client_ca is None:
        return
    key = _key_of("client_ca", wishes.client_ca)
    try:
        if isinstance(wishes.client_ca, Path):
            context.load_verify_locations(cafile=wishes.client_ca)
        else:
            context.load_verify_locations(cadata=wishes.client_ca)
    except (ssl.SSLError, ValueError):
        raise UnusableTlsError(key, "holds no certificate in PEM form") from None
    except OSError as error:
        raise UnusableTlsError(key, _unreadable(error)) from None


class _EncryptedError(Exception):
    pass


def _no_passphrase() -> str:
    # Without this, OpenSSL asks for it at the terminal, and waits.
    raise _EncryptedError


def _key_of(name: str, given: Path | str) -> str:
    return f"{name}_file" if isinstance(given, Path) else name


def _unreadable(error: OSError) -> str:
    return f"cannot be read: {error.strerror or type(error).__name__}"


@contextmanager
def _as_file(given: Path | str, name: str) -> Iterator[Path]:
    """Give a path that can be read: `ssl` takes no certificate or key from memory, and a key must not go to a disk."""
    if isinstance(given, Path):
        try:
            with given.open("rb"):
                pass
        except OSError as error:
            raise UnusableTlsError(f"{name}_file", _unreadable(error)) from None
        yield given
        return
    if not hasattr(os, "memfd_create"):
        raise UnusableTlsError(name, f"needs Linux; write it to a file and name that in {name}_file")
    try:
        descriptor = os.memfd_create(name)
    except OSError as error:
        raise UnusableTlsError(name, f"cannot be handed to OpenSSL: {error.strerror}") from None
    try:
        os.write(descriptor, given.encode())
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
