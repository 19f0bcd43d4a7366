-- Members of rules are as of the last run only.
delete from rule_member
