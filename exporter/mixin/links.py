"""What alerts link to: the two addresses in the committed rule files, and a user's own in their place."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

RUNBOOK_BASE = "http://cloud-cluster-exporter:10990/runbooks"
GRAFANA_BASE = "http://grafana:3000"

# What may stand in YAML of any style and in a template: no quotes, no braces, no blanks.
_PLAIN = re.compile(r"[A-Za-z0-9._~:/\[\]@!&()*+,;=%-]*")
_COMMITTED = re.compile("|".join(rf"{re.escape(base)}(?![\w.:-])" for base in (RUNBOOK_BASE, GRAFANA_BASE)))


def base_of(text: str) -> str:
    """An address that links begin with, without a slash at its end; ValueError says what is wrong with it."""
    if "{{" in text:
        raise ValueError("is put into every alert as it is, where {{ would begin a template; write a plain address")
    if any(mark in text for mark in "?#"):
        raise ValueError("what comes after it must be a path; leave out everything from ? or # on")
    if _PLAIN.fullmatch(text) is None:
        raise ValueError("has characters that no address in an alert may have; percent-encode them (a blank is %20)")
    try:
        parts = urlsplit(text)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        host = None
    if host is None or parts.scheme not in {"http", "https"}:
        raise ValueError("is not an address; write https://host, https://host:port or https://host/path")
    if "@" in parts.netloc:
        raise ValueError("has a name or password before the host, which everybody who gets an alert would see")
    return text.rstrip("/")


@dataclass(frozen=True, slots=True)
class Bases:
    """The addresses that runbooks and dashboards are found at, without a slash at the end."""

    runbooks: str
    grafana: str

    def put_into(self, text: str) -> str:
        """A text with these in place of the committed ones and nothing else changed, not even within these."""
        own = {RUNBOOK_BASE: self.runbooks, GRAFANA_BASE: self.grafana}
        return _COMMITTED.sub(lambda found: own[found[0]], text)
