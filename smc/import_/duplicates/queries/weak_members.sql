-- Their customers, to be ranked like those of the groups.
insert into smc_group select group_no, unnest(customers) from smc_weak;
