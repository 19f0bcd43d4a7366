-- Rules of old campaign texts that can no longer be evaluated, each with the reason.
insert into rule_problem
select unnest($rules::varchar[]), unnest($problems::varchar[])
