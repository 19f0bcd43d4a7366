-- Of a row that could not be split, the line itself.
insert into smc_cells
select r.line, [], [r.value]
from smc_reject as r
semi join smc_wanted as w on w.line = r.line
where r.field is null;
