-- migrate:up

-- Which supervisor was sent which morning's digest, and up to which alert it went.
create table digests (
    staff text not null check (staff <> ''),
    day date not null,
    until bigint not null check (until >= 0),
    sent_at timestamptz not null default now(),
    primary key (staff, day)
);

comment on column digests.until is 'The last notice to supervisors that it knew of: the next digest begins after it.';

create index notifications_to_supervisors on notifications (id) where recipient = 'supervisor';

-- migrate:down
