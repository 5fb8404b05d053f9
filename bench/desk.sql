-- `size` says how many documents there are to be, and how many of them are held.
set synchronous_commit = off;

insert into page (id, route, stage, priority, inbox, bodies, fence, due, chain, created_at)
select n, 1, 9, 80, '{}', '', 1, null, '', timestamptz '2026-10-01' + n * interval '10 minutes'
from size, generate_series(1, (documents + 249) / 250) n;

insert into record (id, route, subject, page, place, key, number, version, digest, minor, currency,
                    created, state, seq, mark)
select (n / 250 + 1) * 256 + n % 250, 1, n, n / 250 + 1, n % 250, (6000000 + n)::text, '#' || n,
    timestamptz '2026-10-01' + (n / 250 + 1) * interval '10 minutes', '\x00',
    (n::bigint * 7919) % 50000 + 100, 'GBP', timestamptz '2026-10-01' + (n / 250 + 1) * interval '10 minutes',
    case when n % (documents / holds) = 0 then 8 else 5 end, 3, n
from size, generate_series(0, documents - 1) n;

insert into thread (route, subject, newest, sent, identity)
select 1, subject, id, id, 'OR-' || subject from record;

insert into binding (connection, document, foreign_id, subject)
select 1, 'order', key, subject from record
union all
select 2, 'order', 'OR-' || subject, subject from record;

insert into posting (id, page, at, prior, digest, by)
select p.id * 4 + step, p.id, p.created_at + step * interval '1 second', '', '', 'house'
from page p, generate_series(0, 2) step;

insert into run (page, posting, place, at, seq, before, path, records, details)
select p.id, p.id * 4 + step, 0, p.created_at + step * interval '1 second', step + 1,
    (array[0, 3, 4])[step + 1],
    case step when 0 then array[1, 2, 3]::smallint[] when 1 then array[4]::smallint[]
        else array[5]::smallint[] end,
    array(select generate_series(p.id * 256, p.id * 256 + 249)), array['']
from page p, generate_series(0, 2) step;

insert into hold (record, route, state, cause, said, advice, place, owner, minor, currency, opened_at)
select id, 1, 8,
    case when subject % 5 = 0 then 'unmapped-value' else 'http-422' end,
    case when subject % 5 = 0
        then 'The value ''Courier ' || chr(65 + (subject / 5 % 20)::int) || ''' is not in the map.'
        else 'The office refused order #' || subject || ': stock code TEE-' || subject || ' is '
            || (array['unknown', 'blocked', 'not for sale', 'discontinued'])[subject % 4 + 1] || '.'
    end,
    'Mend it there, then send it again.', '', 'operations', minor, currency, created
from record where state = 8 order by id;
