-- What was wrong with rules or rows that are looked at again; the others stay as they are.
delete from rule_problem where list_contains($rules::varchar[], rule)
