-- What was known of a data mart gives way.
delete from mart where name = $name;
