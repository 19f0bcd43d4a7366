-- Addresses as given and as kept: the exact rule for the part before the @, the domain as it was found valid
create or replace temp table smc_email as
select
    given,
    case when valid then kept || '@' || ascii else given end as email,
    case when valid then provider end as email_provider,
    cast(case when valid then $fine else $bad end as smallint) as email_status,
    case when good then kept || '@' || suggestion end as email_suggestion
from (
    select
        t.given, d.ascii, d.provider, d.suggestion, good,
        case when lower(t.local) in (select unnest($roles::varchar[])) then lower(t.local) else t.local end as kept,
        coalesce(good and d.ascii is not null and strlen(t.local) + 1 + d.longest <= $longest, false) as valid
    from (
        select
            *,
            regexp_full_match(local, $local) and strlen(local) <= $longest_local
            and length(bare) - length(replace(bare, '@', '')) = 1 as good
        from smc_email_text
    ) t
    left join smc_domain d on d.domain = t.domain
)
