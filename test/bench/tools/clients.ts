import { programs } from '../../support/debian.ts';
import { callersVoice } from '../timed-program.ts';

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
  /** Uploads one file at a time, so one round of many files is enough. */
  isSlow?: boolean;
}

interface Place {
  url: string;
  bucket: string;
  /** The file of its certificate; undefined without TLS. */
  certificate: string | undefined;
}

/** Uploads with this project’s `drop`. */
export const drop = dropOf('drop');

/** `drop` of another commit. @param commit @default - this checkout */
export function dropOf(name: string, commit?: string): Client {
  return {
    name,
    command: (path, { url, bucket }) => {
      const options = ['--no-wait', '--quiet', '--endpoint-url', url];
      return callersVoice(commit, 'drop', path, `s3://${bucket}/voices`, ...options);
    },
    // With ffmpeg on the PATH, it would also listen to the recordings.
    environment: (s3) => ({ ...bundleOf(s3), PATH: '/nonexistent' }),
  };
}

/** Used as in their manuals. Only the connection to S3 is configured. */
export const others: Client[] = [
  {
    name: 'aws s3 cp --recursive',
    program: 'aws',
    command: (path, s3) => awsCommand('cp', path, s3, '--recursive'),
    environment: bundleOf,
  },
  {
    name: 'aws s3 sync',
    program: 'aws',
    command: (path, s3) => awsCommand('sync', path, s3),
    environment: bundleOf,
  },
  {
    name: 'rclone copy',
    program: 'rclone',
    command: (path, { bucket }) => ['rclone', '--config', '', 'copy', path, `:s3:${bucket}/voices`],
    // With AWS_CA_BUNDLE, it does not start.
    environment: ({ url, certificate }) => ({
      ...(certificate !== undefined && { RCLONE_CA_CERT: certificate }),
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

function bundleOf({ certificate }: Place): Record<string, string> {
  return certificate === undefined ? {} : { AWS_CA_BUNDLE: certificate };
}

function awsCommand(verb: string, path: string, { url, bucket }: Place, ...more: string[]): string[] {
  const options = ['--endpoint-url', url, '--only-show-errors', ...more];
  return ['aws', 's3', verb, path, `s3://${bucket}/voices/`, ...options];
}

function s3cmdCommand(verb: string, path: string, { url, bucket, certificate }: Place): string[] {
  const { host } = new URL(url);
  const tls = certificate === undefined ? '--no-ssl' : `--ca-certs=${certificate}`;
  const hosts = [tls, `--host=${host}`, `--host-bucket=${host}`];
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
