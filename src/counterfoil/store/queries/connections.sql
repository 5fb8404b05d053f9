-- Connections by their names.

-- name: name_connection
insert into connection (id, name)
select coalesce(max(id), 0) + 1, $1 from connection
on conflict (name) do nothing

-- name: connections
select id, name from connection order by id
