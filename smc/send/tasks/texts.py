"""Texts of tasks for their customers: notes of calls, lines of notices, bodies of webhooks. Made once and kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.errors import RenderError
from smc.model.template import CODE, Template
from smc.send.context import BATCH, Needs, columns_of, data_of
from smc.send.render import Renderer
from smc.warehouse import Warehouse, sql, statement
from smc.warehouse.printed import last_codes

_PROBLEMS = 20
Body = Mapping[str, Template | bool | int | float]


@dataclass(frozen=True, slots=True)
class Texts:
    """Makes texts for one project. ``kinds``: those that need one."""

    warehouse: Warehouse
    renderer: Renderer
    fields: FieldsSpec
    metrics: MetricsSpec
    shop: str
    kinds: Sequence[str]
    problems: Counter[str] = field(default_factory=Counter)

    def write(self, as_of: date) -> tuple[str, ...]:
        """Make every text that is lacking, a group of tasks at a time. What went wrong, in sentences."""
        found = self.warehouse.rows(statement("smc.send.tasks", "due_details"), kinds=list(self.kinds))
        if not found:
            return ()
        sources = {(kind, detail): source_of(kind, json.loads(detail, parse_float=Decimal)) for kind, detail in found}
        templates = [part for body in sources.values() for part in body.values() if isinstance(part, Template)]
        uses = chain.from_iterable(self.renderer.uses(one) for one in templates)
        needs = Needs.of(list(uses), self.fields, self.metrics)
        asked = sql(
            """select task_key as message_key, entry_key, step, $as_of as day
            from task where state = 'planned' and text is null""",
            as_of=as_of,
        )
        query = sql(statement("smc.send.tasks", "due"), kinds=list(self.kinds), codes=last_codes(asked))
        for column in columns_of(needs, self.fields, self.metrics, as_of):
            query.append("expressions", column)
        for rows in self.warehouse.batches(query, BATCH):
            made = [self._text(row, sources[row["kind"], row["detail"]], needs) for row in rows]
            keys = [row["task_key"] for row in rows]
            self.warehouse.run(statement("smc.send.tasks", "keep_texts"), keys=keys, texts=made)
        return tuple(f"{text} ({count} customers)" for text, count in self.problems.most_common(_PROBLEMS))

    def _text(self, row: Mapping[str, Any], source: Body, needs: Needs) -> str | None:
        context = self._context(row, needs)
        try:
            parts = {
                name: self.renderer.render(part, context).text.strip() if isinstance(part, Template) else part
                for name, part in source.items()
            }
        except RenderError as error:
            self.problems[f"campaign {row['campaign']}, step {row['step']}, {row['kind']}: {error.what}"] += 1
            return None
        match row["kind"]:
            case "call" | "notify":
                return str(parts.get("text", ""))
            case "webhook" if parts:
                return _json(parts)
            case _:
                return _json(_event(row))

    def _context(self, row: Mapping[str, Any], needs: Needs) -> dict[str, Any]:
        return {
            "customer": {name: row[f"customer.{name}"] for name in needs.customer},
            "metric": {name: row[f"metric.{name}"] for name in needs.metric},
            "trigger": data_of(row["context"]),
            "shop": {"title": self.shop},
            "task": {"key": row["task_key"], "campaign": row["campaign"], "day": row["planned_on"]},
            **{name: row[name] for name in CODE if row[name] is not None},
        }


def source_of(kind: str, detail: Mapping[str, Any]) -> Body:
    """What a step says, with its texts as templates."""
    match kind:
        case "call":
            return {"text": template(detail["note"])} if detail["note"] else {}
        case "notify":
            return {"text": template(detail["text"])}
        case "webhook":
            return {name: template(part) if isinstance(part, str) else part for name, part in detail["body"].items()}
        case _:
            return {}


def template(text: str) -> Template:
    """A text alone; a template of a letter has more parts."""
    return Template("text", "-", "", "", text)


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a post that the step does not write itself."""
    data = {"key": row["task_key"], "campaign": row["campaign"], "step": row["step"], "customer_id": row["customer_id"]}
    if row["amount"] is not None:
        data |= {"account": row["account"], "amount": row["amount"], "expires_on": row["expires_on"]}
    return {"type": f"smc.{row['kind']}", "timestamp": row["planned_on"], "data": data}


def _json(value: Mapping[str, Any]) -> str:
    """Amounts and days as text, so that no digit is lost on the way."""
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))
