-- What programs of people's ask and act with.

-- name: person_tokens
select id, name, title, scopes, made_at, until, seen_at from person_token
where ended_at is null and ($1::text is null or name = $1) order by id

-- name: add_person_token
insert into person_token (digest, name, title, scopes, made_at, until)
values ($1, $2, $3, $4, $5, $6) returning id

-- name: end_person_token
update person_token set ended_at = $3
where id = $1 and ended_at is null and ($2::text is null or name = $2) returning id

-- name: token_holder
-- Whose token this is, and as what they come; when it was seen is kept to the minute.
with seen as (
    update person_token set seen_at = $2::timestamptz
    where digest = $1 and (seen_at is null or seen_at < $2::timestamptz - interval '1 minute')
)
select p.name, p.role, t.scopes from person_token t join person p on p.name = t.name
where t.digest = $1 and t.ended_at is null and t.until > $2::timestamptz and p.ended_at is null
