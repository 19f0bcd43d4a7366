-- Segments and campaigns begin anew; audiences that were drawn are drawn again.
delete from watermark
where name in ('segment', 'campaign', 'rfm', 'rfm_scores') or starts_with(name, 'segment:')
    or starts_with(name, 'rule:') or starts_with(name, 'audience of ')
