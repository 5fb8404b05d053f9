-- The digest of what the target was sent stands with the record that was sent, and nobody asked for
-- the thread's copy. A thread grows by a number and a name then, and stays on its page.
alter table thread drop column intent;
