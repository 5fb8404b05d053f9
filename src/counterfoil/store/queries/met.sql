-- The words of value maps that documents had.

-- name: keep_met
insert into met (map, word, route, currency, count, minor, at)
select u.map, u.word, $1, u.currency, u.count, u.minor, $2
from unnest($3::text[], $4::text[], $5::text[], $6::integer[], $7::bigint[])
    as u (map, word, currency, count, minor)

-- name: keep_unmet
insert into unmet (record, map, word)
select * from unnest($1::bigint[], $2::text[], $3::text[])
on conflict do nothing

-- name: words_met
select m.map, m.word, m.currency, sum(m.count)::bigint as documents, sum(m.minor)::bigint as minor,
    max(m.at) as last
from met m
where m.map = any ($1::text[]) and ($2::timestamptz is null or m.at >= $2)
group by m.map, m.word, m.currency
order by m.map, m.word, m.currency

-- name: words_unmet
-- Those for which a record waits at this moment.
select u.map, u.word, rt.name as route, h.owner, h.currency, count(*) as documents, sum(h.minor)::bigint as minor,
    max(h.opened_at) as last
from unmet u
join hold h on h.record = u.record and h.closed_at is null and h.cause = 'unmapped-value'
    and h.place = u.map
join route rt on rt.id = h.route
where u.map = any ($1::text[])
group by u.map, u.word, rt.name, h.owner, h.currency
order by u.map, u.word, rt.name, h.owner, h.currency
