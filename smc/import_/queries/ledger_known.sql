-- Whether the feed has loaded these bytes already.
select count(*) from import_file where feed = $feed and sha256 = $sha256 and state = 'loaded';
