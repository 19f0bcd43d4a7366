"""Fields of a profile: what feeds bring, what the import derives, what the project adds."""

from __future__ import annotations

from smc.config.profile import profile_fields
from smc.config.specs.project import FieldsSpec
from smc.model.contact import CONTACT_FIELDS
from smc.model.objects import CUSTOMER
from smc.warehouse import Warehouse

OWN = FieldsSpec.model_validate({"customer": {"size": {"title": "Size", "type": "decimal"}}})


def test_derived_fields_are_read_but_no_feed_maps_them() -> None:
    fields = profile_fields(OWN)
    assert list(fields)[-1] == "size"
    for derived in CONTACT_FIELDS:
        assert fields[derived.name].type == derived.type
        assert CUSTOMER.field(derived.name) is None


def test_every_field_can_be_read(warehouse: Warehouse) -> None:
    reads = ", ".join(field.read for field in profile_fields(OWN).values())
    source = "customer c join customer_ident i on i.customer_key = c.customer_key"
    assert warehouse.rows(f"select {reads} from {source}") == []
