"""Status codes of an address: what is known of it as a number that everyone reads in the same way.

0 is fine; 1 to 29 are soft: the address is still used; from 30 on they are hard: it is never used again. Seven soft
results within a month without a success become ``attempts exhausted``. An address that is not there has no code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from smc.model.objects import Type

FINE = 0
FIRST_HARD = 30
BAD_FORMAT = 31
EXHAUSTED = 34

PhoneType = Literal["mobile", "landline", "voip", "toll_free", "premium", "other", "unknown"]
"""``unknown``: a valid number of a plan in which mobile and landline numbers look alike, as in North America."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an address has its code. ``name`` is what people write, ``title`` what they read."""

    code: int
    name: str
    title: str

    @property
    def hard(self) -> bool:
        return is_hard(self.code)


REASONS = (
    Reason(FINE, "fine", "Fine"),
    Reason(1, "unavailable", "Temporarily unavailable"),
    Reason(2, "dns_error", "DNS error"),
    Reason(3, "mailbox_full", "Mailbox full"),
    Reason(4, "too_long", "Message too long"),
    Reason(5, "timeout", "Time-out"),
    # A server that blocks speaks of us, not of the address: hard codes would end whole providers at once.
    Reason(6, "blocked_by_server", "Blocked by the server"),
    Reason(30, "no_address", "No address"),
    Reason(BAD_FORMAT, "bad_format", "Bad format"),
    Reason(32, "does_not_exist", "Address does not exist"),
    Reason(33, "undeliverable", "Undeliverable"),
    Reason(EXHAUSTED, "exhausted", "Attempts exhausted"),
    Reason(35, "complaint", "Complaint"),
    Reason(36, "blocked_by_recipient", "Blocked by the recipient"),
    Reason(37, "no_domain", "Domain does not exist"),
    Reason(38, "blacklisted", "Blacklisted"),
)
"""In the order of their codes. A code is never given a second meaning: it lies in warehouses."""

BY_CODE = {reason.code: reason for reason in REASONS}
BY_NAME = {reason.name: reason for reason in REASONS}


def is_hard(code: int) -> bool:
    """Whether an address with this code is never used again."""
    return code >= FIRST_HARD


@dataclass(frozen=True, slots=True)
class ContactField:
    """A column of ``customer`` that the import derives; no feed maps it, rules and templates may read it."""

    name: str
    type: Type
    title: str
    one_of: tuple[str | int, ...] = ()


_CODES = tuple(BY_CODE)
_PHONE_TYPES: tuple[str, ...] = get_args(PhoneType)
_ZONE_SOURCES = ("given", "city", "region", "country", "phone")

CONTACT_FIELDS = (
    ContactField("email_provider", "string", "E-mail provider"),
    ContactField("email_status", "integer", "E-mail status", _CODES),
    ContactField("email_suggestion", "string", "E-mail that was probably meant"),
    ContactField("phone_type", "string", "Kind of phone", _PHONE_TYPES),
    ContactField("phone_operator", "string", "Phone operator"),
    ContactField("phone_region", "string", "Country of the phone"),
    ContactField("phone_status", "integer", "Phone status", _CODES),
    ContactField("timezone_from", "string", "Time zone known from", _ZONE_SOURCES),
)
