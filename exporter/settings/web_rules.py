"""What must fit together in the web-config file, and what of it means less here than in Go's servers."""

from collections.abc import Iterator

from exporter.settings.mistake import Finding, Place
from exporter.settings.web_document import CIPHERS_OF_TLS_1_3, VERSIONS, TlsSection, WebDocument

_TLS: Place = ("tls_server_config",)
_VERIFYING = frozenset({"VerifyClientCertIfGiven", "RequireAndVerifyClientCert"})
_ANY = frozenset({"RequireAnyClientCert", "RequireClientCert"})
_DEAR = 15  # a bcrypt cost from which on one comparison takes seconds


def broken_web_rules(document: WebDocument) -> Iterator[Finding]:
    """Find every rule that the document breaks."""
    tls = document.tls_server_config
    if tls is not None and tls != TlsSection():
        yield from _pair(tls)
        yield from _clients(tls)
        yield from _versions(tls)
    limit = document.rate_limit
    if limit is not None and limit.interval and not limit.burst:
        yield Finding(("rate_limit", "burst"), "is missing, so that nothing would be answered; write 1 or more")


def _pair(tls: TlsSection) -> Iterator[Finding]:
    for name in ("cert", "key"):
        inline, file = getattr(tls, name), getattr(tls, f"{name}_file")
        if inline is None and file is None:
            yield Finding((*_TLS, f"{name}_file"), "is missing; TLS takes a certificate and its key")
    for name in ("cert", "key", "client_ca"):
        if getattr(tls, name) is not None and getattr(tls, f"{name}_file") is not None:
            yield Finding((*_TLS, name), f"stands beside {name}_file; leave one of the two out")


def _clients(tls: TlsSection) -> Iterator[Finding]:
    kind = tls.client_auth_type or "NoClientCert"
    has_ca = tls.client_ca is not None or tls.client_ca_file is not None
    if kind in _ANY:
        text = "lets in whoever makes a certificate, and is not offered here; use RequireAndVerifyClientCert"
        yield Finding((*_TLS, "client_auth_type"), text)
    elif kind in _VERIFYING and not has_ca:
        text = f"is missing, for client_auth_type: {kind}; every public authority would be trusted"
        yield Finding((*_TLS, "client_ca_file"), text)
    elif has_ca and kind == "NoClientCert":
        text = "is missing beside the CA for clients; use RequireAndVerifyClientCert, or leave the CA out"
        yield Finding((*_TLS, "client_auth_type"), text)
    if tls.client_allowed_sans is not None and kind not in {"RequireAndVerifyClientCert", *_ANY}:
        text = "needs client_auth_type: RequireAndVerifyClientCert; without a certificate there is no name to look at"
        yield Finding((*_TLS, "client_allowed_sans"), text)


def _versions(tls: TlsSection) -> Iterator[Finding]:
    lowest, highest = tls.min_version or "TLS12", tls.max_version or "TLS13"
    if VERSIONS[highest] is None:
        yield Finding((*_TLS, "max_version"), "no version below TLS12 is offered; use TLS12 or TLS13")
    elif lowest > highest:
        yield Finding((*_TLS, "max_version"), f"is below min_version, which is {lowest}")
    elif highest == "TLS12" and tls.cipher_suites and CIPHERS_OF_TLS_1_3.issuperset(tls.cipher_suites):
        yield Finding((*_TLS, "cipher_suites"), "has only suites of TLS 1.3, which max_version: TLS12 rules out")


def web_notices(document: WebDocument, *, secured: bool) -> Iterator[str]:
    """Say, one line each, what of a good document has another effect than it seems to."""
    http = document.http_server_config
    if http is not None and http.http2:
        yield "http_server_config.http2: HTTP/2 is not offered; all clients speak HTTP/1.1"
    yield from _tls_notices(document.tls_server_config or TlsSection())
    users = document.basic_auth_users or {}
    if users and not secured:
        yield "basic_auth_users without tls_server_config: passwords travel in clear unless a proxy in front has TLS"
    dear = sum(int(hashed.get_secret_value()[4:6]) >= _DEAR for hashed in users.values())
    if dear:
        yield f"basic_auth_users: the cost of {dear} of the hashes is {_DEAR} or more, so that a login takes seconds"


def _tls_notices(tls: TlsSection) -> Iterator[str]:
    place = "tls_server_config"
    if tls.min_version is not None and VERSIONS[tls.min_version] is None:
        yield f"{place}.min_version: versions below TLS12 are not offered; it is TLS12"
    if tls.client_auth_type == "RequestClientCert":
        yield (
            f"{place}.client_auth_type: RequestClientCert proves nothing, and no certificate is asked for; "
            "use VerifyClientCertIfGiven or RequireAndVerifyClientCert"
        )
    given = set(tls.cipher_suites or ())
    if given & CIPHERS_OF_TLS_1_3 and not given >= CIPHERS_OF_TLS_1_3:
        yield f"{place}.cipher_suites: the three suites of TLS 1.3 are always on"
    if tls.curve_preferences and len(tls.curve_preferences) > 1:
        yield f"{place}.curve_preferences: more than one curve cannot be chosen here; OpenSSL's own are offered"
