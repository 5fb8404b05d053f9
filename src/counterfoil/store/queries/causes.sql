-- What waits for a person, by the cause that it shares with others.

-- name: waiting_causes
select h.cause_id as id, rt.name as route, h.cause, h.state, min(h.place) as place,
    min(h.said) as said, min(h.advice) as advice, min(h.owner) as owner, h.currency,
    count(*) as records, coalesce(sum(h.minor), 0)::bigint as minor,
    min(h.since) as since,
    max(h.since) as newest,
    count(*) filter (where h.since > $2) as recent,
    min(h.said) = max(h.said) as alike
from hold h join route rt on rt.id = h.route
where h.closed_at is null and ($1::text is null or h.cause_id = $1)
group by h.cause_id, rt.name, h.cause, h.state, h.currency
order by minor desc, records desc, id

-- name: waiting_for_cause
select w.record, w.number, w.key, w.page, rt.name as route, w.state, w.cause, w.said, w.advice,
    w.place, w.owner, w.minor, w.currency, w.opened_at, null::timestamptz as closed_at,
    w.since
from waiting w join route rt on rt.id = w.route
where w.cause_id = $1 and ($2::bigint[] is null or w.record = any ($2))
    and ($5::bigint is null or w.minor < $5 or (w.minor = $5 and w.record > $6))
order by w.minor desc, w.record
limit $3 offset $4

-- name: last_ended
-- Who let go what waited for a cause, of it these records where some are named: the last one.
select closed_by as by, closed_at as moment, closing from hold
where closed_at is not null
    and case when $2::bigint[] is null then cause_id = $1 else record = any ($2) end
order by closed_at desc limit 1

-- name: claim_cause
-- Whether nobody else is at a cause; it is ours until the unit of work ends.
select pg_try_advisory_xact_lock(hashtextextended('cause ' || $1::text, 0)) as ours
