-- Releases: the contents of the configuration that were in force, by number.

-- name: lock_releases
-- Two processes that begin at once with one content give it one number.
lock table release in share row exclusive mode

-- name: release_of
select id from release where digest = $1

-- name: newest_release
select content from release order by id desc limit 1

-- name: add_release
insert into release (id, digest, content, version, begun_at, by, why)
select coalesce(max(id), 0) + 1, $1, $2, $3, $4, $5, $6 from release
returning id

-- name: releases
select id, digest, version, begun_at, by, why from release order by id

-- name: set_release
update route set release = $1 where name = any ($2::text[]) and release <> $1
