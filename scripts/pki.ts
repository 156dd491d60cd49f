import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type Extension,
  type X509Certificate,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const YEARS = 10;
/** Certificates begin to be valid a day ago, for clocks that differ. */
const BACKDATED_MS = 24 * 60 * 60 * 1_000;
const KEY_MODE = 0o600;

/** Files of the demo's certificates, in the order in which they are put in place: the last one says that all are there. */
const FILES = ['rehome.key', 'rehome.crt', 'operators.key', 'operators.crt', 'ca.crt'] as const;
type PkiFile = (typeof FILES)[number];

/**
 * Makes the certificates by which Rehome and the simulated operators know each other, unless they are there already.
 * The authority's key is never written, so nobody can add a certificate later: a new set replaces all of them.
 */
export async function createPki(folder: string): Promise<void> {
  if (FILES.every((name) => existsSync(join(folder, name)))) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const contents = await newPki();
  for (const name of FILES) writeFileSync(join(folder, `${name}.new`), contents[name], { mode: KEY_MODE });
  for (const name of FILES) renameSync(join(folder, `${name}.new`), join(folder, name));
}

async function newPki(): Promise<Record<PkiFile, string>> {
  const authority = await newAuthority();
  const rehome = await newCertificate(authority, {
    name: 'CN=Rehome',
    usage: ExtendedKeyUsage.clientAuth,
    extensions: [],
  });
  const operators = await newCertificate(authority, {
    name: 'CN=Simulated operators',
    usage: ExtendedKeyUsage.serverAuth,
    extensions: [
      new SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
    ],
  });
  return {
    'ca.crt': authority.certificate.toString('pem'),
    'rehome.crt': rehome.certificate,
    'rehome.key': rehome.key,
    'operators.crt': operators.certificate,
    'operators.key': operators.key,
  };
}

interface Authority {
  readonly certificate: X509Certificate;
  readonly signingKey: webcrypto.CryptoKey;
}

async function newAuthority(): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=Rehome demo authority',
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      ],
      ...validity(),
    },
    webcrypto,
  );
  return { certificate, signingKey: keys.privateKey };
}

interface Subject {
  readonly name: string;
  readonly usage: ExtendedKeyUsage;
  readonly extensions: Extension[];
}

async function newCertificate(
  authority: Authority,
  { name, usage, extensions }: Subject,
): Promise<{ certificate: string; key: string }> {
  const { publicKey, privateKey } = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create(
    {
      subject: name,
      issuer: authority.certificate.subject,
      publicKey,
      signingKey: authority.signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([usage]),
        ...extensions,
      ],
      ...validity(),
    },
    webcrypto,
  );
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY');
  return { certificate: certificate.toString('pem'), key };
}

function validity(): { notBefore: Date; notAfter: Date } {
  const notBefore = new Date(Date.now() - BACKDATED_MS);
  const notAfter = new Date(notBefore);
  notAfter.setFullYear(notBefore.getFullYear() + YEARS);
  return { notBefore, notAfter };
}
