-- How far a write of several calls has come.

-- name: begin_steps
insert into step (record, place, name)
select * from unnest($1::bigint[], $2::smallint[], $3::text[])
on conflict (record, place) do update set name = excluded.name

-- name: prove_steps
update step s set identity = u.identity, number = u.number
from unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[])
    as u (record, place, identity, number)
where s.record = any ($1::bigint[]) and s.record = u.record and s.place = u.place

-- name: steps_of
select record, place, name, identity, number from step
where record = any ($1::bigint[]) order by record, place
