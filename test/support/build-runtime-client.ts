import { installRuntimeInterfaceClient } from './runtime-interface-client.ts';

/** Vitest's global setup: the first build takes minutes under load, longer than a test may. */
export default async function buildRuntimeClient(): Promise<void> {
  await installRuntimeInterfaceClient();
}
