-- The watch asks every few seconds for what came lately.
create index page_created on page using brin (created_at);
