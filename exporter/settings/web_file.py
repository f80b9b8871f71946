"""Reads the web-config file, in exporter-toolkit's format: access out, or every mistake in it."""

import ssl
from pathlib import Path
from types import MappingProxyType

from pydantic import SecretStr, ValidationError

from exporter.access import (
    Access,
    FileState,
    RateLimit,
    ServerTls,
    TlsWishes,
    UnusableTlsError,
    server_tls,
    states_of,
)
from exporter.access.tls import ClientAuth
from exporter.settings.document import Section
from exporter.settings.mistake import Finding, Place, SettingsError, looks_like_a_key, suggestion
from exporter.settings.origin import Origin
from exporter.settings.web_document import (
    CIPHERS,
    CURVES,
    VERSIONS,
    HttpServerSection,
    RateLimitSection,
    TlsSection,
    WebDocument,
)
from exporter.settings.web_rules import broken_web_rules, web_notices
from exporter.settings.yaml_file import read_file

_CLIENT_AUTH: dict[str, ClientAuth] = {
    "VerifyClientCertIfGiven": "if_given",
    "RequireAndVerifyClientCert": "required",
}
_SECTIONS: dict[Place, type[Section]] = {
    (): WebDocument,
    ("tls_server_config",): TlsSection,
    ("http_server_config",): HttpServerSection,
    ("rate_limit",): RateLimitSection,
}


def read_access(path: Path) -> Access:
    """Read the file and the certificates it names, relative to its own folder; an empty one lets everybody read.

    Raises SettingsError with all mistakes, none of which repeats a hash or a key.
    """
    states = states_of((path,))
    file = read_file(path, "basic_auth_users: {}")
    if file.mistakes:
        raise SettingsError(file.mistakes)
    origin = Origin(path, file.lines, {})
    findings: tuple[Finding, ...] = ()
    try:
        document = WebDocument.model_validate(file.tree)
    except ValidationError as error:
        document = WebDocument()
        details = error.errors(include_url=False, include_input=False)
        found = [
            _finding(each["loc"], each["type"], str(each.get("ctx", {}).get("error", each["msg"]))) for each in details
        ]
        # A key that is none has mostly no value either: the first of the two is the reason.
        findings = tuple({finding.place: finding for finding in reversed(found)}.values())
    findings = findings or tuple(broken_web_rules(document))
    try:
        if not findings:
            return _access(document, path, states)
    except UnusableTlsError as error:
        findings = (Finding(("tls_server_config", error.key), str(error)),)
    mistakes = [origin.mistake(finding) for finding in findings]
    raise SettingsError(sorted(mistakes, key=lambda mistake: mistake.line or 0)) from None


def _finding(location: tuple[int | str, ...], kind: str, text: str) -> Finding:
    # pydantic calls a bad key of a mapping by the key and "[key]".
    place = tuple(str(part) for part in location if part != "[key]")
    if kind != "extra_forbidden":
        return Finding(place, text)
    if not looks_like_a_key(place):
        return Finding(place, "this key looks like a value; write `key: value` with a blank after the colon")
    section = _SECTIONS.get(place[:-1])
    known = section.model_fields if section else ()
    return Finding(place, f"unknown setting; {suggestion(place[-1], known)}", unknown=True)


def _access(document: WebDocument, path: Path, states: tuple[FileState, ...]) -> Access:
    section = document.tls_server_config
    wishes = None if section is None or section == TlsSection() else _wishes(section, path.parent)
    states += states_of(wishes.files) if wishes else ()  # before they are read, so that none changes unnoticed
    tls: ServerTls | None = None if wishes is None else server_tls(wishes)
    users = document.basic_auth_users or {}
    http, limit = document.http_server_config, document.rate_limit
    return Access(
        tls=tls,
        users=MappingProxyType({name.encode(): hashed.get_secret_value().encode() for name, hashed in users.items()}),
        headers=MappingProxyType(dict(http.headers or {}) if http else {}),
        rate_limit=RateLimit(limit.interval, limit.burst or 0) if limit and limit.interval else None,
        files=(path, *(wishes.files if wishes else ())),
        states=states,
        notices=tuple(f"{path}: {notice}" for notice in web_notices(document, secured=tls is not None)),
    )


def _wishes(section: TlsSection, folder: Path) -> TlsWishes:
    def given(name: str) -> Path | str | None:
        inline: str | SecretStr | None = getattr(section, name)
        file: Path | None = getattr(section, f"{name}_file")
        if file is not None:
            return folder / file
        return inline.get_secret_value() if isinstance(inline, SecretStr) else inline

    certificate, key = given("cert"), given("key")
    if certificate is None or key is None:  # the rules have seen to it; this is for the types
        raise UnusableTlsError("cert_file", "is missing")
    client_auth: ClientAuth = _CLIENT_AUTH.get(section.client_auth_type or "", "none")
    ciphers = tuple(CIPHERS[name] for name in section.cipher_suites or () if name in CIPHERS)
    lowest = VERSIONS[section.min_version or "TLS12"] or ssl.TLSVersion.TLSv1_2
    # With suites of TLS 1.3 only, nothing is left for TLS 1.2.
    minimum = ssl.TLSVersion.TLSv1_3 if section.cipher_suites and not ciphers else lowest
    curves = section.curve_preferences or ()
    return TlsWishes(
        certificate=certificate,
        key=key,
        client_ca=given("client_ca") if client_auth != "none" else None,
        client_auth=client_auth,
        allowed_sans=None if section.client_allowed_sans is None else frozenset(section.client_allowed_sans),
        minimum=minimum,
        maximum=VERSIONS[section.max_version or "TLS13"] or ssl.TLSVersion.TLSv1_3,
        ciphers=ciphers,
        server_preference=section.prefer_server_cipher_suites is not False,
        curve=CURVES[curves[0]] if len(curves) == 1 else None,
    )
