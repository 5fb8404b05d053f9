-- When a sending of this document that had not been answered was last given up as not there, or
-- was set aside: it may show at the target still, so what follows is looked up with more patience.
alter table thread add column doubted_at timestamptz;
