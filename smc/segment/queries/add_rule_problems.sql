-- Rules and rows of campaigns that cannot be evaluated, each with the reason.
insert into rule_problem
select unnest($rules::varchar[]), unnest($problems::varchar[])
