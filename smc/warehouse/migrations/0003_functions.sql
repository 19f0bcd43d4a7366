-- Names for what must mean the same everywhere; smc/model/keys.py is the same in Python.

-- A key from parts: each part with its length before it, so that no two lists of parts read alike
create macro key_of(parts) as left(sha256(list_reduce(list_transform(parts, lambda x: concat(length(x), ':', x)), lambda a, b: concat(a, b))), 32);

-- A stable place 0 to 9999 for a customer under a salt
create macro bucket_of(salt, id) as cast(('0x' || left(md5(concat(salt, chr(31), id)), 8)) as bigint) % 10000;
