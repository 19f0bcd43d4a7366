-- Phones as given and as kept; filled anew for every stage
create or replace temp table smc_phone (
    given varchar, phone varchar, phone_type varchar, phone_operator varchar, phone_status smallint,
    phone_region varchar, phone_timezone varchar
)
