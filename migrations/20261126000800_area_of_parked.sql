-- migrate:up

-- What is stuck is read area by area, the longest first, and no further than a page: a parked message carries the area.
alter table inbox add column area text;

comment on column inbox.area is 'Of a message that was parked: its case''s area, or that which its request names.';

update inbox set area = coalesce(
    (select cases.area from cases where cases.ref = inbox.ref),
    (
        select request.body -> 'data' ->> 'area' from inbox as request
        where request.ref = inbox.ref and request.kind = 'request' limit 1
    )
)
where parked_reason is not null;

create index inbox_parked_by_area on inbox (area, received_at, ref)
    where parked_reason is not null and outcome is null;
create index inbox_parked_since on inbox (received_at, ref) where parked_reason is not null and outcome is null;

-- migrate:down
