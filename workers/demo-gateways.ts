import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyFile } from '../adapters/vault/key-file.ts';
import type { Config } from '../temporal.config.ts';
import { demoOperators, demoSessionKey, hlrUrlOf, type DemoOperator } from './demo-network.ts';

const OP_OCTETS = 16;
const OWNER_ONLY = 0o600;
/** The common name in the certificate that the set-up makes for Rehome. */
const REHOME = 'Rehome';
/** IMSIs of the pool begin with it behind the PLMN, those of the cards file with 0. */
const POOL_MARK = '9';

/** Makes the files of the two gateways of the demonstration, as an operator would write them; keys that are there are kept. */
export function makeGatewayFiles(config: Config): void {
  for (const operator of demoOperators(config.settings)) {
    const { id } = operator;
    const inFolder = (name: string) => join(config.gateways.folder, id, name);
    createKeyFile(inFolder('master.key'));
    createKeyFile(inFolder('op.key'), OP_OCTETS);
    createKeyFile(demoSessionKey(config, id).file);
    write(join(config.gateways.folder, `${id}.json`), gatewayFile(config, operator));
  }
}

function gatewayFile(config: Config, operator: DemoOperator): object {
  const { id, plmn, gatewayPort } = operator;
  const pki = (name: string) => join(config.dataFolder, 'pki', name);
  return {
    operator: id,
    plmn,
    listen: { host: '127.0.0.1', port: gatewayPort },
    tls: { ca: pki('ca.crt'), cert: pki('operators.crt'), key: pki('operators.key'), client: REHOME },
    masterKey: join(id, 'master.key'),
    op: join(id, 'op.key'),
    sessionKeys: [demoSessionKey(config, id)],
    pool: {
      imsiPrefix: plmn + POOL_MARK,
      // 999 is no country code in use; then the last two digits of the network, as in the cards file.
      msisdnPrefix: `999${plmn.slice(-2)}${POOL_MARK}`,
      msisdnDigits: 13,
      size: config.settings.SIMULATOR_POOL_SIZE,
    },
    hlr: { kind: 'simulator', url: hlrUrlOf(operator) },
    backOffice: { kind: 'http', url: `${hlrUrlOf(operator)}/back-office` },
  };
}

/** Written beside and renamed: a process that starts meanwhile finds the old file or the new one. */
function write(path: string, content: object): void {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: OWNER_ONLY });
  renameSync(`${path}.new`, path);
}
