-- By what other names documents are named by others, now and ever.

-- name: end_aliases
-- A document that was renamed bears its old names no more.
update alias a set until = u.at, why = 'renamed', record = u.record
from unnest($3::text[], $4::timestamptz[], $5::bigint[]) as u (key, at, record)
where a.key = any ($3::text[]) and a.key = u.key and a.connection = $1 and a.document = $2
    and a.until is null and a.since <= u.at and not exists (
        select from unnest($6::text[], $7::text[]) as n (key, name)
        where n.key = a.key and n.name = a.name
    )

-- name: keep_aliases
insert into alias (connection, document, name, key, since, why, lives_on, record)
select $1, $2, u.name, u.key, u.at, u.why, u.lives_on, u.record
from unnest($3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::bigint[])
    as u (name, key, at, why, lives_on, record)
where not exists (
    select from alias a
    where a.name = u.name and a.connection = $1 and a.document = $2 and a.key = u.key
        and a.until is null
)
on conflict do nothing

-- name: restate_aliases
-- What is archived or merged bears its name on, and says so.
update alias a set why = u.why, lives_on = u.lives_on, record = u.record
from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
    as u (name, key, why, lives_on, record)
where a.name = any ($3::text[]) and a.name = u.name and a.connection = $1 and a.document = $2
    and a.key = u.key and a.until is null and (a.why, a.lives_on) <> (u.why, u.lives_on)

-- name: keys_of_aliases
-- Whom names mean today: who bears one now, else who bore it last; what was merged lives on.
with recursive hop as (
    select u.name as asked, u.name, 0 as depth from unnest($3::text[]) as u (name)
    union
    select h.asked, a.lives_on, h.depth + 1
    from hop h
    join alias a on a.name = h.name and a.connection = $1 and a.document = $2
    where a.lives_on <> '' and h.depth < 8
)
select distinct on (h.asked) h.asked as name, a.key
from hop h
join alias a on a.name = h.name and a.connection = $1 and a.document = $2
where a.lives_on = ''
order by h.asked, a.until is null desc, h.depth desc, a.until desc, a.since desc

-- name: alias_history
-- Every name that a document ever had which bears, or bore, one of these.
with theirs as (
    select distinct a.key, a.connection from alias a
    where a.document = $1 and (a.name = any ($2::text[]) or a.key = any ($2::text[]))
)
select a.connection, a.name, a.key, a.since, a.until, a.why, a.lives_on, a.record
from theirs t
join alias a on a.key = t.key and a.connection = t.connection and a.document = $1
order by a.connection, a.key, a.since, a.name
