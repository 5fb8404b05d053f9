-- What waits for a person, by the cause that it shares with others.

-- name: waiting_causes
with w as materialized (  -- so that what a cause and an age are is reckoned once for each record
    select cause_id, route, cause, state, place, said, advice, owner, currency, minor, since
    from waiting where $1::text is null or cause_id = $1
)
select w.cause_id as id, rt.name as route, w.cause, w.state, min(w.place) as place,
    min(w.said) as said, min(w.advice) as advice, min(w.owner) as owner, w.currency,
    count(*) as records, coalesce(sum(w.minor), 0)::bigint as minor,
    min(w.since) as since, max(w.since) as newest,
    count(*) filter (where w.since > $2) as recent,
    count(distinct w.said) = 1 as alike
from w join route rt on rt.id = w.route
group by w.cause_id, rt.name, w.cause, w.state, w.currency
order by minor desc, records desc, id

-- name: waiting_for_cause
select w.record, w.number, w.key, w.page, rt.name as route, w.state, w.cause, w.said, w.advice,
    w.place, w.owner, w.minor, w.currency, w.opened_at, null::timestamptz as closed_at,
    w.since
from waiting w join route rt on rt.id = w.route
where w.cause_id = $1 and ($2::bigint[] is null or w.record = any ($2))
order by w.minor desc, w.record
limit $3 offset $4
