"""``python -m benchmarks.normalise [--rows N]``: seconds to normalise N phones and N e-mail addresses on two cores.

Three home countries, each with what its shops write: most numbers plain and of the country, one in twenty foreign, one
in fifty no number. Addresses are of large providers but for a tenth, of 20,000 firms; one in fifty is wrong. The goal
is 30 s for 1,000,000 of both. The seed is fixed.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from smc.import_.normalise.apply import normalise
from smc.warehouse import Warehouse

GOAL = 30.0
"""Seconds for 1,000,000 phones and addresses."""

_FIELDS = ("phone", "email", "country", "region", "city")
_MAILS = ("gmail.com", "mail.ru", "yandex.ru", "outlook.com", "icloud.com", "gmx.de", "gmial.com")
_PLACES = {
    "US": (("OH", "Columbus"), ("NY", "New York"), ("TX", "El Paso"), ("", "Springfield")),
    "RU": (("Самарская обл.", "Тольятти"), ("", "Москва"), ("Татарстан", "Казань"), ("", "Омск")),
    "DE": (("", "Berlin"), ("Bayern", "München"), ("", "Köln"), ("", "")),
}


def main() -> None:
    """Print a line per home country; exit code 1 when one is over the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    seconds = [run(home, rows) for home in _PLACES]
    for home, took in zip(_PLACES, seconds, strict=True):
        print(f"{home}: {took:.1f} s for {rows:,} phones and addresses")
    if max(seconds) > GOAL * rows / 1_000_000:
        raise SystemExit(1)


def run(home: str, rows: int) -> float:
    """Seconds from a filled stage to the tables of phones, addresses and zones."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "normalise.duckdb"
        with Warehouse.open(path, timezone="UTC", threads=2) as warehouse:
            _fill(warehouse, home, rows)
            start = time.perf_counter()
            normalise(warehouse, fields=_FIELDS, home=home)
            took = time.perf_counter() - start
            valid = warehouse.value("select count(*) from smc_phone where phone_status = 0")
            if valid < rows * 0.8:
                raise ValueError(f"{home}: only {valid} numbers are valid")
    return took


def _fill(warehouse: Warehouse, home: str, rows: int) -> None:
    chance = random.Random(7)
    number = _NUMBERS[home]
    phones = [_phone(chance, number) for _ in range(rows)]
    mails = [_mail(chance, index) for index in range(rows)]
    places = [chance.choice(_PLACES[home]) for _ in range(rows)]
    warehouse.run(
        "create or replace temp table smc_stage as select unnest($phones) as phone, unnest($mails) as email, "
        "$home as country, nullif(unnest($regions), '') as region, nullif(unnest($cities), '') as city, false as bad",
        phones=phones,
        mails=mails,
        home=home,
        regions=[region for region, _ in places],
        cities=[city for _, city in places],
    )


def _phone(chance: random.Random, number: Callable[[random.Random], str]) -> str:
    kind = chance.randrange(100)
    if kind < 2:
        return f"none {chance.randrange(10**7)}" if kind else str(chance.randrange(10**9))
    if kind < 7:
        return f"+{chance.choice(('44 20', '49 30', '33 6', '380 67', '48 60'))} {chance.randrange(10**7, 10**8)}"
    return number(chance)


def _american(chance: random.Random) -> str:
    area, rest = chance.choice((212, 216, 305, 312, 404, 415, 513, 614, 713, 917)), chance.randrange(2 * 10**6, 10**7)
    return chance.choice(("+1{0}{1}", "({0}) {1}", "1-{0}-{1}", "{0}{1}")).format(area, rest)


def _russian(chance: random.Random) -> str:
    rest = f"{chance.randrange(10**9):09}"
    return chance.choice(("+79{0}{1}-{2}", "8 (9{0}) {1}-{2}", "79{0}{1}{2}", "9{0}{1}{2}")).format(
        rest[:2], rest[2:5], rest[5:]
    )


def _german(chance: random.Random) -> str:
    rest = chance.randrange(10**6, 10**7)
    return chance.choice(("+49 151 1{0}", "0170 {0}", "0049 30 {0}", "030 {0}", "089-{0}")).format(rest)


_NUMBERS = {"US": _american, "RU": _russian, "DE": _german}


def _mail(chance: random.Random, index: int) -> str:
    kind = chance.randrange(100)
    if kind < 2:
        return f"user{index}@@x" if kind else f"us er{index}@mail.ru"
    domain = f"firm{chance.randrange(20_000)}.example" if kind < 12 else chance.choice(_MAILS)
    return f"{chance.choice(('User', 'a.b', 'x_'))}{index}@{domain}"


if __name__ == "__main__":
    main()
