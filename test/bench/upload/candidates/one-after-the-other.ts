import { once } from 'node:events';
import { type Candidate, sampleNames, sampleUrl } from '../job.ts';
import { answerOf, open, post } from './raw-pipe.ts';

/** Opens each sample only after the previous one is sent. */
export const oneAfterTheOther: Candidate = (job) => async () => {
  const request = post(job, job.count * job.bytes);
  const answered = answerOf(request);
  for (const name of sampleNames(job)) {
    const source = await open(sampleUrl(job, name));
    source.pipe(request, { end: false });
    await once(source, 'end');
  }
  request.end();
  await answered;
};
