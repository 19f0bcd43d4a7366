-- They are rejected; what is shown of them is short.
insert into smc_reject select line, null, null, left(text, $shown), reason from smc_unsplit;
