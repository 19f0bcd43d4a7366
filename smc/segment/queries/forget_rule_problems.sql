-- Problems are of the present night only.
delete from rule_problem
