-- Where a listing goes on is its source's own text; the marks that were moments stay what they were.
-- What the house notes of a task by itself stays a moment: when a listing came to its end, when the
-- source was counted whole.
alter table cursor add column noted timestamptz;
update cursor set noted = mark, mark = null where task in ('listed', 'recount');
alter table cursor alter column mark type text
    using to_char(mark at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
