export default async function globalTeardown(): Promise<void> {
  await Promise.all((globalThis.rehomeTestSystems ?? []).map((system) => system.stop()));
}
