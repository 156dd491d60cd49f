import { GSUP_TARGETS } from './gsup-targets.ts';
import { IDENTIFIER_TARGETS } from './identifier-targets.ts';
import { MESSAGE_TARGETS } from './message-targets.ts';
import { OTA_TARGETS } from './ota-targets.ts';
import type { FuzzTarget } from './target.ts';
import { UICC_TARGETS } from './uicc-targets.ts';

/** Every decoder of `telecom/`. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  ...IDENTIFIER_TARGETS,
  ...OTA_TARGETS,
  ...MESSAGE_TARGETS,
  ...UICC_TARGETS,
  ...GSUP_TARGETS,
];
