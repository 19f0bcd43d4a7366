-- A data mart as its table is now.
insert into mart values ($name, $title, cast($key as varchar[]));
