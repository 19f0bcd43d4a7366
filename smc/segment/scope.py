"""What a rule is resolved against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from smc.config.profile import ProfileField
from smc.config.specs.project import CategorySettings, FieldsSpec, MetricsSpec
from smc.config.values import Value
from smc.model.facts import Fact
from smc.model.metrics import Metric
from smc.segment.names import Known


@dataclass(frozen=True, slots=True)
class Scope:
    """``specs`` and ``metric_specs`` as written; fields, metrics and facts as they are read. ``past``: a later day has
    been computed already, so permissions are read as they were."""

    specs: FieldsSpec
    metric_specs: MetricsSpec
    fields: Mapping[str, ProfileField]
    metrics: Mapping[str, Metric]
    facts: Mapping[str, Fact]
    known: Known
    categories: Mapping[str, CategorySettings]
    as_of: date
    past: bool = False


def unique(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """Without repetition and in one order, so that the same list written differently is the same atom."""
    return tuple(sorted(dict.fromkeys(values), key=str))
