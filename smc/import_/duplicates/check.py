"""Is a rule strong enough to say that two ids are one person? Light imports only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from smc.config.document import Document
from smc.config.problem import Problem, nearest
from smc.config.specs.duplicates import CONTACTS, KEPT, SIGNS, DuplicatesSpec
from smc.config.specs.project import FieldsSpec

_CUSTOM = "custom."
_COMPARED = frozenset({"birth_date", "gender"})


def check_duplicates(doc: Document[DuplicatesSpec], fields: FieldsSpec) -> list[Problem]:
    """Unknown signs, and rules that would merge people who only share a phone or an address."""
    return sorted(_Check(doc, frozenset(f"{_CUSTOM}{name}" for name in fields.customer)).problems())


class _Check:
    def __init__(self, doc: Document[DuplicatesSpec], custom: frozenset[str]) -> None:
        self.doc, self.spec, self.custom = doc, doc.spec, custom

    def problems(self) -> Iterator[Problem]:
        known = {*SIGNS, *self.custom}
        for name, rule in self.spec.rules.items():
            path = ("rules", name, "same")
            unknown = list(self._unknown(path, rule.same, known))
            yield from unknown
            if not unknown and not self._enough(rule.same):
                yield self.doc.problem(
                    path,
                    f"the rule '{name}' is too weak: families share phones, e-mails and names",
                    "Name the card or a field of 'strong', or a phone or e-mail together with birth_date, full_name, "
                    "or last_name and first_name.",
                )
        yield from self._unknown(("strong",), self.spec.strong, self.custom)
        yield from self._unknown(("conflict",), self.spec.conflict, _COMPARED | self.custom)
        for name in self.spec.fields:
            yield from self._key(("fields",), name, {*KEPT, *self.custom})
        for name, values in self.spec.ignore.items():
            yield from self._key(("ignore",), name, known)
            if name == "birth_date":
                yield from self._dates(values)

    def _enough(self, same: Collection[str]) -> bool:
        if "card" in same or set(same) & set(self.spec.strong):
            return True
        person = "birth_date" in same or "full_name" in same or {"first_name", "last_name"} <= set(same)
        return person and bool(set(same) & set(CONTACTS))

    def _unknown(self, path: tuple[str, ...], names: Collection[str], known: Collection[str]) -> Iterator[Problem]:
        for number, name in enumerate(names):
            if name not in known:
                yield self.doc.problem((*path, number), f"there is no sign '{name}' here", nearest(name, known))

    def _key(self, path: tuple[str, ...], name: str, known: Collection[str]) -> Iterator[Problem]:
        if name not in known:
            place = self.doc.key_place((*path, name))
            yield Problem(place, f"there is no field '{name}' here", nearest(name, known))

    def _dates(self, values: tuple[str, ...]) -> Iterator[Problem]:
        for number, value in enumerate(values):
            try:
                date.fromisoformat(value)
            except ValueError:
                yield self.doc.problem(
                    ("ignore", "birth_date", number), f"'{value}' is no date", "Write it like 1900-01-01."
                )
