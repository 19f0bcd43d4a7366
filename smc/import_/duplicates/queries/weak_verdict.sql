-- They are reported beside the groups of rules.
insert into smc_verdict select group_no, len(customers), 'weak', [], signs from smc_weak;
