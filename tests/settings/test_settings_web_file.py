"""The web-config file, in exporter-toolkit's format."""

import os
import re
import shutil
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.access import Access, RateLimit
from exporter.listener.crowd import Limits
from exporter.settings.masking import render_masked
from exporter.settings.mistake import SettingsError
from exporter.settings.notices import warnings
from exporter.settings.web_document import (
    CLIENT_AUTH,
    HEADERS,
    HttpServerSection,
    RateLimitSection,
    TlsSection,
    WebDocument,
)
from exporter.settings.web_file import read_access

FILES = Path(__file__).parents[1] / "fixtures" / "access"
HASH = "$2y$10$" + "canaryHash" + "x" * 43
PAIR = "cert_file: server.pem, key_file: server-key.pem"
CLIENTS = f"{PAIR}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: client-ca.pem"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FILES, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def access_of(folder: Path) -> Callable[[str], Access]:
    def read(text: str) -> Access:
        path = folder / "web.yml"
        path.write_text(text)
        return read_access(path)

    return read


@pytest.fixture
def faults_of(access_of: Callable[[str], Access], folder: Path) -> Callable[[str], list[str]]:
    def lines(text: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            access_of(text)
        return str(caught.value).replace(f"{folder}/", "").splitlines()

    return lines


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "{}", "tls_server_config: {}\nbasic_auth_users:\n"])
def test_an_empty_file_is_plain_http_for_everybody(access_of, text):
    access = access_of(text)
    assert (None, {}, {}, None, ()) == (
        access.tls,
        dict(access.users),
        dict(access.headers),
        access.rate_limit,
        access.notices,
    )
    assert "plain HTTP, open to everybody who reaches the port" == str(access)


def test_a_whole_file_of_another_exporter_is_understood(access_of, folder):
    access = access_of(f"""
tls_server_config:
  cert_file: server.pem
  key_file: {folder}/server-key.pem
  client_auth_type: "RequireAndVerifyClientCert"
  client_ca_file: client-ca.pem
  client_allowed_sans: [prometheus.example]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA]
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP384]
http_server_config:
  http2: false
  headers:
    Strict-Transport-Security: max-age=31536000
    X-Frame-Options: sameorigin
    X-XSS-Protection:
basic_auth_users:
  prometheus: {HASH}
  müller: {HASH.replace("y", "b", 1)}
rate_limit: {{interval: 250ms, burst: 20}}
""")
    assert ("required", frozenset({"prometheus.example"})) == (access.tls.client_auth, access.tls.allowed_sans)
    assert {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-SHA"} == {
        each["name"] for each in access.tls.context.get_ciphers() if each["protocol"] != "TLSv1.3"
    }
    assert not access.tls.context.options & ssl.OP_CIPHER_SERVER_PREFERENCE
    assert {b"prometheus", "müller".encode()} == set(access.users)
    assert {"Strict-Transport-Security": "max-age=31536000", "X-Frame-Options": "sameorigin"} == dict(access.headers)
    assert RateLimit(0.25, 20) == access.rate_limit
    assert {"web.yml", "server.pem", "server-key.pem", "client-ca.pem"} == {file.name for file in access.files}
    assert "TLS, client certificates required, passwords of 2 users" == str(access)
    assert () == access.notices


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="a key is kept off the disk with Linux' own means")
def test_certificates_may_stand_in_the_file_itself(access_of, folder):
    def inline(name: str) -> str:
        return "|\n" + "".join(f"    {line}\n" for line in (folder / name).read_text().splitlines())

    texts = {"cert": "server.pem", "key": "server-key.pem", "client_ca": "client-ca.pem"}
    access = access_of(
        "tls_server_config:\n  client_auth_type: VerifyClientCertIfGiven\n"
        + "".join(f"  {key}: {inline(name)}" for key, name in texts.items())
    )
    assert ("if_given", ["web.yml"]) == (access.tls.client_auth, [file.name for file in access.files])


def test_suites_of_tls_1_3_alone_leave_nothing_for_tls_1_2(access_of):
    access = access_of(f"tls_server_config: {{{PAIR}, cipher_suites: [TLS_AES_128_GCM_SHA256]}}")
    assert ssl.TLSVersion.TLSv1_3 == access.tls.context.minimum_version
    assert ["tls_server_config.cipher_suites: the three suites of TLS 1.3 are always on"] == [
        notice.partition("web.yml: ")[2] for notice in access.notices
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "tls_server_config: {cert_fiel: a}",
            "1: tls_server_config.cert_fiel: unknown setting; did you mean cert_file",
        ),
        ("basic_auth_user: {}", "1: basic_auth_user: unknown setting; did you mean basic_auth_users?"),
        ("listen: a", "1: listen: unknown setting; use one of basic_auth_users, http_server_config, rate_limit, tls_"),
        ("[a]", "1: must be a mapping of settings, such as `basic_auth_users: {}`"),
        ("a: b: c", "1: not YAML: mapping values are not allowed here"),
        ("tls_server_config: {cert_file: server.pem}", "tls_server_config.key_file: is missing; TLS takes a"),
        (
            "tls_server_config: {min_version: TLS13, key_file: a}",
            "tls_server_config.cert_file: is missing; TLS takes a certificate",
        ),
        (
            "tls_server_config: {cert_file: nowhere.pem, key_file: server-key.pem}",
            "1: tls_server_config.cert_file: cannot be read: No such file or directory",
        ),
        (
            "tls_server_config:\n  cert_file: server.pem\n  key_file: nowhere.pem",
            "3: tls_server_config.key_file: cannot be read: No such file or directory",
        ),
        (
            "tls_server_config: {cert_file: server.pem, key_file: renewed-key.pem}",
            "1: tls_server_config.key_file: is not the key of the certificate",
        ),
        (
            "tls_server_config: {cert_file: server.pem, key_file: server.pem}",
            "1: tls_server_config.key_file: holds no key in PEM form",
        ),
        (
            "tls_server_config: {cert_file: server-key.pem, key_file: server-key.pem}",
            "1: tls_server_config.cert_file: holds no certificate in PEM form",
        ),
        (
            "tls_server_config: {cert_file: server.pem, key_file: encrypted-key.pem}",
            "1: tls_server_config.key_file: has a passphrase; write it without one",
        ),
        (f"tls_server_config: {{{PAIR}, cert: server.pem}}", "1: tls_server_config.cert: is not text in PEM form"),
        (
            f"tls_server_config: {{{PAIR}, key: '-----BEGIN canary'}}",
            "1: tls_server_config.key: stands beside key_file; leave one of the two out",
        ),
        (f"tls_server_config: {{{PAIR}, client_ca_file: client-ca.pem}}", "client_auth_type: is missing beside the CA"),
        (
            f"tls_server_config: {{{PAIR}, client_auth_type: RequireAndVerifyClientCert}}",
            "client_ca_file: is missing, for client_auth_type: RequireAndVerifyClientCert; every public authority",
        ),
        (
            f"tls_server_config: {{{PAIR}, client_auth_type: RequireAnyClientCert}}",
            "1: tls_server_config.client_auth_type: lets in whoever makes a certificate, and is not offered here",
        ),
        (
            f"tls_server_config: {{{PAIR}, client_auth_type: Require}}",
            '1: tls_server_config.client_auth_type: "Require" is not known; ',
        ),
        (
            f"tls_server_config: {{{PAIR}, client_allowed_sans: [a]}}",
            "1: tls_server_config.client_allowed_sans: needs client_auth_type: RequireAndVerifyClientCert",
        ),
        (
            f"tls_server_config: {{{CLIENTS.replace('client-ca', 'server-key')}}}",
            "1: tls_server_config.client_ca_file: holds no certificate in PEM form",
        ),
        (f"tls_server_config: {{{PAIR}, max_version: TLS11}}", "max_version: no version below TLS12 is offered"),
        (f"tls_server_config: {{{PAIR}, min_version: SSL3}}", 'min_version: "SSL3" is not known; use one of TLS10'),
        (f"tls_server_config: {{{PAIR}, min_version: TLS13, max_version: TLS12}}", "is below min_version, which is"),
        (
            f"tls_server_config: {{{PAIR}, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}}",
            '1: tls_server_config.cipher_suites[0]: "TLS_RSA_WITH_RC4_128_SHA" is not known; ',
        ),
        (f"tls_server_config: {{{PAIR}, cipher_suites: TLS_A}}", "1: tls_server_config.cipher_suites: must be a list"),
        (
            f"tls_server_config: {{{PAIR}, max_version: TLS12, cipher_suites: [TLS_AES_128_GCM_SHA256]}}",
            "cipher_suites: has only suites of TLS 1.3, which max_version: TLS12 rules out",
        ),
        (f"tls_server_config: {{{PAIR}, curve_preferences: [P256]}}", 'curve_preferences[0]: "P256" is not known; did'),
        (
            "http_server_config: {http2: maybe}",
            '1: http_server_config.http2: "maybe" is not a flag; write true or false',
        ),
        (
            "http_server_config: {headers: {X-Powered-By: us}}",
            '1: http_server_config.headers: "X-Powered-By" cannot be set here; ',
        ),
        (
            "http_server_config: {headers: {X-Frame-Options: never}}",
            '1: http_server_config.headers: X-Frame-Options: "never" is not known; use deny or sameorigin',
        ),
        (
            'http_server_config: {headers: {Strict-Transport-Security: "a\\r\\nb"}}',
            "1: http_server_config.headers: Strict-Transport-Security must be text of one line, in ASCII",
        ),
        ("rate_limit: {interval: 1s}", "1: rate_limit.burst: is missing, so that nothing would be answered"),
        ("rate_limit: {interval: 5, burst: 1}", '1: rate_limit.interval: "5" is not a duration; write 100ms, 1s or'),
        ("rate_limit: {interval: 1s, burst: -1}", '1: rate_limit.burst: "-1" is not a whole number from 1 on'),
        (
            "basic_auth_users: {alice: canary-secret}",
            "1: basic_auth_users.alice: is not a bcrypt hash, which begins with $2y$, $2b$ or $2a$ and has 60",
        ),
        ("basic_auth_users: {alice: }", "1: basic_auth_users.alice: must be text; put it in quotes"),
        (f"basic_auth_users: {{12: {HASH}}}", "1: basic_auth_users: a key must be plain text; put it in quotes"),
        (f"basic_auth_users: {{'a:b': {HASH}}}", "1: basic_auth_users[…]: a user's name has no colon"),
        (f"basic_auth_users: {{alice:{HASH}}}", "1: basic_auth_users[…]: a user's name has no colon"),
        (f"{{basic_auth_users:{HASH}}}", "1: […]: this key looks like a value; write `key: value` with a blank after"),
        (
            f"basic_auth_users:\n  alice: {HASH}\n  alice: {HASH}",
            "3: basic_auth_users.alice: stands here and in line 2; leave one of the two out",
        ),
    ],
)
def test_a_mistake_names_file_line_key_and_the_way_out(faults_of, text, line):
    [told] = faults_of(text)
    assert told.startswith("web.yml:")
    assert line in told
    assert "canary" not in told


def test_all_mistakes_are_told_at_once(faults_of):
    text = "tls_server_config: {a: 1}\nbasic_auth_users: {b: canary}\nrate_limit: {burst: x}"
    assert ["web.yml:1", "web.yml:2", "web.yml:3"] == [line[:9] for line in faults_of(text)]


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("http_server_config: {http2: true}", "HTTP/2 is not offered; all clients speak HTTP/1.1"),
        (f"tls_server_config: {{{PAIR}, min_version: TLS10}}", "versions below TLS12 are not offered; it is TLS12"),
        (f"tls_server_config: {{{PAIR}, client_auth_type: RequestClientCert}}", "no certificate is asked for"),
        (f"tls_server_config: {{{PAIR}, curve_preferences: [X25519, CurveP256]}}", "more than one curve cannot be"),
        (f"basic_auth_users: {{a: {HASH}}}", "passwords travel in clear unless a proxy in front has TLS"),
        (
            f"tls_server_config: {{{PAIR}}}\nbasic_auth_users: {{a: {HASH.replace('10', '15')}}}",
            "the cost of 1 of the hashes is 15 or more, so that a login takes seconds",
        ),
    ],
)
def test_what_cannot_be_had_here_is_told(access_of, text, notice):
    [told] = access_of(text).notices
    assert notice in told
    assert "canary" not in told


def test_the_settings_read_it_beside_their_own_file(settings_of, mistakes_of, folder):
    accounts = "accounts: [{name: a, provider: aliyun}]"
    (folder / "web.yml").write_text(f"basic_auth_users: {{a: {HASH}}}")
    settings = settings_of(f"{accounts}\nweb: {{config_file: web.yml, enable_actions: true}}")
    assert (folder / "web.yml", True, [b"a"]) == (
        settings.web.config_file,
        settings.web.enable_actions,
        list(settings.web.access.users),
    )
    shown = render_masked(settings)
    assert f"web:\n  config_file: {folder}/web.yml\n  enable_actions: true\n" in shown
    told = [line for line in warnings(settings, {}) if "web" in line]
    assert 1 == len(told)  # passwords in clear
    assert not any("canary" in text for text in (shown, repr(settings), str(settings), *told))

    (folder / "web.yml").write_text("basic_auth_users: {a: canary-secret}")
    [mistake] = mistakes_of(f"{accounts}\nweb: {{config_file: web.yml}}")
    assert mistake.startswith("web.yml:1: basic_auth_users.a: is not a bcrypt hash")


def test_actions_for_everybody_are_warned_of(settings_of):
    settings = settings_of("accounts: [{name: a, provider: aliyun}]\nweb: {enable_actions: true}")
    assert ["web.enable_actions: everybody who reaches the port can have the settings read again"] == [
        line for line in warnings(settings, {}) if "web" in line
    ]


def test_a_mistake_here_hides_no_mistake_of_the_settings(mistakes_of, folder):
    (folder / "web.yml").write_text("a: 1")
    found = mistakes_of("accounts: [{name: a}]\nweb: {config_file: web.yml}")
    assert ["config.yml:1: accounts[0].provider", "web.yml:1: a"] == [line.rpartition(": ")[0] for line in found]


GUIDE = (Path(__file__).parents[2] / "docs" / "access.md").read_text(encoding="utf-8")
EXAMPLES = [text for text in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL) if "tls_server_config" in text]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_guide_are_good_as_they_are(access_of, example):
    assert access_of(example).tls is not None
    assert () == access_of(example).notices


def test_the_guide_names_every_key_and_every_limit():
    keys = {key for section in (TlsSection, HttpServerSection, RateLimitSection) for key in section.model_fields}
    assert [] == [
        key for key in sorted({*keys, *WebDocument.model_fields, *CLIENT_AUTH[:3], *HEADERS}) if key not in GUIDE
    ]
    limits = Limits()
    for told in (limits.connections, limits.spare, limits.handshake, limits.request, limits.answer, limits.idle):
        assert re.search(rf"\b{told}\b", GUIDE)
    assert 2 == len(EXAMPLES)
