-- Where everyone stands in this round, and what is to be done there.
create or replace temp table standing as
select w.*, p.action, p.channel, p.argument, p.due_at, p.room, p.room_since, p.detail
from walker as w
join program as p on p.campaign = w.campaign and p.version = w.version and p.step = w.step
