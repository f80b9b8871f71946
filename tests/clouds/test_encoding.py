"""The spelling of URLs and forms, which both vendors' signatures depend on."""

import re
from urllib.parse import parse_qsl, unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.clouds.encoding import (
    canonical_headers,
    canonical_path,
    canonical_query,
    encode_form,
    encode_query,
    percent_encode,
)

words = st.text(st.characters(exclude_categories=["Cs"]))


def test_only_unreserved_characters_stay_as_they_are():
    assert percent_encode(" ~/*-+") == "%20~%2F%2A-%2B"


def test_text_is_encoded_as_utf_8():
    assert percent_encode("一") == "%E4%B8%80"


@given(words)
def test_percent_encoding_is_undone_by_the_standard_library(text: str):
    encoded = percent_encode(text)

    assert unquote(encoded, errors="strict") == text
    assert re.fullmatch(r"(?:[A-Za-z0-9\-_.~]|%[0-9A-F]{2})*", encoded)


def test_a_query_is_sorted_by_name_and_then_value():
    pairs = [
        ("limit", "1"),
        ("enable", "true"),
        ("test", "一 (&=?!#%.*)"),
        ("path", "/tmp/123"),
        ("multi", "2"),
        ("multi", "1"),
        ("multi", "3"),
    ]

    assert encode_query(pairs) == (
        "enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29"
    )


def test_names_are_sorted_alone_and_not_with_their_values():
    assert encode_query([("a.1", "x"), ("a", "y")]) == "a=y&a.1=x"


def test_an_empty_value_keeps_its_equals_sign():
    assert encode_query([("test", "ok"), ("empty", "")]) == "empty=&test=ok"


def test_no_pairs_are_an_empty_query():
    assert encode_query([]) == ""


def test_a_form_is_spelt_like_a_query():
    assert encode_form([("StatusList.2", "4"), ("StatusList.1", "a b")]) == b"StatusList.1=a%20b&StatusList.2=4"


@given(st.lists(st.tuples(words, words)))
def test_an_encoded_query_is_canonical_and_reaches_the_server_whole(pairs: list[tuple[str, str]]):
    query = encode_query(pairs)

    assert canonical_query(query) == query
    assert parse_qsl(query, keep_blank_values=True) == sorted(pairs)


@given(st.lists(st.tuples(words, words), min_size=1))
def test_httpx_sends_an_encoded_query_unchanged(pairs: list[tuple[str, str]]):
    query = encode_query(pairs)

    assert httpx.URL(f"https://cloud.example/?{query}").raw_path == f"/?{query}".encode()


@given(st.lists(words.filter(lambda text: text not in {"", ".", ".."}), min_size=1))
def test_httpx_sends_an_encoded_path_unchanged(segments: list[str]):
    path = "/" + "/".join(percent_encode(segment) for segment in segments)

    assert httpx.URL(f"https://cloud.example{path}").raw_path == path.encode()
    assert canonical_path(path) == path


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("b=2&a=1", "a=1&b=2"),
        ("name", "name="),
        ("star=*&tilde=%7E", "star=%2A&tilde=~"),
        ("q=a+b", "q=a%20b"),
        ("q=%2b", "q=%2B"),
        ("", ""),
    ],
)
def test_a_query_in_another_spelling_becomes_canonical(sent: str, canonical: str):
    assert canonical_query(sent) == canonical


def test_a_path_is_encoded_except_for_its_slashes():
    assert canonical_path("/path/ test") == "/path/%20test"


def test_an_encoded_slash_in_a_path_stays_encoded():
    assert canonical_path("/a%2Fb/c") == "/a%2Fb/c"


def test_headers_are_trimmed_sorted_and_in_lower_case():
    assert canonical_headers([("X-B", " 2 "), ("Host", "h")]) == ("host:h\nx-b:2\n", "host;x-b")


def test_the_values_of_a_repeated_header_are_sorted_and_joined():
    assert canonical_headers([("x-acs-test", "https"), ("x-acs-TEST", "http")]) == (
        "x-acs-test:http,https\n",
        "x-acs-test",
    )
