-- Names of the segments that have been computed.
select substr(name, 9) from watermark where starts_with(name, 'segment:')
