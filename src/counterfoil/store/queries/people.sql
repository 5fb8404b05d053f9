-- Who may ask and act at the desk, and how they come in.

-- name: people
select name, role, secret <> '' as ready, added_at, added_by from person
where ended_at is null order by name

-- name: count_people
select count(*) as people from person where ended_at is null and secret <> ''

-- name: person_secret
select secret from person where name = $1 and ended_at is null and secret <> ''

-- name: person_role
select role from person where name = $1 and ended_at is null

-- name: invite
insert into invitation (digest, name, role, until) values ($1, $2, $3, $4)

-- name: invitation
select name, role from invitation where digest = $1 and used_at is null and until > $2

-- name: use_invitation
update invitation set used_at = $2 where digest = $1 and used_at is null and until > $2
returning name, role

-- name: drop_invitations
update invitation set used_at = $2 where name = $1 and used_at is null

-- name: add_person
insert into person (name, role, added_at, added_by) values ($1, $2, $3, $4)
on conflict (name) do update set role = excluded.role, ended_at = null, secret = '',
    added_at = excluded.added_at, added_by = excluded.added_by
where person.ended_at is not null
returning name

-- name: set_secret
update person set secret = $2 where name = $1 and ended_at is null

-- name: set_role
update person set role = $2 where name = $1 and ended_at is null returning name

-- name: end_person
-- Tokens end with their person: who comes back, or another one of that name, makes new ones.
with ended as (
    update person set ended_at = $2::timestamptz, secret = '' where name = $1 and ended_at is null
    returning name
), tokens as (
    update person_token t set ended_at = $2::timestamptz from ended e
    where t.name = e.name and t.ended_at is null
)
select name from ended

-- name: begin_session
insert into session (digest, name, form, begun_at, seen_at) values ($1, $2, $3, $4, $4)

-- name: session
update session s set seen_at = $2 from person p
where s.digest = $1 and s.seen_at > $3 and s.begun_at > $4
    and p.name = s.name and p.ended_at is null
returning s.name, p.role, s.form

-- name: end_session
delete from session where digest = $1

-- name: end_sessions
delete from session where name = $1

-- name: forget_sessions
delete from session where seen_at <= $1 or begun_at <= $2

-- name: knocks
select digest, failures, last_at from knock where digest = any ($1::bytea[])

-- name: note_knock
insert into knock (digest, failures, last_at)
select unnest($1::bytea[]), 1, $2
on conflict (digest) do update set failures = knock.failures + 1, last_at = excluded.last_at

-- name: forget_knocks
delete from knock where digest = any ($1::bytea[]) or last_at < $2
