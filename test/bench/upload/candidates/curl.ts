import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { asOneSample, type Candidate, sampleUrl } from '../job.ts';

/** One curl downloads; the other uploads its output with a declared length. */
export const curl: Candidate = (job) => async () => {
  const whole = asOneSample(job);
  const script = `
    set -o pipefail
    TIMEFORMAT='%U %S'
    time { curl -sSf "$1" | curl -sSf -X POST -H 'Expect:' -H 'Transfer-Encoding:' \\
      -H "Content-Length: $2" -T - "$3" > /dev/null; }
  `;
  const certificate = process.env['NODE_EXTRA_CA_CERTS'];
  const { stderr } = await promisify(execFile)(
    'bash',
    ['-c', script, 'bash', sampleUrl(whole, '01.wav'), String(whole.bytes), `${job.sink}/voices/voice-clone`],
    { env: { ...process.env, LC_ALL: 'C', ...(certificate && { CURL_CA_BUNDLE: certificate }) } },
  );
  const [user, system] = stderr.trim().split(' ').map(Number);
  return { cpuSeconds: (user ?? NaN) + (system ?? NaN) };
};

/** Whether curl is installed. */
export function hasCurl(): boolean {
  try {
    execFileSync('bash', ['-c', 'curl --version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
