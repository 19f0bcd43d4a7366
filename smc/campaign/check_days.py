"""Days that mailings name: of which receipts must be, and whose receipts count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from smc.config.days import Mistake, days_until, window
from smc.config.document import Document
from smc.config.problem import Problem
from smc.config.specs.attribution import attribution_of
from smc.config.specs.campaign import MailingSpec


def check_attribution(doc: Document[MailingSpec]) -> Iterator[Problem]:
    """Days on which nothing could count. A draft may have the days of the mailing from which it was copied."""
    asked, sent = attribution_of(doc.spec.attribution), doc.spec.send_on
    if asked is None or asked.until is None:
        return
    if asked.since and asked.until < asked.since:
        message = "until is before since, so no receipt could count"
        yield doc.problem(("attribution", "until"), message, "Exchange the two.")
    elif doc.spec.status == "draft":
        return
    elif asked.until < sent:
        message = f"the mailing is sent on {sent}, and this day is before it, so no receipt could count"
        yield doc.problem(("attribution", "until"), message, "Take a later day.")
    elif asked.since and asked.since < sent:
        message = f"the mailing is sent on {sent}, and no receipt from before its message counts"
        yield doc.problem(("attribution", "since"), message, "Leave since out, or take a later day.")


def check_bought(doc: Document[MailingSpec]) -> Iterator[Problem]:
    """Days of which nobody can have a receipt when the audience is drawn; of a draft as of ``check_attribution``."""
    asked, drawn = doc.spec.bought, doc.spec.send_on
    if asked is None:
        return
    try:
        first, _ = days_until(asked, drawn)
        _, last = window(asked, drawn, date.max)
    except Mistake as mistake:
        path = ("bought",) if mistake.part is None else ("bought", mistake.part)
        yield doc.problem(path, mistake.message, mistake.remedy)
        return
    if doc.spec.status == "draft":
        return
    words = f"the audience is drawn on {drawn}, and nobody has bought later by then"
    if first is not None and first > drawn:
        yield doc.problem(("bought", "between" if asked.between else "since"), words, "Take an earlier day.")
    elif asked.within is None and last is not None and last > drawn:
        remedy = "Take an earlier day." if asked.between else "Leave until out, or take an earlier day."
        yield doc.problem(("bought", "between" if asked.between else "until"), words, remedy)
