-- What a warehouse remembers: what is to be picked, what has left, and what lies where. Moments are
-- seconds since 1970 (0: never), amounts thousandths of an item's unit.

create table if not exists tasks (
  id integer primary key,
  reference text not null unique,
  status text not null
);
create table if not exists wanted (
  task integer not null,
  line text not null,
  sku text not null,
  wanted integer not null,
  sent integer not null default 0,
  short integer not null default 0,
  primary key (task, line)
);

create table if not exists despatches (
  id integer primary key,
  task integer not null,
  moved_s integer not null,
  changed_s integer not null,
  place text not null,
  void integer not null default 0
);
create table if not exists packages (
  id integer primary key,
  despatch integer not null,
  carrier text not null,
  service text not null,
  tracking text not null default '',
  tracked_s integer not null default 0
);
create table if not exists contents (
  package integer not null,
  line text not null,
  sku text not null,
  pieces integer not null,
  primary key (package, line)
);

create table if not exists levels (
  sku text not null,
  place text not null,
  on_hand integer not null default 0,
  allocated integer not null default 0,
  aside integer not null default 0,
  primary key (sku, place)
);
create table if not exists movements (
  id integer primary key,
  sku text not null,
  place text not null,
  quantity integer not null,
  reason text not null,
  reference text not null,
  at_s integer not null
);
create index if not exists movements_of on movements (sku, id);
create table if not exists bins (
  sku text not null,
  place text not null,
  bin text not null,
  kind text not null,
  quantity integer not null default 0,
  primary key (sku, place, bin)
);

-- One row for each package and item, as the reports of a warehouse are made.
create view if not exists packed as
  select despatches.id as despatch, packages.id as package, tasks.reference as reference,
    contents.sku as sku, sum(contents.pieces) as pieces, despatches.moved_s as moved_s,
    packages.carrier as carrier, packages.service as service, packages.tracking as tracking,
    packages.tracked_s as tracked_s, despatches.place as place, tasks.status as status,
    (select sum(wanted) from wanted where task = tasks.id and sku = contents.sku) as wanted
  from despatches join tasks on tasks.id = despatches.task
    join packages on packages.despatch = despatches.id
    join contents on contents.package = packages.id
  where despatches.void = 0
  group by packages.id, contents.sku;

create view if not exists summary as
  select despatch, reference, sku, sum(pieces) as pieces, moved_s, max(carrier) as carrier,
    max(service) as service, max(tracking) as tracking, place
  from packed group by despatch, sku;

create view if not exists changes as
  select sku, max(at_s) as at_s, max(id) as id, sum(quantity) as quantity from movements group by sku;
