"""Every mistake that pydantic finds, told in plain words with its place in the YAML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, cast

from pydantic import ValidationError

from smc.config.layout import Layout
from smc.config.problem import Place, Problem, nearest
from smc.config.shape import Spot, keys_of, locate, pattern_of, tags_at, union_specs
from smc.config.specs.base import HOST, Spec
from smc.config.specs.handing import PERSON
from smc.config.specs.project import MEMORY
from smc.config.specs.source import DATABASE
from smc.config.yaml import SHORTER, TOO_LONG

PATTERNS = {
    r"^[a-z][a-z0-9_]{0,62}$": (
        "A name is lower-case letters, digits and _, beginning with a letter",
        "Write it like win_back_90.",
    ),
    r"^(custom\.)?[a-z][a-z0-9_]{0,62}$": ("This is no name of a field", "Write it like email or custom.passport."),
    r"^([01]\d|2[0-3]):[0-5]\d$": ("A time of day is hours and minutes", "Write it like 09:30 or 18:00."),
    r"^[A-Z]{3}$": ("A currency is three capital letters", "Write it like EUR or USD."),
    MEMORY: ("Memory is 1% to 100%, or an amount above 0 with its unit", "Write it like 4GB, 800MB or 50%."),
    r"^https://": ("A web address begins with https://", "Write the whole address."),
    r"^https?://": ("An address begins with https:// or http://", "Write it like https://files.example.com/drops."),
    r"^[^/\s]+$": ("The name of a bucket has no slash and no space", "Put folders into prefix."),
    r"^([^/].*)?$": ("A prefix does not begin with a slash", "Write it like drops/customers/."),
    r"^[^\x00-\x1f\x7f]*$": ("The text has control characters or line ends", "Write it on one line."),
    HOST: (
        "A host is a name or an address and nothing else",
        "Write it like ftp.example.com; port, user and password have keys of their own.",
    ),
    DATABASE: (
        "A database is a name without spaces, '=', '/' and '@'",
        "Write its name alone; host, user and password have keys of their own.",
    ),
    r"^[A-Z]{2}$": ("A country has two capital letters (ISO 3166)", "Write it like country: DE."),
    PERSON: ("This is no address of e-mail", "Write it like boss@shop.example, without a name."),
    r"^[^\x00-\x1f\x7f]+$": ("The text is empty, or has control characters or line ends", "Write it on one line."),
    r"^[A-Z0-9_-]{0,20}$": ("A prefix has capital letters, digits, - and _, at most 20", "Write it like BD-."),
    r"^[A-Z0-9]{10,36}$": ("An alphabet has 10 to 36 capital letters and digits", "Write it like ACDEFGHJKMNP34679."),
    r"^#[0-9A-Fa-f]{6}$": ("A colour is # and six hexadecimal digits", "Write it like #aa0000."),
    r"^[1-9][0-9]* *(kB|MB|GB|TB)$": ("A size is a whole number with its unit", "Write it like 500 MB."),
}
"""What each pattern of the specs means, and how to write it."""
_HUSHED = frozenset({HOST, DATABASE})
"""What does not fit here is often a whole address with a password in it, so it is not repeated."""

_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "date_type": "a date",
    "tuple_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
}
_INSTANCES = {"Decimal": "a number", "Path": "a path", "date": "a date"}
_BOUNDS = {
    "greater_than_equal": ("ge", "The smallest possible value is {}"),
    "greater_than": ("gt", "The value must be more than {}"),
    "less_than_equal": ("le", "The largest possible value is {}"),
    "less_than": ("lt", "The value must be less than {}"),
}
_YES = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


@dataclass(frozen=True, slots=True)
class _Mistake:
    """One of pydantic's errors with its spot and what is needed to explain it."""

    error: str
    spot: Spot
    loc: tuple[str | int, ...]
    ctx: Mapping[str, Any]
    kind: type[Spec]
    layout: Layout

    @property
    def place(self) -> Place:
        return self.layout.place(self.spot.path)

    @property
    def found(self) -> str:
        return self.layout.describe(self.spot.path)

    @property
    def raw(self) -> str:
        item = self.layout.items.get(self.spot.path)
        return item.raw if item else ""

    def problem(self, message: str, remedy: str = "", place: Place | None = None) -> Problem:
        return Problem(place or self.place, message, remedy)


def problems_of(error: ValidationError, kind: type[Spec], layout: Layout) -> list[Problem]:
    """One problem per mistake; what only follows from another mistake is left out."""
    mistakes = [
        _Mistake(found["type"], locate(kind, found["loc"]), found["loc"], found.get("ctx", {}), kind, layout)
        for found in error.errors(include_url=False)
        if not _follows(cast("Mapping[str, Any]", found))
    ]
    return [_explained(mistake) for mistake in _without_typos(list(_one_per_union(mistakes)))]


def _follows(found: Mapping[str, Any]) -> bool:
    """A list that is only too short because its items are wrong."""
    least = found.get("ctx", {}).get("min_length", 0)
    return found["type"] == "too_short" and hasattr(found["input"], "__len__") and len(found["input"]) >= least


def _one_per_union(mistakes: list[_Mistake]) -> Iterator[_Mistake]:
    """Of the mistakes of all members of a union, those of the member that was meant."""
    groups: dict[Any, list[_Mistake]] = {}
    for number, mistake in enumerate(mistakes):
        union = mistake.spot.union
        groups.setdefault(number if union is None else mistake.spot.path[:union], []).append(mistake)
    for key, group in groups.items():
        deeper = [mistake for mistake in group if isinstance(key, tuple) and len(mistake.spot.path) > len(key)]
        first = next((mistake for mistake in group if mistake.error == "literal_error"), group[0])
        yield from deeper or ([first] if isinstance(key, tuple) else group)


def _without_typos(mistakes: list[_Mistake]) -> Iterator[_Mistake]:
    """A missing key that stands there misspelt is one mistake, not two."""
    unknown: dict[Any, list[str]] = {}
    for mistake in mistakes:
        if mistake.error == "extra_forbidden":
            unknown.setdefault(mistake.spot.path[:-1], []).append(str(mistake.spot.path[-1]))
    for mistake in mistakes:
        if mistake.error == "missing":
            here = unknown.get(mistake.spot.path[:-1], [])
            if "<<" in here or get_close_matches(str(mistake.spot.path[-1]), here, n=1):
                continue
        yield mistake


def _explained(mistake: _Mistake) -> Problem:
    if mistake.error in _BOUNDS:
        key, text = _BOUNDS[mistake.error]
        return mistake.problem(f"{text.format(mistake.ctx[key])}, but here is {mistake.found}.")
    if mistake.error in _TYPES or mistake.error == "is_instance_of":
        return _wrong_type(mistake)
    explain = _EXPLAIN.get(mistake.error)
    if explain is None:
        return mistake.problem(f"This value is not possible here: {mistake.found}.", "See the reference of this file.")
    return explain(mistake)


def _unknown_key(mistake: _Mistake) -> Problem:
    name = str(mistake.spot.path[-1])
    place = mistake.layout.key_place(mistake.spot.path)
    known = keys_of(mistake.spot.spec)
    if name == "<<":
        return mistake.problem("Merging with '<<' is not supported.", "Write the keys out.", place)
    if name in mistake.spot.siblings:
        here = [key for key in mistake.layout.keys(mistake.spot.path[:-1]) if key in known and key != "title"]
        return mistake.problem(f"'{name}' cannot stand beside '{here[0]}'.", "Keep one of them.", place)
    if not known:
        return mistake.problem(f"Unknown key '{name}'.", "No keys are known here.", place)
    former = mistake.spot.spec.former if mistake.spot.spec else {}
    return mistake.problem(f"Unknown key '{name}'.", former.get(name) or nearest(name, known), place)


def _missing(mistake: _Mistake) -> Problem:
    *parent, name = mistake.spot.path
    place = mistake.layout.place(tuple(parent))
    if isinstance(name, int):
        return mistake.problem("Two values are needed here.", "Write [from, to].", place)
    holder = f" of '{parent[-1]}'" if parent and isinstance(parent[-1], str) else ""
    return mistake.problem(f"The key '{name}'{holder} is missing.", f"Add '{name}:' here.", place)


def _wrong_type(mistake: _Mistake) -> Problem:
    if mistake.error == "is_instance_of":
        wanted = _INSTANCES.get(str(mistake.ctx.get("class")), "another value")
    else:
        wanted = _TYPES[mistake.error]
    is_number = mistake.layout.kind(mistake.spot.path) == "number"
    if wanted == "text" and is_number and (pattern := pattern_of(mistake.spot)) in PATTERNS.keys() - _HUSHED:
        return _pattern(replace(mistake, ctx={"pattern": pattern}))
    if mistake.spot.union is not None:
        wanted = "one value: a text, a number, a date, true or false"
    return mistake.problem(f"Expected {wanted}, but here is {mistake.found}.", _turned(wanted, mistake))


_NUMBERS = ("a whole number", "a number")


def _turned(wanted: str, mistake: _Mistake) -> str:
    """How to write what stands there in the wanted type."""
    kind, raw = mistake.layout.kind(mistake.spot.path), mistake.raw
    if wanted in _NUMBERS and TOO_LONG.fullmatch(raw):
        return SHORTER
    if raw and not mistake.found.endswith((raw, f"'{raw}'")):  # a secret, or too long to repeat
        return ""
    match wanted, kind:
        case "keys with values", _:
            known = ", ".join(keys_of(mistake.spot.spec))
            remedy = f"Write keys with values below it: {known}." if known else "Write 'name: value' below it."
        case _, "nothing":
            remedy = "Write a value, or delete the key."
        case "a list", "mapping":
            remedy = "Begin each item with '- '."
        case "a list", _:
            remedy = f"Write [{raw}], or one item per line, each after '- '."
        case _, "mapping" | "list":
            remedy = ""
        case _:
            remedy = _scalar_turned(wanted, kind, raw)
    return remedy


def _scalar_turned(wanted: str, kind: str, raw: str) -> str:
    match wanted:
        case "text" | "a path":
            return f'Write it in quotes: "{raw}".'
        case "a date":
            return "Write it like 2026-01-31."
        case "true or false":
            return f"Write {_YES[raw.lower()]}." if raw.lower() in _YES else ""
        case _ if wanted in _NUMBERS:
            quoted = kind == "text" and re.fullmatch(r"-?[1-9]\d*(\.\d+)?", raw)
            return f"Write it without quotes: {raw}." if quoted else "Write plain digits, such as 30."
    return ""


def _literal(mistake: _Mistake) -> Problem:
    known = re.findall(r"'([^']*)'", mistake.ctx["expected"])
    close = get_close_matches(mistake.raw.lower(), known, n=1)
    remedy = f"Did you mean '{close[0]}'?" if close else ""
    for spec in union_specs(mistake.kind, mistake.loc):
        remedy += f"{' Or write' if remedy else 'Write'} keys with values below it: {', '.join(keys_of(spec))}."
    *most, last = (f"'{choice}'" for choice in known)
    words = f"{', '.join(most)} or {last}" if most else last
    return mistake.problem(f"Expected {words}, but here is {mistake.found}.", remedy)


def _unknown_tag(mistake: _Mistake) -> Problem:
    name = str(mistake.ctx["tag"])
    known = re.findall(r"'([^']*)'", mistake.ctx["expected_tags"])
    return mistake.problem(
        f"Unknown key '{name}'.", nearest(name, known), mistake.layout.key_place((*mistake.spot.path, name))
    )


def _no_tag(mistake: _Mistake) -> Problem:
    path, layout = mistake.spot.path, mistake.layout
    known = tags_at(mistake.kind, mistake.loc)
    one_of = f"one of {', '.join(known)}"
    if layout.kind(path) != "mapping":
        return mistake.problem(f"Expected a key with a value, but here is {mistake.found}.", f"Write {one_of}.")
    here = layout.keys(path)
    given = [key for key in here if key in known]
    if len(given) > 1:
        words = " and ".join(f"'{key}'" for key in given)
        return mistake.problem(
            f"One key stands here, but there are {len(given)}: {words}.",
            "Make each an item of its own, or keep one of them.",
            layout.key_place((*path, given[1])),
        )
    if given and "title" not in here:
        other = next(key for key in here if key not in known)
        return mistake.problem(
            f"'{other}' cannot stand beside '{given[0]}'.", f"Delete it, or indent it to stand below '{given[0]}'.",
            layout.key_place((*path, other)),
        )  # fmt: skip
    return mistake.problem(f"A key is missing: {one_of}.", "Add the one that you need.")


def _empty_text(mistake: _Mistake) -> Problem:
    least = mistake.ctx["min_length"]
    if least == 1:
        return mistake.problem("The text is empty.", "Write something, or delete the key.")
    return mistake.problem(f"The text is too short: at least {least} characters.")


def _long_text(mistake: _Mistake) -> Problem:
    most = mistake.ctx["max_length"]
    return mistake.problem(f"Expected at most {most} character{'s' * (most > 1)}, but here is {mistake.found}.")


def _too_short(mistake: _Mistake) -> Problem:
    least = mistake.ctx["min_length"]
    if mistake.layout.kind(mistake.spot.path) == "text":  # a secret
        return mistake.problem(f"The text is too short: at least {least} characters.")
    is_list = mistake.ctx["field_type"] == "Tuple" or mistake.layout.kind(mistake.spot.path) == "list"
    what = "list" if is_list else "mapping"
    remedy = "Write at least one item." if what == "list" else "Write at least one name with its values below it."
    return mistake.problem(f"The {what} is empty.", remedy)


def _too_long(mistake: _Mistake) -> Problem:
    return mistake.problem(f"The list has more than {mistake.ctx['max_length']} items.", "Delete some.")


def _pattern(mistake: _Mistake) -> Problem:
    said, remedy = PATTERNS.get(mistake.ctx["pattern"], ("The text has another form", "See the reference."))
    if mistake.spot.on_key:
        place = mistake.layout.key_place(mistake.spot.path)
        return mistake.problem(f"{said}, not '{mistake.spot.path[-1]}'.", remedy, place)
    if mistake.ctx["pattern"] in _HUSHED:
        return mistake.problem(f"{said}.", remedy, replace(mistake.place, text=""))
    return mistake.problem(f"{said}, but here is {mistake.found}.", remedy)


def _value(mistake: _Mistake) -> Problem:
    said = str(mistake.ctx["error"])
    said = said[:1].upper() + said[1:]
    if mistake.spot.on_key:
        return mistake.problem(f"{said}.", place=mistake.layout.key_place(mistake.spot.path))
    if mistake.layout.kind(mistake.spot.path) in {"mapping", "list"}:
        return mistake.problem(f"{said}.")
    return mistake.problem(f"{said}, but here is {mistake.found}.")


_EXPLAIN: dict[str, Callable[[_Mistake], Problem]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "literal_error": _literal,
    "union_tag_invalid": _unknown_tag,
    "union_tag_not_found": _no_tag,
    "string_too_short": _empty_text,
    "string_too_long": _long_text,
    "too_short": _too_short,
    "too_long": _too_long,
    "string_pattern_mismatch": _pattern,
    "value_error": _value,
}
