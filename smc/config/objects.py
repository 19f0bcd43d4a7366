"""The objects of a project: those of smc, with the project's codes and data marts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from smc.config.specs.project import CustomFieldSpec, FieldsSpec, MartSpec
from smc.model.field import Field, ObjectType, Type, id_
from smc.model.objects import OBJECTS

MART = "mart_"
_TYPES: dict[str, Type] = {"decimal": "number", "integer": "long"}


def objects_of(fields: FieldsSpec) -> dict[str, ObjectType]:
    """Every object that a feed of the project can bring, in the order in which a night loads them."""
    marts = {f"{MART}{name}": _mart(f"{MART}{name}", mart) for name, mart in fields.marts.items()}
    return {**OBJECTS, "order": _order(OBJECTS["order"], fields), **marts}


def custom_of(fields: FieldsSpec, item: str) -> Mapping[str, CustomFieldSpec]:
    """Custom fields of an object, in the order of fields.yaml; none for objects that have none."""
    if item not in OBJECTS or not OBJECTS[item].custom:
        return {}
    found: Mapping[str, CustomFieldSpec] = getattr(fields, item)
    return found


def order_codes(fields: FieldsSpec) -> dict[str, dict[str, bool]]:
    """Field of order → its codes, and whether an order with the code counts."""
    given = fields.order_statuses
    listed = {"status": given.general, "delivery_status": given.delivery, "payment_status": given.payment}
    return {name: {code: spec.counts for code, spec in codes.items()} for name, codes in listed.items()}


def _order(order: ObjectType, fields: FieldsSpec) -> ObjectType:
    codes = order_codes(fields)
    return replace(
        order,
        fields=tuple(
            replace(field, one_of=tuple(codes[field.name])) if field.listed else field for field in order.fields
        ),
    )


def _mart(name: str, mart: MartSpec) -> ObjectType:
    own = tuple(
        Field(field, _TYPES.get(spec.type, spec.type), spec.title, required=spec.required or field in mart.key)
        for field, spec in mart.fields.items()
    )
    return ObjectType(
        name,
        mart.title,
        ("customer_id", *mart.key),
        (id_("customer_id", "Customer id", "customer"), *own),
        group=("customer_id",) if mart.key else (),
        touches=True,
    )
