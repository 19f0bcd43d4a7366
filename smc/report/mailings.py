"""Mailings on the command line: a line each, and one with its messages by state and reason."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from smc.config.days import days_until
from smc.config.specs.attribution import attribution_of
from smc.config.specs.campaign import MailingSpec
from smc.report.campaigns import RAN, ran, records
from smc.report.message_words import content_words
from smc.report.words_attribution import attribution_words, time_words
from smc.warehouse import Warehouse

_FIGURES = ("entries", "messages", "suppressed")


@dataclass(frozen=True, slots=True)
class Shown:
    """A mailing, rows of arm, state, reason and messages, and a row for each variant.

    A variant has the messages of all versions of its name, ``rest``: as the winner; and what was counted when the
    winner was chosen.
    """

    about: Mapping[str, Any]
    states: tuple[Mapping[str, Any], ...]
    variants: tuple[Mapping[str, Any], ...] = ()


def overview(
    warehouse: Warehouse | None, mailings: Mapping[str, MailingSpec], queued: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """Every mailing of the project, the latest day first; ``warehouse`` None: nothing has run. ``queued``: those that
    have messages in the outbox; None: it is not known."""
    found, now, stands = ran(warehouse, "mailing"), members(warehouse, mailings), stages(warehouse, mailings, queued)
    return [
        {
            "name": name, "title": spec.title, "status": stands[name], "send_on": spec.send_on,
            "audience": spec.audience, "members": now.get(name), **{key: found.get(name, RAN)[key] for key in _FIGURES},
        }
        for name, spec in sorted(mailings.items(), key=lambda item: (-item[1].send_on.toordinal(), item[0]))
    ]  # fmt: skip


def stages(
    warehouse: Warehouse | None, mailings: Mapping[str, MailingSpec], queued: Collection[str] | None
) -> dict[str, str]:
    """How far each is: draft and paused as its file says, else scheduled, sending, sent or missed."""
    found = ran(warehouse, "mailing")
    waits = {row["campaign"]: row for row in records(warehouse, "mailing_waiting")}
    last = None if warehouse is None else warehouse.value("select as_of from watermark where name = 'campaign'")

    def stage(name: str, spec: MailingSpec) -> str:
        if not spec.active:
            return spec.status
        figures, wait = found.get(name, RAN), waits.get(name, {"planned": 0, "queued": 0})
        if not figures["entries"]:
            late = last is not None and spec.send_on + timedelta(days=spec.look_back) < last
            return "missed" if late else "scheduled"
        waiting = wait["queued"] if queued is None else name in queued
        return "sending" if figures["inside"] or wait["planned"] or waiting else "sent"

    return {name: stage(name, spec) for name, spec in mailings.items()}


def show(
    warehouse: Warehouse | None, name: str, spec: MailingSpec, *, segments: Mapping[str, str], send_at: str,
    queued: Collection[str] | None = None,
) -> Shown:  # fmt: skip
    """One mailing as it is written now. ``segments`` gives titles; ``send_at``: the project's time of sending;
    ``queued`` as of ``overview``."""
    figures = ran(warehouse, "mailing").get(name, RAN)
    group = spec.control_group
    about = {
        "name": name, "title": spec.title, "status": stages(warehouse, {name: spec}, queued)[name],
        "category": spec.category, "priority": spec.priority,
        "audience": segments.get(spec.audience, spec.audience), "members": members(warehouse, {name: spec}).get(name),
        "exclude": ", ".join(segments.get(one, one) for one in spec.exclude),
        **({"bought": time_words(spec.bought)} if spec.bought else {}),
        "sends": content_words(said for _, said in spec.contents),
        "send_on": spec.send_on, "send_at": spec.send_at or send_at,
        "limit": spec.limit, "control group, %": None if group is None else group.percent,
        "attribution": attribution_words(attribution_of(spec.attribution)),
        **{key: figures[key] for key in _FIGURES},
    }  # fmt: skip
    states = records(warehouse, "mailing_states", kind="mailing", campaign=name)
    return Shown(about, tuple(states), tuple(_variants(warehouse, name, spec)))


def _variants(warehouse: Warehouse | None, name: str, spec: MailingSpec) -> Iterator[dict[str, Any]]:
    """Variants of the present text; messages of earlier texts count for the variant of the same name."""
    if spec.variants is None:
        return
    sent: Counter[tuple[str, bool]] = Counter()
    stored = {
        row["version"]: read_mailing(row["spec"]) for row in records(warehouse, "mailing_versions", campaign=name)
    }
    for row in records(warehouse, "mailing_sent", campaign=name):
        text = stored[row["version"]]
        for send in text.sends if text else ():
            if send.step == row["step"]:
                sent[send.variant, send.won] += row["messages"]
    scores = {row["variant"]: row for row in records(warehouse, "mailing_scores", campaign=name)}
    for arm in spec.variants.arms:
        yield {
            "variant": arm.name, "sends": content_words(said for _, said in arm.saying), "share, %": arm.share,
            "messages": sent[arm.name, False],
            **({"rest": sent[arm.name, True], **_score(scores.get(arm.name, {}))} if spec.variants.winner else {}),
        }  # fmt: skip


def _score(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: row.get(key) for key in ("decided_on", "measure", "recipients", "score", "won", "reason")}


def steps_of_mailing(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The steps of a stored mailing as a campaign would have stored them."""
    text = read_mailing(json.dumps(spec))
    return [step.model_dump(mode="json", by_alias=True, serialize_as_any=True) for step in text.steps] if text else []


def read_mailing(text: str) -> MailingSpec | None:
    """None for a text that today's smc cannot read."""
    try:
        return MailingSpec.model_validate(json.loads(text, parse_float=Decimal))
    except ValueError:
        return None


def members(warehouse: Warehouse | None, mailings: Mapping[str, MailingSpec]) -> dict[str, int]:
    """Who would get each now, before consent, address and caps have their say; empty before the first run."""
    asked = [
        (name, segment, segment == spec.audience)
        for name, spec in mailings.items()
        for segment in (spec.audience, *spec.exclude)
    ]
    names, segments, wanted = ([row[at] for row in asked] for at in range(3))
    spans = [(name, *days_until(spec.bought, spec.send_on)) for name, spec in mailings.items() if spec.bought]
    bought, first, last = ([row[at] for row in spans] for at in range(3))
    found = records(
        warehouse, "audience", mailings=names, segments=segments, wanted=wanted, bought=bought, first_days=first,
        last_days=last,
    )  # fmt: skip
    none = {} if warehouse is None else dict.fromkeys(mailings, 0)
    return none | {row["mailing"]: row["customers"] for row in found}
