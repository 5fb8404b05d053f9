-- The cause that a hold shares with others, and since when it has waited for it, are kept where they
-- arise: a list of fifty thousand is then read, and not reckoned.

alter table hold add column cause_id text not null default '';
alter table hold add column since timestamptz;

-- What was said, as it would be said of others for the same reason: without the document's own number,
-- without whatever has a figure in it (an amount, an identity, a moment, a stock code), an address or
-- a code of capitals, however many of them stand in a row; and whichever way it is written.
create function said_of_others(said text, number text) returns text language sql immutable as $$
    select left(rtrim(regexp_replace(lower(
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(
            replace(said, coalesce(nullif(number, ''), chr(30)), '1'),
            '\S+@\S+|https?://\S+', '1', 'g'),
            '\m[A-Z]+(-[A-Z0-9]+)+\M', '1', 'g'),
            '[[:alnum:]_#:/.+-]*[0-9][[:alnum:]_#:/.+%-]*', '#', 'g'),
            '#([\s,;]*(and\s+)?#)+', '#', 'g')
    ), '\s+', ' ', 'g'), ' .!'), 200)
$$;

-- A short name for all that waits for the same reason: the route (and so the systems and the
-- document), the code, the state and the field; and where it is not a field that differs, what would
-- be said of others.
create function shared_cause(route text, cause text, state smallint, place text, said text, number text)
returns text language sql immutable as $$
    select substr(md5(concat_ws(chr(31), route, cause, state::text,
        regexp_replace(place, '\[[^]]*\]', '', 'g'),
        case when cause = 'field-differs' then '' else said_of_others(said, number) end)), 1, 12)
$$;

create function keep_cause() returns trigger language plpgsql as $$
declare
    before record;
begin
    select shared_cause(rt.name, new.cause, new.state, new.place, new.said, r.number) into new.cause_id
    from record r, route rt where r.id = new.record and rt.id = new.route;
    -- What was sent again and is held again for the same cause has waited all the while.
    select h.cause, h.since into before from hold h
    where h.record = new.record and h.opened_at < new.opened_at
    order by h.opened_at desc limit 1;
    new.since := case when before.cause = new.cause then before.since else new.opened_at end;
    return new;
end
$$;

update hold h set
    cause_id = shared_cause(rt.name, h.cause, h.state, h.place, h.said, r.number),
    since = (select min(e.opened_at) from hold e
        where e.record = h.record and e.cause = h.cause and e.opened_at <= h.opened_at and not exists (
            select from hold o
            where o.record = h.record and o.cause <> h.cause
                and o.opened_at > e.opened_at and o.opened_at < h.opened_at))
from record r, route rt where r.id = h.record and rt.id = h.route;

alter table hold alter column since set not null;
create trigger keep_cause before insert or update of state, cause, said, place on hold
    for each row execute function keep_cause();
-- Also in a session that takes rows as they are, as a replica and a rehearsal do.
alter table hold enable always trigger keep_cause;

create index hold_cause on hold (cause_id, minor desc, record) where closed_at is null;
create index hold_worth on hold (minor desc, record) where closed_at is null;
create index hold_ended on hold (cause_id, closed_at) where closed_at is not null;

create or replace view waiting as
select h.record, r.number, r.key, r.page, h.route, h.state, h.cause, h.said, h.advice, h.place,
    h.owner, h.minor, h.currency, h.opened_at, h.since, h.cause_id
from hold h
join record r on r.id = h.record
where h.closed_at is null;
