import https from 'node:https';
import type { Duplex } from 'node:stream';

/**
 * Connects one request through the proxy of Node's own variables, if NO_PROXY does not exempt it. Node forgets the
 * connection to a proxy that has not opened the tunnel: a request that is destroyed meanwhile never ends.
 */
export class TunnelAgent extends https.Agent {
  #socket: Duplex | null | undefined;

  override createConnection(...args: Parameters<https.Agent['createConnection']>) {
    this.#socket = super.createConnection(...args);
    this.#socket?.on('error', () => {});
    return this.#socket;
  }

  override destroy(): void {
    super.destroy();
    this.#socket?.destroy(new Error('the connection was closed'));
  }
}
