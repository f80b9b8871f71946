"""The web-config file as it stands, in the format of Prometheus' exporter-toolkit: every key, each value checked.

Source: https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md and the structs in
`web/tls_config.go`. What Python's `ssl` or our server cannot do is refused here, or told by `web_rules`.
"""

import re
import ssl
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, SecretStr, model_validator

from exporter.settings import value as kinds
from exporter.settings.document import Section
from exporter.settings.duration import parse_duration
from exporter.settings.mistake import quoted, suggestion

# Go's names of the suites that its `tls.CipherSuites()` offers, and OpenSSL's of the same.
CIPHERS: Mapping[str, str] = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
}
# Always on with TLS 1.3, in Go as here.
CIPHERS_OF_TLS_1_3 = frozenset({"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"})
CURVES: Mapping[str, str] = {
    "X25519": "X25519",
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
}
VERSIONS: Mapping[str, ssl.TLSVersion | None] = {  # None: not offered here
    "TLS10": None,
    "TLS11": None,
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}
CLIENT_AUTH = (
    "NoClientCert",
    "RequestClientCert",
    "RequireAnyClientCert",
    "RequireClientCert",  # what RequireAnyClientCert was called once
    "VerifyClientCertIfGiven",
    "RequireAndVerifyClientCert",
)
HEADERS: Mapping[str, tuple[str, ...]] = {
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
    "Content-Security-Policy": (),
}
_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}")
_PRINTED = re.compile(r"[ -~]+")


def _empty(value: object) -> bool:
    return value is None or value == ""


class _Section(Section):
    """A mapping with fixed keys, in which an empty value is none, as in Go."""

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, value: object) -> object:
        tree = kinds.mapping(value)
        if not isinstance(tree, dict):
            return tree
        # Only of keys that are known: `basic_auth_users:$2y$…`, without a blank, is an unknown key without a value.
        return {key: each for key, each in tree.items() if key not in cls.model_fields or not _empty(each)}


def _one_of(known: tuple[str, ...] | Mapping[str, object]) -> BeforeValidator:
    def check(value: object) -> str:
        word = kinds.text(value)
        if word not in known:
            raise ValueError(f"{quoted(word)} is not known; {suggestion(word, known)}")
        return word

    return BeforeValidator(check)


def _pem(value: object) -> str:
    word = kinds.text(value)
    if "-----BEGIN " not in word or not word.isascii():
        raise ValueError(
            "is not text in PEM form, which begins with -----BEGIN; a file belongs into the key with _file"
        )
    return word


def _hash(value: object) -> str:
    word = kinds.text(value)
    if not _BCRYPT.fullmatch(word):
        raise ValueError(
            "is not a bcrypt hash, which begins with $2y$, $2b$ or $2a$ and has 60 characters; no password stands here"
        )
    return word


def _user(value: object) -> str:
    word = kinds.text(value)
    if ":" in word or not word.isprintable():
        raise ValueError("a user's name has no colon and is printable; write `name: hash` with a blank after the colon")
    return word


def _headers(value: object) -> dict[str, str]:
    tree = kinds.mapping(value)
    if not isinstance(tree, dict):
        raise ValueError("must be a mapping")  # noqa: TRY004 - pydantic gathers ValueErrors only
    headers = {}
    for name, given in tree.items():
        if name not in HEADERS:
            raise ValueError(f"{quoted(name)} cannot be set here; {suggestion(name, HEADERS)}")
        if _empty(given):
            continue
        known = HEADERS[name]
        if not isinstance(given, str) or not _PRINTED.fullmatch(given):
            raise ValueError(f"{name} must be text of one line, in ASCII; put it in quotes")
        if known and given not in known:
            raise ValueError(f"{name}: {quoted(given)} is not known; use {' or '.join(known)}")
        headers[name] = given
    return headers


def _interval(value: object) -> float:
    """A Go duration; 0 is none."""
    if value == 0 or (isinstance(value, str) and re.fullmatch(r"0+[a-z]{0,2}", value)):
        return 0.0
    if isinstance(value, str) and (match := re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)ms", value)):
        return float(match[1]) / 1000
    if not isinstance(value, str):
        raise ValueError(f"{quoted(value)} is not a duration; write 100ms, 1s or 1m30s")  # noqa: TRY004 - as above
    return parse_duration(value)


def _whole(value: object) -> int:
    return 0 if value == 0 and not isinstance(value, bool) else kinds.count(value)


def _names(value: object) -> object:
    return kinds.items(value)


Pem = Annotated[str, BeforeValidator(_pem)]
SecretPem = Annotated[SecretStr, BeforeValidator(_pem)]
Cipher = Annotated[str, _one_of({**CIPHERS, **dict.fromkeys(CIPHERS_OF_TLS_1_3, "")})]
Names = Annotated[tuple[Annotated[str, BeforeValidator(kinds.text)], ...], BeforeValidator(_names)]


class TlsSection(_Section):
    """TLS, and certificates of clients."""

    cert: Pem | None = None
    key: SecretPem | None = None
    client_ca: Pem | None = None
    cert_file: kinds.FilePath | None = None
    key_file: kinds.FilePath | None = None
    client_ca_file: kinds.FilePath | None = None
    client_auth_type: Annotated[str, _one_of(CLIENT_AUTH)] | None = None
    client_allowed_sans: Names | None = None
    min_version: Annotated[str, _one_of(VERSIONS)] | None = None
    max_version: Annotated[str, _one_of(VERSIONS)] | None = None
    cipher_suites: Annotated[tuple[Cipher, ...], BeforeValidator(_names)] | None = None
    curve_preferences: Annotated[tuple[Annotated[str, _one_of(CURVES)], ...], BeforeValidator(_names)] | None = None
    prefer_server_cipher_suites: kinds.Flag | None = None


class HttpServerSection(_Section):
    """How HTTP is spoken."""

    http2: kinds.Flag | None = None
    headers: Annotated[dict[str, str], BeforeValidator(_headers)] | None = None


class RateLimitSection(_Section):
    """How often anything may be asked for."""

    interval: Annotated[float, BeforeValidator(_interval)] | None = None
    burst: Annotated[int, BeforeValidator(_whole)] | None = None


class WebDocument(_Section):
    """All of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    tls_server_config: TlsSection | None = None
    http_server_config: HttpServerSection | None = None
    basic_auth_users: (
        Annotated[
            dict[Annotated[str, AfterValidator(_user)], Annotated[SecretStr, BeforeValidator(_hash)]],
            BeforeValidator(kinds.mapping),
        ]
        | None
    ) = None
    rate_limit: RateLimitSection | None = None
