"""Parameters in links: every link to the web, none of the others, nothing else changed."""

from __future__ import annotations

from html import escape, unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.send.links import tagged
from smc.send.render import Letter

UTM = (("utm_source", "news"), ("utm_content", "a & b"))
STOP = "https://shop.example/u?m=1&c=2"
ADDED = "utm_source=news&utm_content=a%20%26%20b"


def html(text: str) -> str:
    return tagged(Letter("s", text, ""), UTM, STOP).html


def plain(text: str) -> str:
    return tagged(Letter("s", "", text), UTM, STOP).text


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("https://shop.example", f"https://shop.example?{ADDED}"),
        ("https://shop.example/?", f"https://shop.example/?{ADDED}"),
        ("https://shop.example/a?b=c#top", f"https://shop.example/a?b=c&{ADDED}#top"),
        ("HTTP://shop.example/a?utm_source=own", "HTTP://shop.example/a?utm_source=own&utm_content=a%20%26%20b"),
        (STOP, STOP),
        ("mailto:a@shop.example", "mailto:a@shop.example"),
        ("#top", "#top"),
        ("tel:+1", "tel:+1"),
        ("/relative", "/relative"),
    ],
)
def test_which_links_get_them(link: str, found: str) -> None:
    assert html(f'<p>x <a class="b" href="{escape(link)}">y</a></p>') == (
        f'<p>x <a class="b" href="{escape(found)}">y</a></p>'
    )


def test_pictures_and_words_stay() -> None:
    text = (
        '<img src="https://shop.example/a.png"> https://shop.example <a name="x">y</a> <link href="https://x.example">'
    )
    assert html(text) == text


def test_single_quotes_and_areas() -> None:
    assert html("<area shape='rect' HREF='https://x.example'>") == (
        f"<area shape='rect' HREF=\"https://x.example?{escape(ADDED)}\">"
    )


def test_the_plain_part() -> None:
    assert plain("Look (https://x.example/a_(b)), or https://x.example. Stop: " + STOP) == (
        f"Look (https://x.example/a_(b)?{ADDED}), or https://x.example?{ADDED}. Stop: {STOP}"
    )


@pytest.mark.parametrize("query", ["region=77", "section=3", "current=1", "copy=2", "regfoo;", "a&amp=1"])
def test_what_looks_like_a_sign_is_a_parameter(query: str) -> None:
    found = f"https://x.example?a=b&{query}"
    assert html(f'<a href="{found}">y</a>') == f'<a href="{escape(f"{found}&{ADDED}")}">y</a>'


def test_references_are_signs() -> None:
    assert html('<a href="https://x.example?a=1&amp;b=&#50;&#x33;&copy;">y</a>') == (
        f'<a href="https://x.example?a=1&amp;b=23©&amp;{escape(ADDED)}">y</a>'
    )


def test_blanks_around_a_link_are_none_of_it() -> None:
    assert html('<a href=" https://x.example/c ">y</a>') == f'<a href="https://x.example/c?{escape(ADDED)}">y</a>'
    assert html(f'<a href="\n{escape(STOP)} ">y</a>') == f'<a href="\n{escape(STOP)} ">y</a>'


def test_other_attributes_are_no_links() -> None:
    assert html('<a data-href="https://a.example" href="https://b.example">y</a>') == (
        f'<a data-href="https://a.example" href="https://b.example?{escape(ADDED)}">y</a>'
    )


@pytest.mark.parametrize("around", ["«{}»", "“{}”", "[{}]", "{{{}}}", "*{}*", "_{}_", "({}).", "{}…", "|{}|"])
def test_signs_beside_a_plain_link(around: str) -> None:
    assert plain(around.format(STOP)) == around.format(STOP)
    assert plain(around.format("https://x.example/a[1]")) == around.format(f"https://x.example/a[1]?{ADDED}")


def test_a_link_may_end_with_a_sign_of_emphasis() -> None:
    assert plain("https://x.example/a_") == f"https://x.example/a_?{ADDED}"


def test_without_parameters_nothing_is_touched() -> None:
    letter = Letter("s", "<a href='https://x.example'>y</a>", "https://x.example")
    assert tagged(letter, (), STOP) is letter


@given(st.text("ab=&?#/.%é", max_size=12))
def test_what_was_in_a_link_stays_in_it(end: str) -> None:
    link = f"https://x.example/{end}"
    found = unescape(html(f'<a href="{escape(link)}">y</a>').split('"')[1])
    before, after = urlsplit(link), urlsplit(found)
    assert (after.path, after.fragment) == (before.path, before.fragment)
    assert parse_qsl(after.query, keep_blank_values=True)[-2:] == [*UTM]
    assert after.query.startswith(before.query)
