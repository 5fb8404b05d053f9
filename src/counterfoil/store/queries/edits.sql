-- What was written over at a target, where a route flags that.

-- name: keep_edits
insert into edit (record, route, at, fields)
select u.record, $1, $2, u.fields from unnest($3::bigint[], $4::text[]) as u (record, fields)
on conflict do nothing

-- name: flagged_edits
select e.record, r.number, e.at, e.fields
from edit e join record r on r.id = e.record join route rt on rt.id = e.route
where rt.name = $1
order by e.at desc, e.record desc
limit $2
