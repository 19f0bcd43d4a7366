"""All e-mail addresses of a stage: each domain once by ``email-validator``, the part before the ``@`` in SQL.

The rules are those of ``email_validator.validate_email(strict=True, allow_smtputf8=False)`` without any look-up: an
address with letters beyond ASCII before the ``@`` cannot be sent to by most servers and is of bad format; quoted local
parts, addresses in brackets and display names are too. What is kept is ready for sending: the part before the ``@`` as
it stands (case too: only role names such as ``Info`` are lower-cased, RFC 2142), the domain in lower-case ASCII
(punycode, IDNA 2008). Comparing addresses is the reader's matter: by ``lower(email)``. Domains kept for tests
(``example.com``, ``.example``, ``.test``; RFC 2606) are valid.

The result is the temporary table ``smc_email``: ``given``, and what ``customer`` keeps of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from smc.import_.normalise.phone import MARKS, SPACES
from smc.model.contact import BAD_FORMAT, FINE
from smc.warehouse import Warehouse, statement

BLANKS = SPACES + MARKS + "\r\n\x0b\x0c\x85\u2028\u2029"
"""What is taken from both ends of an address."""

_LOCAL = r"[a-zA-Z0-9_!#$%&'*+\-/=?^`{|}~]+(\.[a-zA-Z0-9_!#$%&'*+\-/=?^`{|}~]+)*"
_LONGEST_LOCAL, _LONGEST = 64, 254
"""Octets: RFC 5321 4.5.3.1.1, RFC 3696 erratum 1690."""

_SHORTEST_KNOWN = 7
"""Letters. One letter beside a shorter domain (bk.ru, ya.ru) there is nearly always a real one."""

_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Domain:
    """``ascii`` and ``provider``: None when it is no domain. ``longest``: octets of its longest form."""

    ascii: str | None
    longest: int | None
    provider: str | None
    suggestion: str | None


def build_emails(warehouse: Warehouse, *, stage: str) -> None:
    """Fill ``smc_email`` from the addresses of ``stage``."""
    warehouse.run(
        "create or replace temp table smc_email_text as "
        f"select given, bare, split_part(bare, '@', 1) as local, split_part(bare, '@', 2) as domain from "
        # Most addresses are bare; trimming by a set of signs is the slowest step of all.
        "(select given, case when regexp_full_match(given, '[!-~]*') then given else trim(given, $blanks) end as bare "
        f"from (select distinct email as given from {stage} where not bad and email is not null))",
        blanks=BLANKS,
    )
    warehouse.run(_query("domain_clear"))
    names = [row[0] for row in warehouse.rows(_query("domain_names"))]
    for start in range(0, len(names), _AT_ONCE):
        part = names[start : start + _AT_ONCE]
        found = [domain_of(name) for name in part]
        warehouse.run(
            _query("domain_add"),
            names=part,
            ascii=[one.ascii for one in found],
            longest=[one.longest for one in found],
            providers=[one.provider for one in found],
            suggestions=[one.suggestion for one in found],
        )
    roles = [name.lower() for name in _roles()]
    warehouse.run(
        _query("email_build"), local=_LOCAL, longest_local=_LONGEST_LOCAL, longest=_LONGEST, roles=roles, fine=FINE,
        bad=BAD_FORMAT,
    )  # fmt: skip
    warehouse.run("drop table smc_email_text")


def domain_of(name: str) -> Domain:
    """What there is to know of the text behind the ``@`` without asking the network."""
    from email_validator import EmailSyntaxError, validate_email

    try:
        test = name.lower().endswith(".test")
        valid = validate_email(
            f"a@{name}", check_deliverability=False, allow_smtputf8=False, strict=True, test_environment=test
        )
    except EmailSyntaxError:
        return Domain(None, None, None, suggestion_of(name.lower()))
    ascii_name = valid.ascii_domain or ""
    longest = max(len(text.encode()) for text in (name, valid.domain, ascii_name))
    return Domain(ascii_name, longest, provider_of(ascii_name), suggestion_of(ascii_name))


def provider_of(domain: str) -> str:
    """``disposable`` for throw-away addresses, ``other`` for what is not in the table."""
    return _providers().get(domain) or ("disposable" if domain in _disposable() else "other")


def suggestion_of(domain: str) -> str | None:
    """The well-known domain that is a single slip away (Damerau); of a provider with several such domains, the first.

    None for domains that are real themselves, and where the slip could lead to several providers.
    """
    from rapidfuzz.distance import OSA

    if domain in _providers() or domain in _real():
        return None
    near = [known for known in _targets() if OSA.distance(domain, known, score_cutoff=1) == 1]
    return near[0] if len({_providers()[known] for known in near}) == 1 else None


@cache
def _providers() -> Mapping[str, str]:
    lines = _data("providers.tsv").splitlines()
    return {domain: name for name, _, domains in (line.partition("\t") for line in lines) for domain in domains.split()}


@cache
def _targets() -> tuple[str, ...]:
    """Domains worth a suggestion: long enough, and in use by many."""
    return tuple(name for name in _providers() if len(name) >= _SHORTEST_KNOWN)


@cache
def _real() -> frozenset[str]:
    """Domains that look like slips and are none."""
    return frozenset(_data("real.txt").split())


@cache
def _disposable() -> frozenset[str]:
    from disposable_email_domains import blocklist

    return frozenset(blocklist)


def _roles() -> list[str]:
    from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

    return list(CASE_INSENSITIVE_MAILBOX_NAMES)


def _data(name: str) -> str:
    return (files("smc.import_.normalise") / "data" / name).read_text(encoding="utf-8")


def _query(name: str) -> str:
    return statement("smc.import_.normalise", name)
