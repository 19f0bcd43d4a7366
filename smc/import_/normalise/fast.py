"""The plain cases of ``phone.py`` as SQL, derived from the metadata of ``phonenumbers`` for one calling code.

A text is plain when it is digits with punctuation, and when nothing but one way of reading it is possible: with the
calling code, with the country's trunk prefix, or bare. Each condition below is one branch of
``phonenumberutil.parse`` and ``is_valid_number``; where a branch is not plain (numbers that begin with the trunk
prefix themselves, prefixes with carriers, other countries of a shared code) the SQL gives null and ``phone.py`` reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from smc.import_.normalise.phone import LONGEST, PUNCTUATION, home_of
from smc.import_.read.reading import quoted
from smc.warehouse import Warehouse

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata
    from phonenumbers.phonemetadata import PhoneNumberDesc

_KINDS = ("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")
"""In the order in which ``number_type`` asks; fixed and mobile come last."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How numbers of a calling code are read. ``home``: its country whose numbers may lack the code."""

    code: int
    home: str | None

    @property
    def regions(self) -> tuple[str, ...]:
        """Countries that share the code, in the order in which they are asked; the first is the main one."""
        return _regions(self.code)

    @property
    def metadata(self) -> tuple[PhoneMetadata, ...]:
        return tuple(_metadata(region) for region in self.regions)

    def query(self, texts: str) -> str:
        """SQL: ``given, nsn, region, kind`` of the plain and valid numbers among ``texts`` (``given``, ``d``).

        ``nsn`` is the national number behind the code, ``kind`` a type of phonenumbers such as FIXED_LINE. A number
        written without its code must look like one of the home country, or the library might strip more, or less.
        """
        at_home = "false" if self.home is None else _matches("nsn", _metadata(self.home).general_desc)
        return (
            "select given, nsn, split_part(kind, ' ', 1) as region, split_part(kind, ' ', 2) as kind "
            f"from (select given, d, nsn, {self._kind('nsn')} as kind from (select given, d, nsn from "
            f"(select given, d, {self._national()} as nsn from {texts}) "
            f"where nsn is not null and {self._plain('nsn')})) "
            f"where kind is not null and (starts_with(d, '+') or {at_home})"
        )

    def _national(self) -> str:
        code = str(self.code)
        return f"case when starts_with(d, '+{code}') then substr(d, {len(code) + 2}) {self._bare()} end"

    def _plain(self, nsn: str) -> str:
        """No trunk prefix at the front of the national number: it would be stripped, or not, depending on the rest."""
        trunks = {self.metadata[0].national_prefix_for_parsing, self._trunk}
        return " and ".join(f"{_prefix(nsn, trunk)} = ''" for trunk in sorted(filter(None, trunks))) or "true"

    @property
    def _trunk(self) -> str | None:
        return None if self.home is None else _metadata(self.home).national_prefix_for_parsing

    def _bare(self) -> str:
        """Digits as written at home: with the code but no plus, with the trunk prefix, or neither."""
        if self.home is None:
            return ""
        home, code = _metadata(self.home), str(self.code)
        trunk, prefix = home.national_prefix_for_parsing, home.national_prefix
        branches = ["when starts_with(d, '+') then null"]
        if home.international_prefix:
            branches.append(f"when {_prefix('d', home.international_prefix)} <> '' then null")
        whole = _full("d", home.general_desc)
        branches.append(f"when starts_with(d, '{code}') and not {whole} then substr(d, {len(code) + 1})")
        if trunk and prefix and prefix.isdecimal() and not home.national_prefix_transform_rule:
            branches.append(
                f"when {_prefix('d', trunk)} = '{prefix}' and not starts_with(d, '{code}') "
                f"then substr(d, {len(prefix) + 1})"
            )
        branches.append(f"when {_prefix('d', trunk)} = '' then d" if trunk else "else d")
        return " ".join(branches)

    def none(self, texts: str) -> str:
        """SQL: ``given`` of the plain texts that no way of reading makes a valid number.

        Whatever the library takes for a prefix, what is left then must be a number of no country.
        """
        code = str(self.code)
        plus = self._no_number(f"substr(d, {len(code) + 2})")
        return (
            f"select given from {texts} where d is not null and case when starts_with(d, '+{code}') then {plus} "
            f"when starts_with(d, '+') or starts_with(d, '00') then false else {self._no_bare()} end"
        )

    def _no_bare(self) -> str:
        """Nothing at home: not with the code, the trunk prefix or neither in front."""
        if self.home is None:
            return "false"
        home, code, trunk = _metadata(self.home), str(self.code), self._trunk
        prefix = home.national_prefix if not home.national_prefix_transform_rule else None
        asked = [f"{self._kind('d')} is null"]
        if home.international_prefix:
            asked.append(f"{_prefix('d', home.international_prefix)} = ''")
        if trunk:
            stripped = f"{_prefix('d', trunk)}"
            asked.append(f"{stripped} in ('', {quoted(prefix or '')})")
            if prefix:
                rest = f"substr(d, {len(prefix) + 1})"
                asked.append(f"({stripped} = '' or {self._kind(rest)} is null)")
        asked.append(f"(not starts_with(d, '{code}') or {self._no_number(f'substr(d, {len(code) + 1})')})")
        return " and ".join(asked)

    def _no_number(self, rest: str) -> str:
        return f"({self._plain(rest)} and {self._kind(rest)} is null)"

    def _kind(self, nsn: str) -> str:
        """``REGION KIND``; null when the number is not valid."""
        found = "null"
        for region, data in reversed(list(zip(self.regions, self.metadata, strict=True))):
            own = f"'{region} ' || {_kind(nsn, data)}"
            if data.leading_digits and len(_regions(self.code)) > 1:
                found = f"case when {_prefix(nsn, data.leading_digits)} <> '' then {own} else {found} end"
            else:
                found = f"coalesce({own}, {found})"
        return found

    def patterns(self) -> list[str]:
        """Every regular expression that the SQL uses."""
        found = [self.metadata[0].national_prefix_for_parsing, *(data.leading_digits for data in self.metadata)]
        if self.home is not None:
            found += [self._trunk, _metadata(self.home).international_prefix]
        found += [desc.national_number_pattern for data in self.metadata for desc in _descs(data)]
        return [pattern for pattern in found if pattern]


def plan(warehouse: Warehouse, code: int, home: str | None) -> Plan | None:
    """The plan of a calling code; None when DuckDB cannot read one of its patterns (RE2 has no look-around)."""
    if not _regions(code):
        return None
    made = Plan(code, home if home in _regions(code) else None)
    return made if _readable(warehouse, tuple(made.patterns())) else None


def _readable(warehouse: Warehouse, patterns: tuple[str, ...]) -> bool:
    if not all(map(_is_plain, patterns)):
        return False
    tests = ", ".join(f"regexp_matches('', {quoted(pattern)})" for pattern in patterns)
    return bool(warehouse.rows(f"select {tests}"))


def code_of(region: str | None) -> int | None:
    """The calling code of a country; None where it has none."""
    from phonenumbers import country_code_for_region

    known = home_of(region)
    return country_code_for_region(known) if known is not None else None


def calling_code(digits: str) -> int | None:
    """The calling code at the front of a number behind the plus; codes are never the front of one another."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE as KNOWN

    return next(
        (int(digits[:size]) for size in (1, 2, 3) if digits[:size].isdecimal() and int(digits[:size]) in KNOWN), None
    )


def texts(given: str, home: str | None) -> str:
    """SQL: ``given, d`` from a relation of ``given``: the digits of a plain text, null when it is not plain.

    ``+`` stands in front where it is written, or where ``00`` means it without doubt.
    """
    # Few signs are quick to look for, and enough for nearly all numbers.
    few, every = quoted("".join(sign for sign in PUNCTUATION if " " <= sign <= "~")), quoted(PUNCTUATION)
    clear = f"translate(given, case when regexp_full_match(given, '[ -~]*') then {few} else {every} end, '')"
    bare = f"select given, {clear} as d from {given}"
    digits = f"select given, case when regexp_full_match(d, '\\+?[0-9]{{1,{LONGEST}}}') then d end as d from ({bare})"
    abroad = f"starts_with(d, '00') and not starts_with(d, '000') and {_dials_00(home_of(home))}"
    return f"select given, case when {abroad} then '+' || substr(d, 3) else d end as d from ({digits})"


def _dials_00(home: str | None) -> str:
    """Where a country dials something else, 00 may still begin a number of its own: phone.py looks."""
    if home is None:
        return "true"
    prefix = _metadata(home).international_prefix
    return f"{_prefix('d', prefix)} = '00'" if prefix and _is_plain(prefix) else "false"


def _is_plain(pattern: str) -> bool:
    """Whether RE2 reads the pattern as Python's re does: it has no look-around."""
    return "(?" not in pattern.replace("(?:", "")


@cache
def _regions(code: int) -> tuple[str, ...]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, REGION_CODE_FOR_NON_GEO_ENTITY

    regions = COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    return () if REGION_CODE_FOR_NON_GEO_ENTITY in regions else tuple(regions)


def _metadata(region: str) -> PhoneMetadata:
    from phonenumbers import PhoneMetadata

    data = PhoneMetadata.metadata_for_region(region, None)
    if data is None:
        raise LookupError(region)
    return data


def _descs(data: PhoneMetadata) -> list[PhoneNumberDesc]:
    names = ("general_desc", *_KINDS, "fixed_line", "mobile")
    return [desc for name in names if (desc := getattr(data, name)) is not None and desc.national_number_pattern]


def _prefix(text: str, pattern: str) -> str:
    """SQL: what the pattern takes from the front of a text; empty when it takes nothing."""
    return f"regexp_extract({text}, {quoted(f'^(?:{pattern})')})"


def _full(text: str, desc: PhoneNumberDesc | None) -> str:
    if desc is None or not desc.national_number_pattern:
        return "false"
    return f"regexp_full_match({text}, {quoted(desc.national_number_pattern)})"


def _matches(nsn: str, desc: PhoneNumberDesc | None) -> str:
    """``_is_number_matching_desc``: a possible length, and the pattern in full."""
    full = _full(nsn, desc)
    if full == "false" or desc is None or not desc.possible_length:
        return full
    lengths = ", ".join(map(str, sorted(desc.possible_length)))
    return f"(length({nsn}) in ({lengths}) and {full})"


def _kind(nsn: str, data: PhoneMetadata) -> str:
    """``_number_type_helper``: null when the number is of no type, and so not valid."""
    asked = [(_matches(nsn, getattr(data, name)), name.upper()) for name in _KINDS]
    fixed, mobile = _matches(nsn, data.fixed_line), _matches(nsn, data.mobile)
    if data.same_mobile_and_fixed_line_pattern:
        asked.append((fixed, "FIXED_LINE_OR_MOBILE"))
    else:
        asked += [(f"{fixed} and {mobile}", "FIXED_LINE_OR_MOBILE"), (fixed, "FIXED_LINE"), (mobile, "MOBILE")]
    cases = " ".join(
        f"when {condition} then '{kind}'" for condition, kind in asked if not condition.startswith("false")
    )
    return f"case when not {_matches(nsn, data.general_desc)} then null {cases} end"
