-- What one night leaves for the next, so that running a night twice cannot see its own traces.

-- Change of a tag by a campaign; the segment stage of a later day applies it
create table tag_change (
    customer_key bigint not null, -- who
    tag varchar not null,         -- name of the list
    added boolean not null,       -- true puts the customer into the list, false takes him out
    changed_on date not null      -- as_of of the run
);

-- Rule of an old campaign text that can no longer be evaluated
create table rule_problem (
    rule varchar not null,   -- sha256 of the rule's canonical text
    problem varchar not null -- what is wrong with it
);
