-- When the first sending of this document left of which nobody knows what became: so long ago the
-- target heard of its key.
alter table thread add column unanswered_at timestamptz;
