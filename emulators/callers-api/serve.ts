import { answer, answerEarly, answerInPart, badRequest, forcedAnswer, reset, trickle } from './answers.ts';
import { type Behavior, decidesAnswer, leavesVoice } from './behaviors.ts';
import { type Exchange, pause, untilAborted } from './exchange.ts';
import { readBody } from './read-body.ts';
import { judgeForm, judgeHead } from './rules.ts';
import type { CallersApiSimulatorOptions } from './simulator-options.ts';

/** Handles one request according to the behavior. */
export async function serve(
  exchange: Exchange,
  behavior: Behavior,
  options: CallersApiSimulatorOptions,
  makeVoice: () => void,
): Promise<void> {
  const { request, received, gone } = exchange;
  const refusal = judgeHead(request, options);
  if (refusal) received.problems.push(refusal.body.message);

  if (behavior.kind === 'answer' && behavior.when === 'early') {
    return answerEarly(exchange, forcedAnswer(behavior, received));
  }
  if (behavior.kind === 'reset' && behavior.when === 'before-body') return reset(exchange);
  if (behavior.kind === 'silence' && behavior.when === 'from-start') return untilAborted(gone);
  if (refusal && !decidesAnswer(behavior)) return answerEarly(exchange, refusal);

  const body = await readBody(exchange, behavior);
  if (behavior.kind === 'reset' && behavior.when === 'during-body') return reset(exchange);
  if (body.kind === 'cut') return;
  received.complete = true;
  received.problems.push(...body.problems, ...judgeForm(received));

  const good = received.problems.length === 0;
  if (good && leavesVoice(behavior)) {
    makeVoice();
    await pause(options.cloneMilliseconds ?? 0, gone);
  }

  const verdict = refusal ?? (good ? { status: 201, body: received.voices } : badRequest(received.problems));
  switch (behavior.kind) {
    case 'normal':
    case 'slow-reading':
      return answer(exchange, verdict);
    case 'hold':
      await Promise.race([behavior.until, untilAborted(gone)]);
      return answer(exchange, verdict);
    case 'slow-answer':
      return trickle(exchange, verdict, behavior.bytesPerSecond);
    case 'answer':
      return answer(exchange, forcedAnswer(behavior, received));
    case 'silence':
      return untilAborted(gone);
    case 'reset':
      if (behavior.when === 'during-answer') return answerInPart(exchange, verdict, behavior.afterBytes);
      return reset(exchange);
  }
}
