-- What people did at the desk to records that waited.

-- name: keep_receipt
insert into receipt (done_at, by, act, title, why, records, minors, currencies)
values ($1, $2, $3, $4, $5, $6, $7, $8)
returning id

-- name: receipts
select id, done_at, by, act, title, why, records, minors, currencies from receipt
where case when $1::bigint is null then cardinality(records) > 0 else id = $1 end and ($2::bigint[] is null or records && $2)
order by id desc limit $3

-- name: record_names
select id, coalesce(nullif(number, ''), key) as name from record
where id = any ($1::bigint[]) order by id

-- name: states_now
select n.state, count(*) as records from record r
join thread t on t.subject = r.subject and t.route = r.route
join record n on n.id = t.newest
where r.id = any ($1::bigint[])
group by n.state order by n.state
