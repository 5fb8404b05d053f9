-- Routes and their switches.

-- name: name_route
-- A copy may be older than the route: where a database was put back, none begins by writing.
insert into route (id, name, switch, switched_at, switched_by, why)
select coalesce(max(id), 0) + 1, $1,
    case when $2 = 'on' and exists (select from restored) then 'shadow' else $2 end,
    $3, 'configuration', 'first start'
from route
on conflict (name) do nothing

-- name: routes
select id, name, switch, switched_at, switched_by, why, release from route order by id

-- name: switch_route
update route set switch = $2, switched_at = $3, switched_by = $4, why = $5
where name = $1 returning id

-- name: in_shadow
-- Locked, so that nobody turns the switch while a record is laid down in shadow.
select id from route where id = $1 and switch = 'shadow' for share
