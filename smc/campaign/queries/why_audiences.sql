-- The audiences that nights before this one have drawn; each is drawn once.
select name from watermark where starts_with(name, 'audience of ') and as_of < $as_of
