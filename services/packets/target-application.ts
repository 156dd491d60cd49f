import type { Tar } from '../../telecom/identifiers/tar.ts';
import type { RemoteFormat } from '../../telecom/ota/remote-file-script.ts';
import type { CardProfile } from './card-profiles.ts';
import type { PacketPurpose } from './packet-store.ts';

/** The application of the card that a packet goes to. */
export interface Addressee {
  readonly tar: Tar;
  /** How it reads commands and answers them; the application of Rehome answers as in compact format. */
  readonly format: RemoteFormat;
  /** Whether it asks the user of the device before it does what the packet says. */
  readonly asksUser: boolean;
}

/** A probe goes to where the IMSI can be read, and REFRESH to where that is understood, if there is such a place. */
export function addresseeOf(profile: CardProfile, purpose: PacketPurpose): Addressee {
  const { tar, readBack, refreshTar } = profile;
  if (purpose === 'refresh') return { tar: refreshTar ?? tar, format: 'expanded', asksUser: false };
  if (purpose === 'probe' && readBack !== 'none')
    return { tar: readBack.tar, format: readBack.commands, asksUser: false };
  return profile.format === 'rfm'
    ? { tar, format: profile.commands, asksUser: false }
    : { tar, format: 'compact', asksUser: purpose === 'write' && profile.askUser };
}
