/** How the simulator serves, and what it accepts. */
export interface CallersApiSimulatorOptions {
  /** @default 0, any free port */
  port?: number;
  /** @default '127.0.0.1' */
  host?: string;
  /** The accepted key; a function is called for each request. @default any nonempty key */
  apiKey?: string | (() => string);
  /** The accepted values of `x-sub-organization-id`. @default any nonempty value */
  subOrganizations?: readonly string[];
  /** How long making a voice takes, from the body's last byte to the answer's first. @default 0 */
  cloneMilliseconds?: number;
  /** Serve HTTPS, with this key and certificate (PEM). @default plain HTTP */
  tls?: { key: string | Buffer; cert: string | Buffer };
}
