-- What the database is built of, and how far.

-- name: schema_exists
select to_regclass('schema_version') is not null as found

-- name: create_schema_version
create table if not exists schema_version (
    version integer primary key,
    name text not null,
    applied_at timestamptz not null
)

-- name: schema_version
select coalesce(max(version), 0) as version from schema_version

-- name: record_migration
insert into schema_version (version, name, applied_at) values ($1, $2, $3)

-- name: months_missing
-- The partitions that are not there yet, of these months and of the tables that are. By the
-- catalogue itself: what to_regclass once did not find, it does not find for the rest of a
-- transaction that waited.
select u.name from unnest($1::text[], $2::text[]) as u (name, parent)
where not exists (select from pg_class c where c.relname = u.name and pg_table_is_visible(c.oid))
    and exists (select from pg_class c where c.relname = u.parent and pg_table_is_visible(c.oid))
order by u.name
