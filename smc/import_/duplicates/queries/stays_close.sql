-- The merged customer is in no segment any more; the survivor's next refresh says where he is.
update segment_member as m set left_on = $as_of from smc_pair as p
where m.customer_key = p.merged_key and m.left_on is null;
