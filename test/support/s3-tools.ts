import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { localAwsVariables } from '../../emulators/aws.ts';
import { unpacked } from './debian.ts';

/** Runs a tool with these arguments. @throws {Error} with what it printed if it fails. */
export type Tool = (...args: string[]) => Promise<string>;

/** Programs that people use with S3, as Debian 12 has them; their versions are in `versions`. */
export interface S3Tools {
  versions: string;
  aws: Tool;
  rclone: Tool;
  s3cmd: Tool;
  curl: Tool;
}

/** aws-cli and s3cmd run with Debian's Python, of which these are no part. */
const pythonPackages = [
  'cffi-backend',
  'awscrt',
  'colorama',
  'cryptography',
  'dateutil',
  'distro',
  'docutils',
  'jmespath',
  'magic',
  'prompt-toolkit',
  'roman',
  'ruamel.yaml',
  'ruamel.yaml.clib',
  'six',
  'urllib3',
  'wcwidth',
].map((name) => `python3-${name}`);

/**
 * Unpacks the tools, connected to this S3. A tool of that name on the `PATH` may be another version, or a version manager's.
 *
 * @param endpoint `http://host:port`
 * @param store `kms`: the buckets encrypt with a KMS key, which rclone has to be told
 */
export async function s3ToolsFor(endpoint: string, store: 'plain' | 'kms'): Promise<S3Tools> {
  const packages = ['awscli', 's3cmd', ...pythonPackages];
  const folder = unpacked('rclone', ...packages);
  const { host } = new URL(endpoint);
  const environment = {
    ...localAwsVariables,
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: '/nonexistent',
    LANG: 'C.UTF-8',
    PATH: '/usr/bin:/bin',
    PYTHONPATH: packages.map((name) => join(folder, name, 'usr/lib/python3/dist-packages')).join(':'),
    RCLONE_CONFIG: '',
    // Not AWS: rclone would then put the bucket into the host's name.
    RCLONE_S3_PROVIDER: 'Other',
    RCLONE_S3_ENDPOINT: endpoint,
    RCLONE_S3_ENV_AUTH: 'true',
    RCLONE_S3_REGION: localAwsVariables.AWS_REGION,
    ...(store === 'kms' && { RCLONE_S3_SERVER_SIDE_ENCRYPTION: 'aws:kms' }),
  };
  const tool =
    (program: string, ...before: string[]): Tool =>
    async (...args) => {
      const { stdout } = await promisify(execFile)(program, [...before, ...args], { env: environment });
      return stdout;
    };
  const [id, secret] = [localAwsVariables.AWS_ACCESS_KEY_ID, localAwsVariables.AWS_SECRET_ACCESS_KEY];
  const tools = {
    aws: tool('/usr/bin/python3', join(folder, 'awscli/usr/bin/aws'), '--endpoint-url', endpoint),
    rclone: tool(join(folder, 'rclone/usr/bin/rclone'), '--retries=1', '--low-level-retries=1'),
    s3cmd: tool(
      '/usr/bin/python3',
      join(folder, 's3cmd/usr/bin/s3cmd'),
      '--no-ssl',
      `--host=${host}`,
      `--host-bucket=${host}`,
      '--config=/dev/null',
      `--access_key=${id}`,
      `--secret_key=${secret}`,
    ),
    curl: tool(
      '/usr/bin/curl',
      '--fail',
      '--silent',
      '--show-error',
      '--aws-sigv4',
      'aws:amz:us-east-1:s3',
      '--user',
      `${id}:${secret}`,
    ),
  };
  const said = await Promise.all([
    tools.aws('--version'),
    tools.rclone('version'),
    tools.s3cmd('--version'),
    tools.curl('--version'),
  ]);
  return { ...tools, versions: said.map((text) => text.split('\n')[0]).join('\n') };
}
