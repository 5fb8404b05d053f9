-- What a target gave for a write that it does later.

-- name: keep_tickets
insert into ticket (record, ticket) select * from unnest($1::bigint[], $2::text[])
on conflict (record) do update set ticket = excluded.ticket

-- name: end_tickets
delete from ticket where record = any ($1::bigint[])

-- name: tickets_of
select record, ticket from ticket where record = any ($1::bigint[]) order by record
