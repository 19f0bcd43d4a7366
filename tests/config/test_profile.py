"""Fields of a profile: what feeds bring, what the import derives, what the project adds."""

from __future__ import annotations

from datetime import date

import pytest

from smc.config.profile import profile_fields
from smc.config.specs.project import FieldsSpec
from smc.model.contact import CONTACT_FIELDS
from smc.model.objects import CUSTOMER
from smc.warehouse import Warehouse, sql

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
    assert warehouse.rows(f"select {reads} from {source}", as_of=date(2026, 3, 1)) == []


@pytest.mark.parametrize(
    ("born", "as_of", "age"),
    [
        ("1990-03-02", "2026-03-01", 35),
        ("1990-03-02", "2026-03-02", 36),
        ("2008-02-29", "2026-02-27", 17),
        ("2008-02-29", "2026-02-28", 18),
        ("2008-02-29", "2028-02-28", 19),
        ("2008-02-29", "2028-02-29", 20),
        ("2008-03-01", "2026-02-28", 17),
        ("2026-01-01", "2026-12-31", 0),
        (None, "2026-12-31", None),
    ],
)
def test_age_in_full_years(warehouse: Warehouse, born: str | None, as_of: str, age: int | None) -> None:
    warehouse.run("insert into customer (customer_key, birth_date) values (1, cast($born as date))", born=born)
    read = profile_fields(OWN)["age"].read
    found = warehouse.rows(sql(f"select {read} as age from customer as c", as_of=date.fromisoformat(as_of)))
    assert found == [(age,)]
