-- Names of places are compared without case, accents, apostrophes and punctuation, and without the word for a town
create or replace temp macro smc_place_key(name) as regexp_replace(
    regexp_replace(
        trim(regexp_replace(
            regexp_replace(strip_accents(lower(name)), '[''`’ʼʻ´]', '', 'g'), '[^\p{L}\p{N}]+', ' ', 'g'
        )),
        '^(?:г|гор|город|city of) ', ''
    ),
    '^ste? ', 'saint '
)
