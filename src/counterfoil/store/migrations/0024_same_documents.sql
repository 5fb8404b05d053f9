-- Documents that were listed at a target before it was known that it had them from us: two numbers
-- of ours for one document, each with names of its own. `known_as` is the one that was sent there.
create table same_document (
    subject bigint primary key,
    known_as bigint not null,
    check (subject <> known_as)
);
create index same_document_known_as on same_document (known_as);

-- Each of these numbers with every number that its document has, itself among them.
create function same_documents(asked bigint[]) returns table (subject bigint, member bigint)
language sql stable as $$
    with recursive reached as (
        select u.subject, u.subject as member from unnest(asked) as u (subject)
        union
        select r.subject, case when s.subject = r.member then s.known_as else s.subject end
        from reached r join same_document s on s.subject = r.member or s.known_as = r.member
    )
    select subject, member from reached
$$;
