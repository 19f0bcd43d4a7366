-- The day on which a feed last brought a file whose bytes were known.
select feed, max(as_of) from import_left where kind = 'known' and as_of <= $as_of group by feed;
