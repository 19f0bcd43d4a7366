"""A date is what the feed's format says, to the letter, or a reject."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.import_.read.shape import shape

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%y %I:%M %p", "%Y%m%d%H%M%S", "%d %b %Y", "%A, %d. %B %Y", "%c",
    "%x %X", "%Y-%m-%dT%H:%M:%S.%f%z", "100%% %-d.%-m.%Y", "%Y %j %U %w %m %d",
)  # fmt: skip


@given(at=st.datetimes(datetime(1800, 1, 1), datetime(2200, 12, 31)), written=st.sampled_from(FORMATS))  # noqa: DTZ001 - local times, as in files
def test_what_the_format_writes_has_its_shape(at: datetime, written: str) -> None:
    iso = written.replace("%c", "%Y-%m-%d %H:%M:%S").replace("%x", "%Y-%m-%d").replace("%X", "%H:%M:%S")
    text = at.strftime(iso.replace("%z", "+0500"))
    assert re.fullmatch(shape(written), text, re.ASCII)
    assert not re.fullmatch(shape(written), text + "0x")
    assert not re.fullmatch(shape(written), "0x" + text)


@pytest.mark.parametrize(
    ("written", "text", "reason"),
    [
        ("%d.%m.%Y", "01.03.26", "not a date written as %d.%m.%Y; nothing is guessed; %Y is a year of four digits"),
        ("%d.%m.%Y", "01.03.0026", "the year is not between 1800 and 2200"),
        ("%d.%m.%Y", "01.03.2201", "the year is not between 1800 and 2200"),
        ("%d.%m.%Y", "31.02.2017", "not a date written as %d.%m.%Y"),
        ("%d.%m.%Y", "01.03.2017 x", "not a date written as %d.%m.%Y"),
        ("%Y-%m-%d", "0000-01-01", "the year is not between 1800 and 2200"),
        ("%Y-%m-%d", "infinity", "not a date written as %Y-%m-%d; nothing is guessed; %Y is a year of four digits"),
        ("%Y-%m-%d", "epoch", "not a date written as %Y-%m-%d; nothing is guessed; %Y is a year of four digits"),
        ("%d.%m.%y", "epoch", "not a date written as %d.%m.%y; nothing is guessed"),
        ("%Y%m%d", "2017111", "not a date written as %Y%m%d; nothing is guessed; %Y is a year of four digits"),
    ],
)
def test_nothing_is_guessed(shop: Shop, written: str, text: str, reason: str) -> None:
    feed = shop.feed("customer", format={"date": written})
    file = shop.one("customer-1.csv", f"customer_id,email,birth_date\nc,,{text}\n", customer=feed)
    assert (file.accepted, file.rejected) == (0, 1)
    assert shop.rejects() == [(2, "birth_date", "birth_date", text, reason)]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("%d.%m.%Y", "1.3.2017"), ("%d.%m.%Y", "01.03.2017"), ("%d.%m.%y", "01.03.17"), ("%Y%m%d", "20170301"),
        ("%d %b %Y", "1 mar 2017"), ("%d %B %Y", "01 March 2017"), ("%d. %m. %Y", " 1.  3. 2017"), ("%x", "2017-03-01"),
    ],
)  # fmt: skip
def test_dates_that_fit_are_taken(shop: Shop, written: str, text: str) -> None:
    feed = shop.feed("customer", format={"date": written})
    shop.one("customer-1.csv", f"customer_id,email,birth_date\nc,,{text}\n", customer=feed)
    assert shop.rows("select birth_date::varchar from customer") == [("2017-03-01",)]


@pytest.mark.parametrize(
    "text", ["infinity", "-infinity", "epoch", "2017-12-29", "17-12-29 10:00:00", "0017-12-29 10:00:00"]
)
def test_instants_are_exact_too(shop: Shop, text: str) -> None:
    head = "receipt_id,customer_id,store_id,purchased_at,status,total\n"
    file = shop.one("receipt-1.csv", head + f"r1,,,{text},,1\nr2,,,2017-12-29  9:05:00,,1\n")
    assert (file.accepted, file.rejected) == (1, 1)
    assert shop.rows("select day::varchar from receipt") == [("2017-12-29",)]
