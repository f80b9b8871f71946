import pytest

from exporter.mixin import GRAFANA_BASE, RUNBOOK_BASE, Bases, base_of

RULE = f"""\
# Comments stay.
- alert: Down   # here too
  annotations:
    runbook_url: '{RUNBOOK_BASE}/exporter.md#down'
    dashboard_url: >-
      {GRAFANA_BASE}/d/cloud-cluster-exporter?var-account={{{{ $labels.account | urlquery
      }}}}&var-region=x
"""


def test_the_committed_addresses_give_way_and_nothing_else_changes():
    assert RULE.replace(RUNBOOK_BASE, "https://runbooks").replace(GRAFANA_BASE, "https://graphs/sub") == Bases(
        "https://runbooks", "https://graphs/sub"
    ).put_into(RULE)


def test_the_committed_addresses_in_their_own_place_change_nothing():
    assert RULE == Bases(RUNBOOK_BASE, GRAFANA_BASE).put_into(RULE)


def test_an_address_that_contains_the_other_is_not_replaced_again():
    changed = Bases(f"{GRAFANA_BASE}/runbooks", "https://graphs").put_into(RULE)
    assert f"'{GRAFANA_BASE}/runbooks/exporter.md#down'" in changed
    assert "https://graphs/d/" in changed


@pytest.mark.parametrize("longer", [f"{GRAFANA_BASE}0/d/x", f"{GRAFANA_BASE}.example/d", f"{RUNBOOK_BASE}-old/x.md"])
def test_an_address_that_only_begins_alike_stays(longer):
    assert longer == Bases("https://runbooks", "https://graphs").put_into(longer)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("https://wiki.example/ops/", "https://wiki.example/ops"),
        ("http://grafana:3000//", "http://grafana:3000"),
        ("https://wiki.example/%E4%BA%91/a_b-(c)", "https://wiki.example/%E4%BA%91/a_b-(c)"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("HTTPS://Wiki.example", "HTTPS://Wiki.example"),
    ],
)
def test_an_address_is_taken_without_the_slash_at_its_end(given, taken):
    assert taken == base_of(given)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "is not an address"),
        ("grafana:3000", "is not an address"),
        ("//grafana", "is not an address"),
        ("https://", "is not an address"),
        ("https:///d", "is not an address"),
        ("http://grafana:port", "is not an address"),
        ("http://grafana:0", "is not an address"),
        ("http://[::1", "is not an address"),
        ("ftp://grafana", "is not an address"),
        ("javascript:alert(1)", "is not an address"),
        ("https://grafana/?orgId=1", "leave out everything from"),
        ("https://wiki#ops", "leave out everything from"),
        ("https://{{ $labels.host }}", "begin a template"),
        ("https://grafana/{{", "begin a template"),
        ("https://grafana'", "percent-encode"),
        ('https://grafana"', "percent-encode"),
        ("https://grafana\n", "percent-encode"),
        ("https://grafana/a b", "percent-encode"),
        ("https://grafana/`x`", "percent-encode"),
        ("https://grafana/{a}", "percent-encode"),
        ("https://grafana/云", "percent-encode"),
        ("https://grafana\\d", "percent-encode"),
        ("https://me:secret@grafana", "everybody who gets an alert"),
    ],
)
def test_what_would_break_alerts_or_links_is_refused_with_the_reason(given, reason):
    with pytest.raises(ValueError, match=reason) as refused:
        base_of(given)
    assert "secret" not in str(refused.value)
