-- Requests and answers beside the posting that they belong to.

-- name: keep_evidence
insert into evidence (page, posting, at, body) values ($1, $2, $3, $4)

-- name: evidence_of
select posting, at, body from evidence where page = any ($1::bigint[]) order by at, posting
