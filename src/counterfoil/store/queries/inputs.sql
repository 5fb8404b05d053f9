-- Of what a record's intent was made beside its body.

-- name: keep_inputs
insert into input (record, names, look) select * from unnest($1::bigint[], $2::bytea[], $3::bytea[])
on conflict (record) do update set names = excluded.names, look = excluded.look

-- name: inputs_of
select record, names, look from input where record = any ($1::bigint[]) order by record
