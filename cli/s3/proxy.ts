import { BlockList, isIP } from 'node:net';
import { getProxyForUrl } from 'proxy-from-env';

/** The proxy's URL; empty for none. Without a scheme, it is an HTTP proxy, as in curl and the AWS CLI. */
export function proxyFor(url: string): string {
  const proxy = isExempt(new URL(url).hostname) ? '' : getProxyForUrl(url);
  const [, bare] = /^https:\/\/(.*)/.exec(proxy) ?? [];
  const isBare = Object.entries(process.env).some(([name, value]) => /_proxy$/i.test(name) && value === bare);
  return bare !== undefined && isBare ? `http://${bare}` : proxy;
}

/**
 * Whether NO_PROXY has the host's domain, as `example.com` for `s3.example.com`, or a range of its address, as `10.0.0.0/8`. curl takes both,
 * proxy-from-env neither (findings/no-proxy-in-many-ways.sh).
 */
function isExempt(host: string): boolean {
  const { no_proxy, NO_PROXY } = process.env;
  const entries = (no_proxy || NO_PROXY || '').toLowerCase().split(/[\s,]+/);
  return isIP(host) === 4
    ? entries.some((entry) => isInRange(host, entry))
    : entries.some((entry) => entry !== '' && host.endsWith(`.${entry}`));
}

function isInRange(address: string, range: string): boolean {
  const [, network = '', bits = ''] = /^(.+)\/(\d+)$/.exec(range) ?? [];
  if (isIP(network) !== 4 || Number(bits) > 32) return false;
  const addresses = new BlockList();
  addresses.addSubnet(network, Number(bits));
  return addresses.check(address);
}
