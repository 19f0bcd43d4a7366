-- The polls of the project, and when they close.
create or replace temp table poll_setting as
select
    unnest($polls::varchar[]) as poll,
    unnest($answers::integer[]) as answers, -- null: any number
    unnest($until::date[]) as until,        -- null: no end
    unnest($again::integer[]) as again      -- days after his last answer when somebody may be asked again; null: never
