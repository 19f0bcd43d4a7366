-- Names of regions are compared without the words for a region too; й is и here, for its mark is an accent
create or replace temp macro smc_region_key(name) as array_to_string(
    list_filter(string_split(smc_place_key(name), ' '), lambda word: word not in (
        'область', 'обл', 'край', 'краи', 'республика', 'респ', 'автономныи', 'автономная', 'округ', 'ао',
        'oblast', 'oblysy', 'qalasy', 'krai', 'kray', 'republic', 'respublika', 'autonomous', 'avtonomnyy', 'okrug',
        'of', 'the', 'state', 'province', 'region', 'territory', 'estado', 'provincia'
    )), ' '
)
