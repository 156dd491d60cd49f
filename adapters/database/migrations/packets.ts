/** What is sent to cards over the air, and what became of it. */
export const PACKETS = `
-- A change has one packet of each purpose, and any number of probes and others, which are numbered from 1.
create table packets (
  change_id uuid not null,
  iccid text not null,
  msisdn text,
  cntr bigint,
  sealed_segments bytea,
  state text not null check (state in ('prepared', 'sent', 'stopped')),
  message_ids text[] not null default '{}',
  prepared_at timestamptz not null default now(),
  sent_at timestamptz,
  submissions integer not null default 0,
  -- A check asks whether the admin code is right; a rewrite writes a torn card again, under a higher counter; a refresh changes nothing,
  -- and has the device read its card anew.
  purpose text not null check (purpose in ('check', 'write', 'rewrite', 'probe', 'refresh')),
  -- How many commands of the packet the card answers for.
  commands smallint,
  -- What its SMSC said of each segment.
  receipts jsonb not null default '{}',
  -- What the card itself said, verified.
  por_status text,
  por_status_word text,
  -- Stamps of the proofs of receipt that the change has been told of.
  told text[] not null default '{}',
  number integer not null default 1,
  -- Which of the change's subscriptions the card has read back.
  por_holds text check (por_holds in ('source', 'target', 'another')),
  -- How often the change was told that its device has shown itself, and when it may be told again.
  contacts integer not null default 0,
  next_contact timestamptz not null default '-infinity',
  -- When the verified answer of the card came that is kept with its packet.
  por_at timestamptz,
  -- That the card says it could not read the packet with its keys, signed or not, and when it said so first. A card that does not have
  -- the key version of the row says so by a security error (ETSI TS 102 225 §5.2, status 06).
  key_refusal text check (key_refusal in ('integrityFailed', 'cipheringError', 'securityError')),
  key_refused_at timestamptz,
  primary key (change_id, purpose, number),
  unique (iccid, cntr)
);
create index packets_by_msisdn on packets (msisdn, prepared_at desc);

-- Every time that a packet was handed to its SMSC: as what the SMSC took its segments, and when it had taken all of them.
create table packet_submissions (
  change_id uuid not null,
  purpose text not null,
  number integer not null,
  submission integer not null,
  -- Of the step that asked for it.
  sequence integer,
  message_ids text[] not null default '{}',
  begun_at timestamptz not null default now(),
  accepted_at timestamptz,
  -- When the change was told that the SMSC has given it up.
  failed_at timestamptz,
  primary key (change_id, purpose, number, submission),
  foreign key (change_id, purpose, number) references packets on delete cascade
);
`;
