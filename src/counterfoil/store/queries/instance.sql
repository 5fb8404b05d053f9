-- What the server says of this database as a whole.

-- name: tables
select count(*) as tables from information_schema.tables where table_schema = 'public'

-- name: database_size
select pg_database_size(current_database()) as bytes, current_setting('server_version') as version

-- name: others_at_work
select count(*) as others from pg_stat_activity
where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()
