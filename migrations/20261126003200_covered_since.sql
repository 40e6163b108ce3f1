-- migrate:up

-- A case that goes from one cover to the next comes back the way it went, whichever of them had begun first.
alter table cover_cases add column took_at timestamptz not null default now();

-- migrate:down
