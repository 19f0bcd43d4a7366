-- The categories below those that rules name, themselves included.
select ancestor_key, category_key from category_ancestor where list_contains($keys, ancestor_key)
