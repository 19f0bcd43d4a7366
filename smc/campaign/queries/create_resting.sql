-- Where those who walked came to rest: at a step that is due later, or outside (step null).
create or replace temp table resting (
    entry_key varchar, step integer, due_at timestamptz, exit_reason varchar, waiting_since timestamptz, trying boolean
)
