-- What a database is told that was put back from a copy.

-- name: note_restored
insert into restored (at) values ($1)

-- name: shadow_routes
update route set switch = 'shadow', switched_at = $1, switched_by = $2, why = $3
where switch = 'on'
returning name

-- name: skip_numbers
-- Numbers that were given since the copy are in the hands of people, and perhaps of a worker.
update counter set next = next + $1

-- name: raise_fences
-- Whoever held a page since the copy holds it no longer, wherever he is.
update page set fence = fence + $1, holder = null, lease_until = null where stage < 9

-- name: forget_looks
-- What stood in doubt in the copy may have been sent again since: earlier looks count no more.
update record set looks = 0 where state = {IN_DOUBT}
