-- Groups: customers with one label; and, to be reported, each set that is too large to be a link (negative numbers).
create or replace temp table smc_group as
select label as group_no, customer_key from smc_label
union all
select distinct -link_no, customer_key from smc_link where n > $largest;
