import type { ReconciliationFacts } from './facts.ts';
import type { Finding } from './findings.ts';
import { groupBy } from './index-facts.ts';

/** Each packet is built once, is sent only behind its pivot, and each counter is for the octets of one packet. */
export function reconcilePackets({
  packets = [],
  opened = [],
  adminCodeRefusals = [],
  approvedTries = [],
}: ReconciliationFacts): Finding[] {
  const recorded = new Map(packets.map((packet) => [`${packet.iccid}/${String(packet.cntr)}`, packet]));
  const findings: Finding[] = [];
  for (const [key, copies] of groupBy(opened, ({ iccid, cntr }) => `${iccid}/${String(cntr)}`)) {
    const [{ iccid, cntr } = { iccid: '', cntr: 0 }] = copies;
    const packet = recorded.get(key);
    if (packet === undefined)
      findings.push({
        ...{ kind: 'packetRebuilt', iccid },
        detail: `the card was sent a packet with counter ${String(cntr)}, which no packet of the record has`,
      });
    else if (packet.state !== 'sent')
      findings.push({
        ...{ kind: 'packetRebuilt', iccid, changeId: packet.changeId },
        detail: `the card was sent the ${packet.purpose} packet with counter ${String(cntr)}, which the record says is ${packet.state}`,
      });
    const digests = new Set(copies.map(({ digest }) => digest));
    if (digests.size > 1)
      findings.push({
        ...{ kind: 'counterReused', iccid, ...(packet && { changeId: packet.changeId }) },
        detail: `${String(digests.size)} different packets with counter ${String(cntr)} reached the card`,
      });
  }
  const approved = groupBy(approvedTries, (one) => one);
  for (const [iccid, refusals] of groupBy(adminCodeRefusals, (one) => one)) {
    const further = approved.get(iccid)?.length ?? 0;
    if (refusals.length > 1 + further)
      findings.push({
        ...{ kind: 'adminCodeTriedTwice', iccid },
        detail: `the card refused an admin code ${String(refusals.length)} times, and ${String(further)} further tries were approved`,
      });
  }
  return findings;
}
