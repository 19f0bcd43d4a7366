-- Status codes as fields.yaml has them.
insert into order_status (kind, code, title, counts)
select unnest(cast($kinds as varchar[])), unnest(cast($codes as varchar[])), unnest(cast($titles as varchar[])),
    unnest(cast($counts as boolean[]));
