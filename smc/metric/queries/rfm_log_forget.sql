-- A day that is computed again writes its changes anew.
delete from rfm_change where as_of = $as_of
