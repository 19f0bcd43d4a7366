-- Why they are rejected, once per row and object.
insert into smc_reject
select r.line, r.field, null, null, r.why from smc_refused_row as r anti join smc_left as l on l.ord = r.ord;
