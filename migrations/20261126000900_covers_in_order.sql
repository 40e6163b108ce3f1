-- migrate:up

-- Covers as they are listed, the latest first: the few that run apart from all that ever ended.
drop index covers_open;
create index covers_running on covers (begun_at, id) where ended_at is null;
create index covers_over on covers (begun_at, id) where ended_at is not null;

-- migrate:down
