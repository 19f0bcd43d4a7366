"""Letters as bytes, read back by Python's e-mail package, which shares no code with ours."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.errors import RenderError
from smc.send.address import Mailbox, ascii_address, mailbox
from smc.send.mime import (
    Envelope,
    Unsubscribe,
    address_value,
    build,
    text_value,
    unsubscribe,
    unsubscribe_token,
    verify_token,
)
from smc.send.render import Letter

KEY = "0123456789abcdef0123456789abcdef"
DUE = datetime(2017, 12, 29, 15, 0, tzinfo=UTC)
SHOP = Mailbox("Shop", "news@shop.example")
readable = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300)
ENVELOPE = Envelope(KEY, SHOP, "anna@example.com", DUE)


def parsed(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def decoded(value: str) -> str:
    """What a reader of RFC 2047 sees: the header unfolded, then decoded."""
    parts = decode_header(value.replace("\r\n", ""))
    return "".join(text if isinstance(text, str) else text.decode(charset or "ascii") for text, charset in parts)


def bodies(message: EmailMessage) -> tuple[str, str]:
    text, html = message.iter_parts()
    return tuple(str(part.get_content()) for part in (text, html))  # type: ignore[return-value]  # two parts


@given(readable)
def test_header_text_survives_and_is_well_formed(text: str) -> None:
    value = text_value("Subject", text)
    assert decoded(value) == text
    lines = f"Subject: {value}".split("\r\n")
    assert all(len(line) <= 76 and line.isascii() for line in lines)
    assert all(line.startswith(" ") and line.strip() for line in lines[1:])
    words = re.findall(r"=\?utf-8\?([BQ])\?([^?]*)\?=", value) if "=?utf-8?" in value else []
    assert all(len(payload) + 12 <= 75 for _, payload in words)
    for word in re.findall(r"=\?utf-8\?[BQ]\?[^?]*\?=", value):
        decode_header(word)[0][0].decode()  # a whole number of characters, or this raises


@given(st.text("привет мир принятии в скидке для вас ", min_size=1, max_size=200).map(str.strip).filter(bool))
def test_no_space_is_lost_between_russian_words(text: str) -> None:
    data = build(ENVELOPE, Letter(text, "<p>x</p>", "x\n"))
    assert parsed(data)["Subject"] == text


@given(readable.filter(lambda text: bool(text.strip())))
def test_display_name_survives(name: str) -> None:
    value = address_value("From", Mailbox(name, "news@shop.example"))
    assert all(len(line) <= 76 for line in f"From: {value}".split("\r\n"))
    shown, _, address = value.replace("\r\n", "").rpartition(" ")
    assert address == "<news@shop.example>"
    if shown.startswith('"'):
        shown = re.sub(r"\\(.)", r"\1", shown[1:-1])
    assert decoded(shown) == name


def test_python_reads_the_display_name() -> None:
    for name in ("Лавка", 'The "Best", Shop', "A. B. Shop", "Shop"):
        envelope = Envelope(KEY, Mailbox(name, "n@shop.example"), "a@b.cd", DUE)
        sender = parsed(build(envelope, Letter("s", "h", "t")))["From"]
        assert (sender.addresses[0].display_name, sender.addresses[0].addr_spec) == (name, "n@shop.example")


@given(readable, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=2000))
def test_bodies_survive(subject: str, body: str) -> None:
    data = build(ENVELOPE, Letter(subject, body + "\n", body + "\n"))
    assert all(len(line) <= 76 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    text, html = bodies(parsed(data))
    assert text.replace("\r\n", "\n").rstrip("\n") == html.replace("\r\n", "\n").rstrip("\n") == body.rstrip("\n")


@pytest.mark.parametrize("break_", ["\r", "\n", "\r\n", "\r\n ", "\x00", "\x85", "\u2028"])
def test_no_header_can_be_smuggled_in(break_: str) -> None:
    bad = f"Hello{break_}Bcc: all@example.com"
    with pytest.raises(RenderError):
        build(ENVELOPE, Letter(bad, "h", "t"))
    with pytest.raises(RenderError):
        build(Envelope(KEY, Mailbox(bad, "n@shop.example"), "a@b.cd", DUE), Letter("s", "h", "t"))
    with pytest.raises(RenderError):
        build(Envelope(KEY, SHOP, f"a@b.cd{break_}Bcc: x@y.zz", DUE), Letter("s", "h", "t"))
    with pytest.raises(RenderError):
        build(Envelope(KEY, SHOP, "a@b.cd", DUE, feedback_id=bad), Letter("s", "h", "t"))


def test_headers_of_a_letter() -> None:
    links = unsubscribe(b"secret", KEY, "a/b c", url="https://shop.example/u", mailto="leave@shop.example")
    envelope = Envelope(KEY, SHOP, "anna@example.com", DUE, Mailbox("", "help@shop.example"), links, "welcome:shop")
    message = parsed(build(envelope, Letter("Hello", "<p>Hi</p>\n", "Hi\n")))
    assert message["Message-ID"] == f"<{KEY}@shop.example>"
    assert message["Date"].datetime == DUE
    assert message["Reply-To"] == "help@shop.example"
    assert message["Feedback-ID"] == "welcome:shop"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = unsubscribe_token(b"secret", KEY, "a/b c")
    assert message["List-Unsubscribe"].replace(", ", ",") == (
        f"<https://shop.example/u?m={KEY}&c=a%2Fb%20c&t={token}>,"
        f"<mailto:leave@shop.example?subject=unsubscribe%20{KEY}.{token}>"
    )
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects


def test_one_click_needs_a_link() -> None:
    envelope = Envelope(KEY, SHOP, "a@b.cd", DUE, unsubscribe=Unsubscribe(None, "mailto:x@shop.example"))
    message = parsed(build(envelope, Letter("s", "h", "t")))
    assert message["List-Unsubscribe"] == "<mailto:x@shop.example>"
    assert message["List-Unsubscribe-Post"] is None


@given(st.text(), st.text(), st.text())
def test_a_token_belongs_to_one_message_and_customer(key: str, customer: str, other: str) -> None:
    try:
        f"{key}{customer}{other}".encode()
    except UnicodeEncodeError:
        return
    token = unsubscribe_token(b"secret", key, customer)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert verify_token(b"secret", key, customer, token)
    assert verify_token(b"secret", key, other, token) == (other == customer)
    assert not verify_token(b"another", key, customer, token)
    assert not verify_token(b"secret", key, customer, other)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (" anna@Example.com ", "anna@example.com"),
        ("a+b@x.co", "a+b@x.co"),
        ("анна@example.com", None),
        ("anna@почта.рф", "anna@xn--80a1acny.xn--p1ai"),
        ("anna@example", None),
        ("anna@1.2.3.4", None),
        ("anna", None),
        ("an na@example.com", None),
        ("a..b@example.com", None),
        (".a@example.com", None),
        ("a@-x.com", None),
        ("a@x.com\r\nBcc: b@x.com", None),
        (f"{'a' * 65}@example.com", None),
        (f"a@{'b' * 64}.com", None),
        ("a@b@example.com", None),
        ("", None),
    ],
)  # fmt: skip
def test_addresses(written: str, expected: str | None) -> None:
    assert ascii_address(written) == expected


def test_senders() -> None:
    assert mailbox("Лавка <news@shop.example>") == Mailbox("Лавка", "news@shop.example")
    assert mailbox("news@shop.example") == Mailbox("", "news@shop.example")
    assert mailbox("Shop") is None
    assert mailbox("Shop <news@localhost>") is None
    assert mailbox("a@b.cd, e@f.gh") is None
