-- Entries keep what their trigger knew.

alter table entry add column happened_at timestamptz; -- instant of the occurrence (UTC); null where its day alone is known
alter table entry add column context varchar; -- what was so at that moment, such as the receipt: a JSON object; null: nothing more
