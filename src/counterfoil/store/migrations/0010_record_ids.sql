-- A record's number says where it lies: 256 times its page's, and its place there. So no index is
-- needed to find the records of a page, but for those that were numbered before.
drop index record_page;
create index record_page_before on record (page) where id <> page * 256 + place;

-- A page that waits for being captured has a number of that time, by which its records would be
-- called like some that are there. It is given a new one; no job for the old one finds anything.
with waiting as (
    select id, row_number() over (order by id) as place from page where stage = 0
), numbers as (
    update counter set next = next + (select count(*) from waiting) where name = 'number'
    returning next - (select count(*) from waiting) as first
)
update page p set id = n.first + w.place - 1 from waiting w, numbers n where p.id = w.id;

-- A version is known by 8 bytes of a digest over route, version and document: the index that keeps
-- it from being captured twice was as large as the records themselves. Those of before have none,
-- and are known by being read.
alter table record add column mark bigint;
alter table record drop constraint record_route_subject_version_digest_key;
create unique index record_mark on record (subject, mark);
