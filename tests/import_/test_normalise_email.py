"""E-mail addresses: the rule in SQL against email-validator, and what is said beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from email_validator import EmailSyntaxError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.import_.normalise.emails import BLANKS, build_emails, provider_of, suggestion_of
from smc.model.contact import BAD_FORMAT, FINE
from smc.warehouse import Warehouse

Row = tuple[Any, ...]

SIGNS = "abcXYZ019._-+'@\"<>() ёé\u0301\u200bß。\uff05!#İ,[]"
LOCALS = st.text(st.sampled_from(SIGNS), max_size=8) | st.from_regex(r"[a-zA-Z0-9.+-]{1,66}", fullmatch=True)
DOMAINS = st.builds(
    str.__add__,
    st.text(st.sampled_from(SIGNS), max_size=8) | st.from_regex(r"[a-zA-Z0-9-]{1,30}", fullmatch=True),
    st.sampled_from(
        ["", ".ru", ".COM", ".test", ".рф", ".example", ".co.uk", "." + "a" * 63 + "." + "b" * 63 + ".com"]
    ),
)
ADDRESSES = st.builds(
    lambda before, local, domain, behind: f"{before}{local}@{domain}{behind}",
    st.sampled_from(["", " ", "\u00a0", "\ufeff"]), LOCALS, DOMAINS, st.sampled_from(["", " ", "\t", "\u200b"]),
)  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """One for the module: normalising leaves nothing but temporary tables."""
    path = tmp_path_factory.mktemp("normalise") / "warehouse.duckdb"
    with Warehouse.open(path, timezone="UTC", memory="1GB", threads=2) as opened:
        yield opened


def read(warehouse: Warehouse, texts: list[str]) -> dict[str, Row]:
    """email, provider, status and suggestion of each text."""
    warehouse.run(
        "create or replace temp table smc_stage as select unnest($texts::varchar[]) as email, false as bad",
        texts=texts,
    )
    build_emails(warehouse, stage="smc_stage")
    return {row[0]: row[1:] for row in warehouse.rows("select * from smc_email")}


def valid(text: str) -> str | None:
    bare = text.strip(BLANKS)
    try:
        found = validate_email(
            bare, check_deliverability=False, allow_smtputf8=False, strict=True,
            test_environment=bare.lower().endswith(".test"),
        )  # fmt: skip
    except EmailSyntaxError:
        return None
    return found.ascii_email


@settings(max_examples=30)
@given(st.lists(ADDRESSES, min_size=1, max_size=60))
def test_sql_and_library_agree(warehouse: Warehouse, texts: list[str]) -> None:
    found = read(warehouse, texts)
    assert found.keys() == set(texts)
    for text, (email, provider, status, _) in found.items():
        want = valid(text)
        assert (email, status) == ((text, BAD_FORMAT) if want is None else (want, FINE))
        assert (provider is None) == (want is None)


@settings(max_examples=30)
@given(st.lists(ADDRESSES, min_size=1, max_size=60))
def test_reading_twice_changes_nothing(warehouse: Warehouse, texts: list[str]) -> None:
    once = [row for row in read(warehouse, texts).values() if row[2] == FINE]
    assert read(warehouse, [row[0] for row in once] or ["a@b.ru"]).items() >= {row[0]: row for row in once}.items()


@pytest.mark.parametrize(
    ("text", "email", "provider"),
    [
        (" Ivan.Petrov@GMail.com ", "Ivan.Petrov@gmail.com", "gmail"),
        ("INFO@Example.com", "info@example.com", "other"),
        ("anna@почта.рф", "anna@xn--80a1acny.xn--p1ai", "other"),
        ("anna@xn--80a1acny.xn--p1ai", "anna@xn--80a1acny.xn--p1ai", "other"),
        ("a@shop.test", "a@shop.test", "other"),
        ("a@shop.example", "a@shop.example", "other"),
        ("o'neil+news@mail.ru", "o'neil+news@mail.ru", "mail.ru"),
        ("a@mailinator.com", "a@mailinator.com", "disposable"),
        ("анна@mail.ru", None, None),
        ('"a b"@mail.ru', None, None),
        ("a@[127.0.0.1]", None, None),
        ("a@localhost", None, None),
        ("a@b", None, None),
        ("a@b@c.ru", None, None),
        ("Ivan <a@mail.ru>", None, None),
        ("a@mail.ru, b@mail.ru", None, None),
        ("@mail.ru", None, None),
        ("a@", None, None),
        ("nobody", None, None),
    ],
)
def test_what_is_read(warehouse: Warehouse, text: str, email: str | None, provider: str | None) -> None:
    assert read(warehouse, [text])[text][:2] == (email or text, provider)


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("gmial.com", "gmail.com"), ("gmai.con", None), ("gmail.con", "gmail.com"), ("gmail,com", "gmail.com"),
        ("yandex.ry", "yandex.ru"), ("maill.ru", "mail.ru"), ("outlok.com", "outlook.com"),
        ("hotmial.com", "hotmail.com"), ("iclod.com", "icloud.com"), ("ramler.ru", "rambler.ru"),
        # Real domains, however near.
        ("qmail.com", None), ("inbox.eu", None), ("mail.com", None), ("ymail.com", None), ("gmail.com", None),
        ("mai.ru", None), ("example.com", None), ("bk.de", None),
    ],
)  # fmt: skip
def test_slips_are_suggested_and_real_domains_left_alone(domain: str, meant: str | None) -> None:
    assert suggestion_of(domain) == meant


def test_a_suggestion_rewrites_nothing(warehouse: Warehouse) -> None:
    assert read(warehouse, ["Anna@gmial.com"])["Anna@gmial.com"][::3] == ("Anna@gmial.com", "Anna@gmail.com")
    assert read(warehouse, ["a@gmail,com"])["a@gmail,com"] == ("a@gmail,com", None, BAD_FORMAT, "a@gmail.com")


@given(st.from_regex(r"[a-z]{3,9}\.(com|ru|de)", fullmatch=True))
def test_nobody_is_sent_from_a_known_provider(domain: str) -> None:
    if provider_of(domain) not in {"other", "disposable"}:
        assert suggestion_of(domain) is None
