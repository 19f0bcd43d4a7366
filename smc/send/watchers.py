"""Copies of letters for people of the shop: one of each content that leaves, beside those of the recipients.

A copy has a key of its own and no row in ``message``, so it counts nowhere. It is written down before it enters the
outbox, and the outbox takes a key once: killed in between, the next run finds it there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from smc.config.specs.project import ProjectSpec
from smc.model.extras import ExtrasOf, Step
from smc.model.keys import key_of
from smc.send.address import ascii_address
from smc.send.context import Planned, dumps
from smc.send.mime import unsubscribe
from smc.send.outbox import Outbox
from smc.send.records import Queued
from smc.warehouse import Warehouse, statement

_SIGN = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Copy:
    """``step``: of whose letters it is one."""

    key: str
    step: Step
    person: str
    address: str


@dataclass(slots=True)
class Copies:
    """The copies that are still to be made of tonight's letters, by step; ``made``: keys of those that are."""

    settings: ProjectSpec
    open: dict[Step, list[Copy]] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)

    def of(self, item: Planned, letter: Queued) -> Iterator[Queued]:
        """The copies of the first letter of a step. Nobody can unsubscribe the recipient by one, or use his promocode.

        They wait for no window: whose messages get another time are customers.
        """
        for copy in self.open.pop((item.campaign, item.version, item.step), ()):
            secret, ways = self.settings.unsubscribe.secret.get_secret_value().encode(), self.settings.unsubscribe
            nowhere = unsubscribe(secret, copy.key, "", url=ways.url, mailto=ways.mailto)
            message = {"campaign": item.campaign, "key": copy.key}
            context = item.context | {"message": message, "unsubscribe_url": nowhere.link}
            if code := context.get("promocode"):
                context["promocode"] = _SIGN.sub("X", code)
            self.made.append(copy.key)
            yield replace(
                letter, message_key=copy.key, address=copy.address, customer_id="", context=dumps(context),
                unsubscribe_url=None, unsubscribe_mailto=None, closes_at=None,
            )  # fmt: skip

    def settle(self, warehouse: Warehouse) -> None:
        """Within a transaction of the caller's."""
        if self.made:
            warehouse.run(statement("smc.send", "copies_made"), keys=self.made)


def copies(
    warehouse: Warehouse, outbox: Outbox, extras: ExtrasOf, settings: ProjectSpec, as_of: date
) -> Copies:  # fmt: skip
    """Write down the copies that are wanted of planned letters. What the outbox has from a run that was killed is
    made."""
    found = Copies(settings)
    wanted = {copy.key: copy for copy in _wanted(extras, settings.people)}
    if not wanted:
        return found
    warehouse.run(
        statement("smc.send", "add_copies"), keys=list(wanted), as_of=as_of,
        campaigns=[copy.step[0] for copy in wanted.values()], versions=[copy.step[1] for copy in wanted.values()],
        steps=[copy.step[2] for copy in wanted.values()], persons=[copy.person for copy in wanted.values()],
    )  # fmt: skip
    planned = [key for (key,) in warehouse.rows(statement("smc.send", "open_copies"), keys=list(wanted))]
    known = outbox.known(planned)
    found.made.extend(sorted(known))
    for key in planned:
        if key not in known:
            found.open.setdefault(wanted[key].step, []).append(wanted[key])
    return found


def _wanted(extras: ExtrasOf, people: Mapping[str, str]) -> Iterator[Copy]:
    """One for each step and person; who has left the settings since gets none."""
    for step, given in extras.items():
        campaign, version, number = step
        for person in dict.fromkeys(given.watchers):
            if address := ascii_address(people.get(person, "")):
                yield Copy(key_of("copy", campaign, str(version), str(number), person), step, person, address)
