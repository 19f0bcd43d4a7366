-- Uses of promocodes that receipts showed are kept apart from those that feeds report: neither takes the other away.

-- Use of a code of a campaign that a paid receipt showed, while no feed reports the code as used
create table promocode_seen (
    pool varchar not null,        -- group of the code
    code varchar not null,        -- as it was given out; with the group it is there once
    customer_key bigint not null, -- who paid, or has the code where nobody was named
    used_on date not null         -- local day of the receipt
);

insert into promocode_seen
select u.pool, u.code, min(u.customer_key) as customer_key, u.used_on
from promocode_use as u
join (select distinct pool, code, used_on from promocode_issue where recognised) as i
    on i.pool = u.pool and i.code = u.code and i.used_on = u.used_on
group by u.pool, u.code, u.used_on;

delete from promocode_use as u using promocode_seen as s
where s.pool = u.pool and s.code = u.code and s.customer_key = u.customer_key and s.used_on = u.used_on;

-- What a merge ends is put back whole when it is undone.
alter table customer_merge_entry add column waiting_since timestamptz; -- since when he waited for a row (UTC); null: for none

comment on table rule_problem is 'Rule or row of a campaign that cannot be evaluated, for it names what is not there';
comment on column rule_problem.rule is 'sha256 of the canonical text of the rule or row';

comment on column task_batch.state is 'made, leaving (its file may be there), handed over, done or failed';

alter table message add column left_on date; -- local day on which it left; null: it has not, or nobody knows
update message set left_on = greatest(planned_on, cast(state_at as date)) where state in ('accepted', 'delivered', 'bounced', 'unknown');
