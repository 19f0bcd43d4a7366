-- Rows that carry their time: whose word holds is decided for each field, so that feeds may bring different ones.

alter table product add column fields_at map(varchar, timestamptz); -- by field: its time (UTC), where that is not the one of its group; null: none is known
alter table contact_point add column fields_at map(varchar, timestamptz); -- as in product
alter table bonus_balance add column fields_at map(varchar, timestamptz); -- as in product
alter table customer_order add column fields_at map(varchar, timestamptz); -- as in product

update product
set fields_at = map_from_entries(list_transform(map_keys(custom), lambda k: {'key': 'custom.' || k, 'value': changed_at}))
where custom is not null and changed_at is not null;

update customer_order
set fields_at = map_from_entries(list_transform(map_keys(custom), lambda k: {'key': 'custom.' || k, 'value': changed_at}))
where custom is not null and changed_at is not null;
