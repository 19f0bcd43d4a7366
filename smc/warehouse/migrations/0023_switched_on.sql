-- A campaign that is switched on begins that day, whatever was while it was off.

-- Campaign or mailing that the last night found switched on
create table switched_on (
    campaign varchar not null, -- id
    since date not null        -- as_of of the first night that found it so, without a gap up to now
);

insert into switched_on
select campaign, min(valid_from) as since from campaign_version group by campaign;
