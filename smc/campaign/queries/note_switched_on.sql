-- What tonight finds switched on for the first time, or again.
insert into switched_on
select a.campaign, $as_of as since
from (select unnest($active::varchar[]) as campaign) as a
left join switched_on as s on s.campaign = a.campaign
where s.campaign is null
