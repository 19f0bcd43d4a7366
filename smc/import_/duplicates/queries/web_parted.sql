-- Events whose visitors may be recognised as another customer now.
create or replace temp view smc_changed as
select * from web_event where given_key in (select customer_key from smc_member);
