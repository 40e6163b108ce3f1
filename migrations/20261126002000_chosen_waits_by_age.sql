-- migrate:up

-- They are thrown away some days after they were chosen.
create index chosen_waits_chosen on chosen_waits (chosen_at);

-- migrate:down
