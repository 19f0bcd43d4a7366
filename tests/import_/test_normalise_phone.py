"""Phones: what is read and what is not, and the SQL path against the reading one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import phonenumbers as lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.import_.normalise import fast
from smc.import_.normalise.phone import PUNCTUATION, Phone, digits_of, phone_of
from smc.import_.normalise.phones import build_phones
from smc.model.contact import BAD_FORMAT, FINE
from smc.warehouse import Warehouse

COUNTRIES = ("US", "CA", "RU", "KZ", "DE", "GB", "FR", "IT", "BR", "AR", "MX", "UA", "HU", "AU", "JP")
KINDS = [kind for name, kind in vars(lib.PhoneNumberType).items() if isinstance(kind, int) and name != "UNKNOWN"]
LONG = 15

Row = tuple[Any, ...]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """One for the module: normalising leaves nothing but temporary tables."""
    path = tmp_path_factory.mktemp("normalise") / "warehouse.duckdb"
    with Warehouse.open(path, timezone="UTC", memory="1GB", threads=2) as opened:
        yield opened


def read(warehouse: Warehouse, texts: list[str], home: str | None, worth: int = 0) -> dict[str, Row]:
    """Each text with what the tables keep of it; ``worth=0``: SQL wherever it can."""
    warehouse.run(
        "create or replace temp table smc_stage as select unnest($texts::varchar[]) as phone, false as bad",
        texts=texts or [""],
    )
    build_phones(warehouse, stage="smc_stage", home=home, worth=worth)
    return {row[0]: row[1:] for row in warehouse.rows("select * from smc_phone")}


def expected(text: str, home: str | None) -> Row:
    phone = phone_of(text, home)
    if phone is None:
        return (text, None, None, BAD_FORMAT, None, None)
    return (phone.e164, phone.type, phone.operator, FINE, phone.region, phone.timezone)


def examples(country: str) -> list[str]:
    """Significant numbers that the library gives as examples of the country."""
    found = [lib.example_number_for_type(country, kind) for kind in KINDS]
    return sorted({lib.national_significant_number(number) for number in found if number is not None})


@st.composite
def numbers(draw: st.DrawFn, country: str) -> str:
    """Numbers of a country as people write them, right and slightly wrong."""
    data = lib.PhoneMetadata.metadata_for_region(country, None)
    assert data is not None
    digits = list(draw(st.sampled_from(examples(country))))
    for place in draw(st.lists(st.integers(0, len(digits) - 1), max_size=6)):
        digits[place] = draw(st.sampled_from("0123456789"))
    if draw(st.integers(0, 9)) == 0:
        digits = list(draw(st.text("0123456789", min_size=1, max_size=LONG)))
    code, trunk = str(data.country_code), data.national_prefix or ""
    front = draw(
        st.sampled_from([f"+{code}", f"+{code}{trunk}", code, trunk, "", "0", "8", "1", f"00{code}", "00", "+"])
    )
    area = draw(st.integers(0, 4))
    sign = draw(st.sampled_from(["", " ", "-", ".", "\u00a0"]))
    return f"{front}{sign}{''.join(digits[:area])}{sign}{''.join(digits[area:])}"


@pytest.mark.parametrize("country", COUNTRIES)
def test_sql_and_library_agree(warehouse: Warehouse, country: str) -> None:
    @settings(max_examples=1)
    @given(st.lists(numbers(country), min_size=150, max_size=150))
    def check(texts: list[str]) -> None:
        assert read(warehouse, texts, country) == {text: expected(text, country) for text in texts}

    check()


@pytest.mark.parametrize("country", COUNTRIES)
def test_examples_of_the_library_are_read_in_sql(warehouse: Warehouse, country: str) -> None:
    """Not only right, but without the slow way: international texts, unless they begin like a trunk prefix."""
    code = fast.code_of(country)
    assert code is not None
    plan = fast.plan(warehouse, code, country)
    assert plan is not None
    texts = [f"+{code}{number}" for number in examples(country)]
    assert read(warehouse, texts, country) == {text: expected(text, country) for text in texts}
    plain = warehouse.rows(
        f"select given from ({plan.query('(select unnest($t) as given, unnest($t) as d)')})", t=texts
    )
    assert len(plain) >= len(texts) / 3


def test_every_country_of_the_library_has_a_fast_way(warehouse: Warehouse) -> None:
    slow = [
        country
        for country in lib.SUPPORTED_REGIONS
        if (code := fast.code_of(country)) is None or fast.plan(warehouse, code, country) is None
    ]
    assert slow == []


@settings(max_examples=15)
@given(
    st.lists(
        st.text(st.sampled_from("+0123456789 ()-./,;x#tel:доб\u00a0\u200e\uff0b\uff17\u0663"), max_size=24), max_size=40
    )
)
def test_any_text_is_a_number_or_of_bad_format(warehouse: Warehouse, texts: list[str]) -> None:
    assert read(warehouse, texts, "RU") == {text: expected(text, "RU") for text in texts or [""]}


@given(st.sampled_from(COUNTRIES).flatmap(lambda country: st.tuples(st.just(country), numbers(country))))
def test_reading_twice_changes_nothing(pair: tuple[str, str]) -> None:
    country, text = pair
    first = phone_of(text, country)
    if first is not None:
        assert phone_of(first.e164, country) == first
        assert phone_of(first.e164, None) == first


@given(st.sampled_from(COUNTRIES).flatmap(numbers), st.lists(st.sampled_from(PUNCTUATION), max_size=6))
def test_punctuation_says_nothing(text: str, signs: list[str]) -> None:
    digits = digits_of(text)
    assert digits is not None
    assert digits_of(digits[:3] + "".join(signs) + digits[3:]) == digits


MOSCOW = "+79161234567"


TABLE: list[tuple[str, str | None, str | None]] = [
    ("8 (916) 123-45-67", "RU", MOSCOW),
    ("+7 916 123 45 67", "RU", MOSCOW),
    ("+7 916 123 45 67", None, MOSCOW),
    ("79161234567", "RU", MOSCOW),
    ("9161234567", "RU", MOSCOW),
    ("007 916 1234567", "RU", MOSCOW),
    ("007 916 1234567", None, MOSCOW),
    ("тел.: 8 916 123 45 67", "RU", MOSCOW),
    ("8 916 123-45-67 доб. 12", "RU", MOSCOW),
    ("00 49 30 1234567", "DE", "+49301234567"),
    ("00 49 30 1234567", "US", "+49301234567"),
    ("0011 49 30 1234567", "AU", "+49301234567"),
    ("030/1234567", "DE", "+49301234567"),
    ("+49 (0) 30 1234567", None, "+49301234567"),
    ("(513) 555-0142", "US", "+15135550142"),
    ("tel:+1-513-555-0142;ext=7", "RU", "+15135550142"),
    ("8 701 123 45 67", "RU", "+77011234567"),
    ("\u202a+7\u00a0916\u00a0123\u201145\u201167\u202c", "RU", MOSCOW),
    # Without a home country nothing tells which country is meant.
    ("8 (916) 123-45-67", None, None),
    ("79161234567", None, None),
    # Letters, several numbers, no area: not guessed.
    ("1-800-FLOWERS", "US", None),
    ("8 916 123-45-67, 8 926 765-43-21", "RU", None),
    ("8 916 123-45-67; 8 926 765-43-21", "RU", None),
    ("8 916 123-45-67\n8 926 765-43-21", "RU", None),
    ("8 916 123-45-67 8 926 765-43-21", "RU", None),
    ("1234567/7654321", "DE", None),
    ("030 1234567/8", "DE", None),
    ("+7 916 123 45 67 +7 926 765 43 21", "RU", None),
    ("555-0142", "US", None),
    ("none", "US", None),
    ("0", "US", None),
    ("+", "US", None),
    ("()", "US", None),
]


@pytest.mark.parametrize(("text", "home", "number"), TABLE)
def test_what_is_read(text: str, home: str | None, number: str | None) -> None:
    phone = phone_of(text, home)
    assert (phone.e164 if phone else None) == number


@pytest.mark.parametrize("home", ["RU", "US", None])
def test_the_table_reads_the_same(warehouse: Warehouse, home: str | None) -> None:
    texts = [text for text, _, _ in TABLE]
    for worth in (0, 1_000):
        assert read(warehouse, texts, home, worth) == {text: expected(text, home) for text in texts}


def test_what_is_known_of_a_number() -> None:
    assert phone_of("+4930123456", None) == Phone("+4930123456", "landline", None, "DE", "Europe/Berlin")
    assert phone_of("01711234567", "DE") == Phone("+491711234567", "mobile", "T-Mobile", "DE", "Europe/Berlin")
    assert phone_of("(212) 555-0142", "US") == Phone("+12125550142", "unknown", None, "US", "America/New_York")
    assert phone_of("800 555 0142", "US") == Phone("+18005550142", "toll_free", None, "US", None)
    moscow = phone_of(MOSCOW, None)
    assert moscow is not None
    assert (moscow.type, moscow.timezone) == ("mobile", None), "a Russian mobile number lies in eleven zones"
