-- What the source itself said, so that it can be read again: by a mended table, after a change of the
-- rules, or to tell news from the shop from news of ours. A page keeps the objects of its records,
-- compressed together (of pushed ones the numbers in the inbox); a record the digest of its own.
alter table page add column sources bytea not null default '';
alter table record add column source bytea not null default '';

-- Waiting (13): for a newer version of the document, such as the paid one.
