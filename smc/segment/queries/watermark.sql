-- Day of the last computation of a stage.
select as_of from watermark where name = $name
