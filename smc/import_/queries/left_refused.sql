-- A row is rejected as a whole when one of its objects must not change.
insert into smc_left select distinct ord from smc_refused_row as r anti join smc_left as l on l.ord = r.ord;
