/** Operators with their SMSCs and agreements, and the cards with what their keys and codes are sealed with. */
export const REGISTRY = `
create table smscs (
  id text primary key,
  url text not null,
  -- Whether the SMSC is asked, with every message, to tell when a device is back that was away (set_dpf).
  set_dpf boolean not null default false
);

create table operators (
  id text primary key,
  name text not null,
  plmn text not null,
  provisioning_url text not null,
  smsc text not null references smscs
);

-- What an agreement says nothing about is null.
create table agreements (
  source text not null references operators,
  target text not null references operators,
  consent text not null check (consent in ('none', 'ask', 'askForDeviceRequests')),
  device_requests text not null default 'refused' check (device_requests in ('allowed', 'refused')),
  minimum_stay_days integer check (minimum_stay_days > 0),
  card_profiles text[],
  overlap_hours double precision check (overlap_hours > 0),
  release_days integer check (release_days > 0),
  -- Whether a card that attaches in another device than before is released; null: it is.
  same_device text check (same_device = 'required'),
  primary key (source, target)
);

-- Keys under which operators wrap credentials, sealed by the vault; several of an operator while one takes over from another.
create table session_keys (
  operator text not null references operators on delete cascade,
  kid text not null,
  sealed_key bytea not null,
  updated_at timestamptz not null default now(),
  primary key (operator, kid)
);

-- The vault's own keys, wrapped by the key of the installation.
create table data_keys (
  id integer primary key,
  wrapped bytea not null,
  created_at timestamptz not null default now()
);

create table cards (
  iccid text primary key,
  position bigint generated always as identity,
  operator text not null references operators,
  imsi text not null,
  msisdn text not null,
  profile text not null,
  kvn smallint not null,
  sealed_adm1 bytea not null,
  sealed_kic bytea not null,
  sealed_kid bytea not null,
  cntr bigint not null default 0,
  imported_as text not null,
  moved_by uuid,
  imported_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- The last counter of a request that the card itself sent.
  request_cntr bigint not null default 0,
  -- Operators that the card may go to; null: all.
  targets text[],
  -- When the card came to its operator: it was moved there, or imported.
  came_at timestamptz not null default now(),
  -- Tells, under the key of the installation, one adm1 of this card from another.
  adm1_index text,
  -- Since when the registry has this adm1.
  adm1_at timestamptz not null default clock_timestamp(),
  -- When the card proved its code by taking a subscription: what it refused before counts no more.
  adm1_settled_at timestamptz not null default '-infinity'
);
create index cards_by_msisdn on cards (msisdn);
create index cards_by_imsi on cards (imsi);
create index cards_by_operator on cards (operator, position);

create function card_came() returns trigger language plpgsql as $$
begin
  new.came_at := now();
  return new;
end $$;
-- Whoever writes the operator: the attach, or an import that corrects it.
create trigger card_came before update of operator on cards
  for each row when (old.operator is distinct from new.operator) execute function card_came();

-- Who blocked a card against changes, when and why, and who took that back; a card is blocked while it has a row without an end.
create table card_blocks (
  id bigint generated always as identity primary key,
  iccid text not null references cards,
  reason text not null,
  blocked_by text not null,
  blocked_at timestamptz not null default now(),
  unblock_reason text,
  unblocked_by text,
  unblocked_at timestamptz
);
create unique index card_blocks_open on card_blocks (iccid) where unblocked_at is null;

-- Who has approved that an admin code which the card has refused is tried once more, and why. It takes two persons; rows stay for good.
create table admin_code_approvals (
  id bigint generated always as identity primary key,
  iccid text not null references cards,
  -- The change in which the card had refused the code.
  refused_in uuid not null,
  approved_by text not null,
  reason text not null,
  approved_at timestamptz not null default clock_timestamp()
);
create index admin_code_approvals_by_card on admin_code_approvals (iccid, id);
`;
