-- What was erased, and of whom: by marks, never by names.

-- name: begin_erasure
insert into erasure (id, asked_at, by, why, classes) values ($1, $2, $3, $4, $5)
on conflict (id) do nothing

-- name: mark_erased
insert into erased_person (mark, erasure) select unnest($1::bytea[]), $2 on conflict do nothing

-- name: note_erased_documents
insert into erased_document (subject, class, erasure)
select s.subject, c.class, $3 from unnest($1::bigint[]) as s (subject)
cross join unnest($2::text[]) as c (class)
on conflict do nothing

-- name: end_erasure
update erasure set done_at = $2, documents = (
    select count(distinct subject) from erased_document where erasure = $1)
where id = $1

-- name: erasures
select e.id, e.asked_at, e.by, e.why, e.classes, e.documents, e.done_at,
    array(select mark from erased_person p where p.erasure = e.id order by mark) as people
from erasure e order by e.asked_at, e.id

-- name: erased_people
select p.mark, max(e.asked_at) as until from erased_person p join erasure e on e.id = p.erasure
where p.mark = any ($1::bytea[]) group by p.mark order by p.mark

-- name: erased_documents
select distinct subject from erased_document
where subject = any ($1::bigint[]) and class = 'personal' order by subject

-- name: pages_beyond
-- Pages by number, with what rests on each: a pass over everything goes so.
select id, bodies, sources from page where id > $1 order by id limit $2

-- name: kept_on_pages
-- The records of some pages, each with the word of its document and whose key its key is.
select r.id, r.subject, r.route, r.page, r.place, r.key, r.number, r.state, r.created,
    coalesce(b.connection, 0::smallint) as connection, coalesce(b.document, '') as document
from record r
left join binding b on b.subject = r.subject and b.foreign_id = r.key
where r.page = any ($1::bigint[])
order by r.id, b.connection

-- name: evidence_on_pages
select page, posting, at as posted_at, body from evidence where page = any ($1::bigint[])
order by page, posting, at

-- name: told_of
-- Documents that name one of these, and nothing else: not a batch of many.
select distinct l.subject from link l
join binding b on b.foreign_id = l.foreign_id and b.connection = l.connection
    and b.document = l.document
where b.subject = any ($1::bigint[]) and not exists (
    select from link o where o.subject = l.subject
        and (o.foreign_id, o.document) <> (l.foreign_id, l.document))
order by l.subject

-- name: open_among
-- Records of these documents that are not at rest yet.
select r.id, r.key, r.number, r.state, rt.name as route from record r
join route rt on rt.id = r.route
where r.subject = any ($1::bigint[])
    and r.state in ({CAPTURED}, {MAPPED}, {SENDING}, {DELIVERED}, {DRIFTED}, {IN_DOUBT}, {HELD},
        {WAITING})
order by r.id

-- name: messages_beyond
select id, topic, body, at from inbox where id > $1 order by id limit $2

-- name: replace_messages
update inbox i set body = u.body from unnest($1::bigint[], $2::bytea[]) as u (id, body)
where i.id = any ($1::bigint[]) and i.id = u.id

-- name: replace_page
update page set bodies = $2, sources = $3 where id = $1 and bodies = $4 and sources = $5
returning id

-- name: replace_evidence
update evidence set body = $4 where page = $1 and posting = $2 and at = $3

-- name: forget_inputs
update input set look = '' where record = any ($1::bigint[]) and look <> ''

-- name: words_of_holds
select record, opened_at, said as sentence, advice, coalesce(closing, '') as closing from hold
where record = any ($1::bigint[]) order by record, opened_at

-- name: replace_words_of_hold
update hold set said = $3, advice = $4, closing = $5 where record = $1 and opened_at = $2

-- name: words_of_receipts
select id, title, why from receipt where records && $1::bigint[] order by id

-- name: replace_words_of_receipt
update receipt set title = $2, why = $3 where id = $1

-- name: words_of_runs
select n.page, n.posting, n.place, n.at as posted_at, n.records, n.details from run n
where n.page = any ($1::bigint[]) order by n.page, n.posting, n.place

-- name: erase_from_run
update run set details = $5 where page = $1 and posting = $2 and place = $3 and at = $4

-- name: posting_of
select p.prior, p.at as posted_at, n.seq, n.before, n.path, n.records, n.details from posting p
join run n on n.page = p.page and n.posting = p.id and n.at = p.at
where p.id = $1 order by n.place

-- name: note_erased_posting
insert into erased_posting (posting, erasure, digest) values ($1, $2, $3)
on conflict (posting) do update set digest = excluded.digest, erasure = excluded.erasure

-- name: name_erasure
select set_config('counterfoil.erasure', $1, true)

-- name: moving_among
select distinct r.subject from record r
where r.subject = any ($1::bigint[])
    and r.state in ({CAPTURED}, {MAPPED}, {SENDING}, {DELIVERED}, {DRIFTED}, {IN_DOUBT}, {HELD},
        {WAITING})
order by r.subject

-- name: erased_in
select subject from erased_document where class in ('personal', $1) order by subject

-- name: tidy_tables
vacuum page, inbox, evidence, input, hold, receipt, run

-- name: scrub_tables
vacuum (full) page, inbox, evidence, input, hold, receipt, run
