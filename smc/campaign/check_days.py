"""Days that mailings name: those whose receipts count."""

from __future__ import annotations

from collections.abc import Iterator

from smc.config.document import Document
from smc.config.problem import Problem
from smc.config.specs.attribution import attribution_of
from smc.config.specs.campaign import MailingSpec


def check_attribution(doc: Document[MailingSpec]) -> Iterator[Problem]:
    """Days on which nothing could count."""
    asked, sent = attribution_of(doc.spec.attribution), doc.spec.send_on
    if asked is None or asked.until is None:
        return
    if asked.until < sent:
        message = f"the mailing is sent on {sent}, and this day is before it, so no receipt could count"
        yield doc.problem(("attribution", "until"), message, "Take a later day.")
    elif asked.since and asked.until < asked.since:
        message = "until is before since, so no receipt could count"
        yield doc.problem(("attribution", "until"), message, "Exchange the two.")
    elif asked.since and asked.since < sent:
        message = f"the mailing is sent on {sent}, and no receipt from before its message counts"
        yield doc.problem(("attribution", "since"), message, "Leave since out, or take a later day.")
