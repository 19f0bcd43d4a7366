-- Uses of promocodes are looked for where something has changed.

-- Promocode of which a receipt, a reported use or the list has changed since uses were looked for
create table code_touched (
    code varchar not null -- in small letters, as tills know it
);

insert into code_touched select distinct lower(code) from promocode_issue;
