// Tests that ask another program what it thinks of ours, and are left out where that program is not.
import { fileURLToPath } from 'node:url';
import { OSMO_HLR_HINT, OSMO_HLR_TESTS, recordedOsmoHlr } from './bootstrap/osmo-hlr.mjs';
import { which } from './bootstrap/run.mjs';

const ENGINES = fileURLToPath(new URL('../.engines', import.meta.url));
const TSHARK_TESTS = ['test/wire/'];

/** For each program that is not here: its name, the tests that need it, and how it comes. */
export const MISSING_PROGRAMS = [
  {
    name: 'osmo-hlr',
    isHere: recordedOsmoHlr(ENGINES) !== undefined,
    ...{ tests: OSMO_HLR_TESTS, hint: OSMO_HLR_HINT },
  },
  {
    name: 'tshark',
    isHere: ['tshark', 'text2pcap'].every((tool) => which(tool) !== undefined),
    ...{ tests: TSHARK_TESTS, hint: 'install it (Debian: apt install tshark)' },
  },
].filter(({ isHere }) => !isHere);

/** Paths from the project's root of the tests that are left out. */
export const TESTS_LEFT_OUT = MISSING_PROGRAMS.flatMap(({ tests }) => tests);
