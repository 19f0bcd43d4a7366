-- Rows with values that could not be taken, of which it is said why.
select count(distinct b.line) from smc_bad as b semi join smc_reject as r on r.line = b.line and r.field is not null;
