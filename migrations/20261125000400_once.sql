-- migrate:up

-- What staff asked for under a key of their own, and what they were answered: sent again, it gets the same answer.
create table idempotency_keys (
    account text not null check (account <> ''),
    key text not null check (key <> ''),
    fingerprint bytea not null check (octet_length(fingerprint) = 32),
    begun_at timestamptz not null default now(),
    status integer check (status between 200 and 499),
    headers jsonb check (jsonb_typeof(headers) = 'object'),
    body text,
    primary key (account, key),
    check ((status is null) = (body is null) and (status is null) = (headers is null))
);

comment on table idempotency_keys is 'Answers name cases, codes and dates, and nobody.';
comment on column idempotency_keys.fingerprint is 'sha256 of what was asked: another request under the same key is a mistake.';
comment on column idempotency_keys.status is 'Null: begun, and not known to have ended. Begun again it counts once all the same.';

create index idempotency_keys_by_age on idempotency_keys (begun_at);

-- migrate:down
