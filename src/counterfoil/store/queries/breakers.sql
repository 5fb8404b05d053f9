-- Connections that do not answer, and when they are asked again.

-- name: open_breaker
insert into breaker (connection, since, until, said) values ($1, $2, $3, $4)
on conflict (connection) do nothing

-- name: claim_probe
-- Who comes first after the wait asks; the others wait on.
update breaker set until = $3 where connection = $1 and until <= $2
returning probes

-- name: miss_probe
update breaker set until = $2, probes = probes + 1, said = $3 where connection = $1

-- name: close_breaker
delete from breaker where connection = $1

-- name: breakers
select c.name as connection, b.since, b.until, b.probes, b.said
from breaker b join connection c on c.id = b.connection
order by c.name
