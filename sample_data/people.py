"""Made-up people: everything about a customer follows from his id, so the same id is the same person every time.

Addresses stand under example.com, .org and .net (RFC 2606), phones in the range 555-0100 to 555-0199 that belongs
to fiction. As in life some values are missing, malformed, or shared by several customers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WOMEN = _words(
    "Mary Linda Susan Karen Nancy Lisa Betty Sandra Ashley Donna Emily Carol Amanda Melissa Deborah Laura Sharon "
    "Cynthia Kathleen Amy Angela Shirley Anna Brenda Pamela Emma Nicole Helen Samantha Katherine Rachel Carolyn Janet "
    "Catherine Maria Heather Diane Ruth Julie Olivia Joyce Virginia Victoria Kelly Lauren Christina Joan Evelyn Judith "
    "Chloë Zoë Renée Inés Siobhán Aaliyah Priya Mei"
)
MEN = _words(
    "James Robert John Michael David William Richard Joseph Thomas Charles Daniel Matthew Anthony Mark Donald Steven "
    "Paul Andrew Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan Jacob Gary Nicholas Eric "
    "Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Frank Raymond Patrick Jack Dennis Jerry Tyler "
    "José André Jürgen Søren Malik Arjun Wei"
)
FAMILIES = _words(
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson "
    "Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson "
    "Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell "
    "Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales "
    "Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson "
    "O'Neil O'Brien D'Angelo Núñez Peña Müller Łukasik Dvořák Smith-Jones McDonald MacLeod Okafor Patel Chen Ivanova"
)
TOWN_HEADS = _words(
    "Maple Willow Cedar Fox Mill Stone Clear Bright Elm Oak River Lake Green Silver Amber North South East West Honey"
)
TOWN_TAILS = _words("Hollow Falls Creek Bridge Ridge Grove Harbor Meadow Springs Crossing")
STREETS = ("Main St", "Oak Ave", "2nd St", "Church Rd", "Park Pl", "Station Rd", "Highland Ave", "Mill Ln")
STATES = {
    "NY": ("1", "212 315 518 585 607 716 845 914"),
    "NJ": ("0", "201 609 732 856 908 973"),
    "PA": ("1", "215 412 570 610 717 814"),
    "CT": ("0", "203 860"),
    "MA": ("0", "413 508 617 781 978"),
    "OH": ("4", "216 330 419 513 614 740 937"),
}
MAIL_DOMAINS = ("example.com", "example.com", "example.org", "example.net")
BIRTH_YEARS = {
    "19-24": (1993, 1998), "25-34": (1983, 1992), "35-44": (1973, 1982),
    "45-54": (1963, 1972), "55-64": (1953, 1962), "65+": (1932, 1952),
}  # fmt: skip
PLACEHOLDER_BIRTH = date(1900, 1, 1)
WORDING = "Yes, send me news and offers by e-mail."
REFUSAL = "Please send me no more offers."

CUSTOMER_COLUMNS = (
    "customer_id", "full_name", "first_name", "last_name", "email", "phone", "birth_date", "gender", "country",
    "region", "city", "zip", "address", "registered_at", "source", "age_band", "income", "home_ownership",
    "marital_status", "household_size", "household_comp", "kids_count", "paper_leaflet",
)  # fmt: skip
SUBSCRIPTION_COLUMNS = ("customer_id", "channel", "category", "state", "changed_at", "source", "wording")


def number(key: str, what: str, below: int) -> int:
    """A stable number 0 … below - 1 for a thing under a question."""
    return int.from_bytes(sha256(f"{what}\x1f{key}".encode()).digest()[:8]) % below


def pick(key: str, what: str, of: Sequence[str]) -> str:
    """A stable choice."""
    return of[number(key, what, len(of))]


def town(key: str) -> str:
    """A town that is on no map."""
    return f"{pick(key, 'town head', TOWN_HEADS)} {pick(key, 'town tail', TOWN_TAILS)}"


def clock(key: str, what: str) -> time:
    """A time of day when shops are open, 08:00 to 20:59."""
    return time(8 + number(key, f"{what} hour", 13), number(key, f"{what} minute", 60), number(key, f"{what} s", 60))


def stamp(moment: datetime | None) -> str:
    """Local time as the files write it; empty when unknown."""
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class Household:
    """What the survey of a shop knows about a household; empty text is unknown."""

    age_band: str = ""
    income: str = ""
    home_ownership: str = ""
    marital_status: str = ""
    household_size: str = ""
    household_comp: str = ""
    kids_count: str = ""


def customer_row(
    customer_id: str, registered: datetime | None, household: Household, *, moved: bool = False
) -> tuple[str, ...]:
    """The customer as a line of ``customers_*.csv``. ``moved``: after he told us a new phone and address."""
    first, last, gender = _name(customer_id)
    place = f"{customer_id}#2" if moved else customer_id
    region = pick(place, "region", sorted(STATES))
    home = number(customer_id, "leaflet", 10)
    return (
        customer_id, *_written_name(customer_id, first, last), _email(customer_id, first, last), _phone(place, region),
        _birth_date(customer_id, household.age_band), gender, "US", region, town(place), _zip(place, region),
        f"{1 + number(place, 'house', 180)} {pick(place, 'street', STREETS)}", stamp(registered),
        pick(customer_id, "source", ("till", "till", "site", "app")), household.age_band, household.income,
        household.home_ownership, household.marital_status, household.household_size, household.household_comp,
        household.kids_count, "yes" if home < 5 else "no" if home < 8 else "",
    )  # fmt: skip


def consent_rows(customer_id: str, since: datetime) -> list[tuple[str, ...]]:
    """The permissions he gave or refused when he took the card; no row is a question never asked."""
    marketing, service = number(customer_id, "marketing", 1000), number(customer_id, "service", 1000)
    where = pick(customer_id, "source", ("till", "till", "site", "app"))
    rows: list[tuple[str, ...]] = []
    if marketing < 800:
        state = "yes" if marketing < 680 else "no"
        rows.append((customer_id, "email", "marketing", state, stamp(since), where, WORDING))
    if service < 500:
        state = "no" if service < 30 else "yes"
        rows.append((customer_id, "email", "service", state, stamp(since), where, ""))
    return rows


def agrees(customer_id: str) -> bool:
    """He said yes to marketing when he took the card."""
    return number(customer_id, "marketing", 1000) < 680


def refusal_row(customer_id: str, day: date) -> tuple[str, ...]:
    """He takes his permission back on a day."""
    moment = datetime.combine(day, clock(customer_id, "refusal"))
    return (customer_id, "email", "marketing", "no", stamp(moment), "site", REFUSAL)


def _name(key: str) -> tuple[str, str, str]:
    kind = number(key, "gender", 100)
    women = kind < 58
    first = pick(key, "first", WOMEN if women else MEN)
    return first, pick(key, "last", FAMILIES), "" if kind % 12 == 0 else "F" if women else "M"


def _written_name(key: str, first: str, last: str) -> tuple[str, str, str]:
    """Full, first and last name as somebody typed them."""
    match number(key, "name kind", 100):
        case 0 | 1 | 2 | 3:
            return "", "", ""
        case 4 | 5 | 6:
            return f"{last}, {first}", "", ""
        case 7 | 8:
            return f"{first} {last}".upper(), first.upper(), last.upper()
        case 9:
            return f'{first} "{first[:3]}" {last}', first, last
        case _:
            return f"{first} {last}", first, last


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower().replace("ł", "l").replace("ø", "o"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())


def _email(key: str, first: str, last: str) -> str:
    domain = pick(key, "domain", MAIL_DOMAINS)
    name = f"{_ascii(first)}.{_ascii(last)}.{_ascii(key)}{''.join(filter(str.isdigit, key))}".strip(".")
    plain = f"{name}@{domain}"
    kind = number(key, "email kind", 1000)
    odd = (
        (110, ""),
        (118, plain.replace("@", ".")),
        (126, f"{plain}; {_ascii(last)}@example.net"),
        (131, f"{name}@example..com"),
        (170, plain.upper()),
        (200, f"  {plain} "),
        (240, f"family{number(key, 'family', 30)}@example.net"),
    )
    return next((text for below, text in odd if kind < below), plain)


def _phone(key: str, region: str) -> str:
    kind = number(key, "phone kind", 1000)
    if kind < 180:
        return ""
    if kind < 190:
        return pick(key, "no phone", ("n/a", "555 0134", "000 000 0000", "call the neighbor"))
    shared = kind < 230
    area = pick(f"shared{number(key, 'line', 25)}" if shared else key, "area", STATES[region][1].split())
    last = 100 + number(f"shared{number(key, 'line', 25)}" if shared else key, "subscriber", 100)
    form = pick(key, "phone form", ("+1 {a} 555 0{n}", "({a}) 555-0{n}", "{a}-555-0{n}", "{a}5550{n}"))
    return form.format(a=area, n=last)


def _birth_date(key: str, band: str) -> str:
    kind = number(key, "birth kind", 1000)
    if kind < 140:
        return ""
    if kind < 150:
        return PLACEHOLDER_BIRTH.isoformat()
    low, high = BIRTH_YEARS.get(band, (1938, 1998))
    start = date(low + number(key, "birth year", high - low + 1), 1, 1)
    days = (start.replace(year=start.year + 1) - start).days
    return (start + timedelta(days=number(key, "birth day", days))).isoformat()


def _zip(key: str, region: str) -> str:
    return f"{STATES[region][0]}{number(key, 'zip', 10_000):04d}"
