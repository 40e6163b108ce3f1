-- migrate:up

-- The waits on agencies by the day on which they are due: what has to be asked by hand is looked for among them.
create index waits_of_agencies on waits (area, due_on, ref) where waiting_on not in ('caseworker', 'supervisor');

-- migrate:down
