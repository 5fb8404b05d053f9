-- Room on each page of these tables for its rows to move within it: a record moves twice and grows
-- by a digest, a thread moves twice and grows by a name. What stays on its page costs no index.
alter table record set (fillfactor = 45);
alter table thread set (fillfactor = 40);

-- By document first: a plan that was made while the table was empty cannot fall for reading all
-- threads of a route where it was asked for those of a few documents.
alter table thread drop constraint thread_pkey;
alter table thread add primary key (subject, route);
