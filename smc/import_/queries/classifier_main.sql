-- Places in the main classifier belong to the product itself.
select count(*) from smc_changed where classifier = 'main';
