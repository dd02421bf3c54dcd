import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { localAwsVariables } from '../../../emulators/aws.ts';
import { programs } from '../../support/debian.ts';

/** A program that uploads folders. The tables show its name. */
export interface Client {
  name: string;
  /** The program that must be installed. */
  program?: string;
  /** The command that uploads everything in a folder to `s3://bucket/voices/`. */
  command(path: string, s3: Place): string[];
  /** The command that uploads changes, if it is a different one. */
  update?(path: string, s3: Place): string[];
  environment?(s3: Place): Record<string, string>;
  /** Uploads one file at a time, so one round is enough. */
  isSlow?: boolean;
}

interface Place {
  url: string;
  bucket: string;
}

const main = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));

export const drop: Client = {
  name: 'drop',
  command: (path, { url, bucket }) => [
    process.execPath,
    main,
    'drop',
    path,
    `s3://${bucket}/voices`,
    '--no-wait',
    '--quiet',
    '--endpoint-url',
    url,
  ],
};

/** Used as in their manuals. Only the connection to S3 is configured. */
export const others: Client[] = [
  {
    name: 'aws s3 cp --recursive',
    program: 'aws',
    command: (path, s3) => awsCommand('cp', path, s3, '--recursive'),
  },
  {
    name: 'aws s3 sync',
    program: 'aws',
    command: (path, s3) => awsCommand('sync', path, s3),
  },
  {
    name: 'rclone copy',
    program: 'rclone',
    command: (path, { bucket }) => ['rclone', '--config', '', 'copy', path, `:s3:${bucket}/voices`],
    environment: ({ url }) => ({
      RCLONE_S3_PROVIDER: 'Other',
      RCLONE_S3_ENDPOINT: url,
      RCLONE_S3_ENV_AUTH: 'true',
    }),
  },
  {
    name: 's3cmd',
    program: 's3cmd',
    command: (path, s3) => s3cmdCommand('put', path, s3),
    update: (path, s3) => s3cmdCommand('sync', path, s3),
    isSlow: true,
  },
];

function awsCommand(verb: string, path: string, { url, bucket }: Place, ...more: string[]): string[] {
  const options = ['--endpoint-url', url, '--only-show-errors', ...more];
  return ['aws', 's3', verb, path, `s3://${bucket}/voices/`, ...options];
}

function s3cmdCommand(verb: string, path: string, { url, bucket }: Place): string[] {
  const { host } = new URL(url);
  const hosts = ['--no-ssl', `--host=${host}`, `--host-bucket=${host}`];
  const keys = ['--access_key=local', '--secret_key=local', '--config=/dev/null'];
  const options = [...hosts, ...keys, '--quiet', '--recursive'];
  return ['s3cmd', verb, ...options, `${path}/`, `s3://${bucket}/voices/`];
}

/** The clients that can run here, and notes on why the others cannot. */
export function present(clients: readonly Client[]): { there: Client[]; notes: string[] } {
  const notes: string[] = [];
  const there = clients.filter(({ name, program }) => {
    try {
      if (program !== undefined) programs(program);
      return true;
    } catch (error) {
      notes.push(`${name} was skipped. ${(error as Error).message}`);
      return false;
    }
  });
  return { there, notes };
}

/**
 * Runs a program and returns how many seconds it took.
 *
 * @param cache where `drop` remembers hashes
 * @throws {Error} if it fails
 */
export async function run(
  client: Client,
  path: string,
  s3: Place,
  what: 'command' | 'update',
  cache: string,
): Promise<number> {
  const updated = what === 'update' ? client.update?.(path, s3) : undefined;
  const [program = '', ...parameters] = updated ?? client.command(path, s3);
  const start = performance.now();
  const child = spawn(program, parameters, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      // Excludes this machine's settings. With ffmpeg on the PATH, `drop` would also listen to the recordings.
      PATH: client === drop ? '/nonexistent' : (process.env['PATH'] ?? ''),
      HOME: '/nonexistent',
      XDG_CACHE_HOME: cache,
      ...localAwsVariables,
      ...client.environment?.(s3),
    },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${client.name} exited with ${code}: ${errors.slice(-1000)}`);
  return (performance.now() - start) / 1000;
}
