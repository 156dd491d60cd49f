import type { StartRole } from './roles.ts';

interface Role {
  readonly about: string;
  readonly start: StartRole;
}

/** Every role that `rehome serve` knows; a role's code is loaded only by a process that runs it. */
export const ROLES = {
  orchestrator: {
    about: 'the workflows, and the activities that touch only our database',
    start: async (context) => (await import('./orchestrator.ts')).startOrchestrator(context),
  },
  operator: {
    about: 'activities at the operators’ provisioning gateways, one task queue each',
    start: async (context) => (await import('./operator.ts')).startOperatorWorkers(context),
  },
  ota: {
    about: 'the binds to the SMSCs: sends segments, takes receipts and PoRs',
    start: async (context) => (await import('./ota.ts')).startOtaWorkers(context),
  },
  reconciler: {
    about: 'compares what is recorded with what operators and Temporal say, when the reconciliation is due; reads only',
    start: async (context) => (await import('./reconciler.ts')).startReconciler(context),
  },
  'event-router': {
    about: 'HLR and device events to signals',
    start: async (context) => (await import('./event-router.ts')).startEventRouter(context),
  },
  'outbox-relay': {
    about: 'the outbox to subscription-change.events',
    start: async (context) => (await import('./outbox-relay.ts')).startOutboxRelay(context),
  },
  'codec-server': {
    about: 'opens payloads for the Temporal Web UI, for browsers on this machine only',
    start: async (context) => (await import('./codec-server.ts')).startCodecServer(context),
  },
  gateway: {
    about: 'provisioning gateways in front of operators’ HLRs: IMSI pool, leases, quarantine',
    start: async (context) => (await import('./gateway.ts')).startGateways(context),
  },
  'simulated-operators': {
    about: 'two operators: HLR with authentication centre, and back office',
    start: async (context) => (await import('./simulators.ts')).startOperatorSimulators(context),
  },
  'simulated-smsc': {
    about: 'an SMSC with devices and their cards',
    start: async (context) => (await import('./simulators.ts')).startSmscSimulator(context),
  },
} as const satisfies Record<string, Role>;

export type RoleName = keyof typeof ROLES;

export const isRole = (text: string): text is RoleName => Object.hasOwn(ROLES, text);
