-- The steps of every version that is current or still has customers inside; the engine reads nothing else.
insert into program
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($versions::integer[]) as version,
    unnest($steps::integer[]) as step,
    unnest($actions::varchar[]) as action,
    unnest($arguments::varchar[]) as argument,
    unnest($days::integer[]) as days,
    unnest($next_steps::integer[]) as next_step,
    unnest($next_reasons::varchar[]) as next_reason,
    unnest($else_steps::integer[]) as else_step,
    unnest($else_reasons::varchar[]) as else_reason
