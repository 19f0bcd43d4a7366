-- A data mart as its table was last made.
select title, key from mart where name = $name;
