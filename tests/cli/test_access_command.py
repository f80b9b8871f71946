"""``serve`` and ``check`` with a web-config file: who gets in, and that nothing tells how."""

import base64

import bcrypt
import pytest

pytestmark = pytest.mark.whole

PASSWORD = "canary-password"
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"prometheus:{password}".encode()).decode()


@pytest.fixture
def web(tmp_path):
    (tmp_path / "web.yml").write_text(f"basic_auth_users: {{prometheus: {HASH}}}")
    return {"config_file": "web.yml"}


def test_a_served_page_is_for_those_with_the_password_and_nothing_tells_it(serve, web, tmp_path):
    served = serve(web=web)
    for path in ("/metrics", "/-/healthy", "/", "/nothing"):
        assert 401 == served.get(path)[0]
    status, page = served.get("/metrics", Authorization=basic(PASSWORD))
    assert (200, True) == (status, "cluster_exporter_web_config_last_reload_successful 1.0\n" in page)
    assert 401 == served.get("/", Authorization=basic("canary-wrong"))[0]
    shown = [page, *(served.get(path, Authorization=basic(PASSWORD))[1] for path in ("/", "/-/ready", "/nothing"))]
    code, log = served.stop()
    assert 0 == code
    told = str([shown, log])
    assert [] == [secret for secret in ("canary", HASH, HASH[7:], basic(PASSWORD)) if secret in told]


def test_check_says_who_may_read_and_shows_no_hash(here, write_settings, web):
    done = here("check", "--config", write_settings(web=web))
    assert 0 == done.returncode
    assert "access to our own pages: plain HTTP, passwords of 1 user\n" in done.stderr
    assert "warning: " in done.stderr  # in clear
    assert HASH not in done.stdout + done.stderr


def test_a_password_in_place_of_its_hash_is_one_line_that_does_not_repeat_it(here, write_settings, web, tmp_path):
    (tmp_path / "web.yml").write_text(f"basic_auth_users:\n  prometheus: {PASSWORD}\n")
    done = here("check", "--config", write_settings(web=web))
    assert (2, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert f"{tmp_path}/web.yml:2: basic_auth_users.prometheus: is not a bcrypt hash" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr
