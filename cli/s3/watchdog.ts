import type { IncomingMessage } from 'node:http';

/** A stalled request, and when it times out. */
export interface Silence {
  host: string;
  /** Such as `GET /bucket/key`. */
  request: string;
  /** Whether the request was sent completely, so that only the answer is missing. */
  isSent: boolean;
  /** The timeout, in seconds without data. */
  limit: number;
}

/** A request that the watchdog watches. */
export interface Watched {
  /** What to do once no data was transferred for too long, until the answer has started. */
  whenOver(stop: () => void): void;
  isOver(): boolean;
  /** Some of the body was taken; `isAll` if nothing of it is left. */
  sent(isAll: boolean): void;
  /** The answer has started: reading it counts, and it is destroyed when its time is over. */
  answered(answer: IncomingMessage): void;
  /** Stops watching. */
  end(): void;
  /** An error that the SDK retries. */
  outOfTime(): Error;
}

/** In seconds without data. */
const IDLE_LIMIT = 60;
/**
 * Long, because a proxy may accept a whole upload at once and then forward it over a slow connection for
 * minutes.
 */
const ANSWER_LIMIT = 300;
const SILENCE = 5;

/** In milliseconds. */
const LOOKS_EVERY = 500;

/**
 * Ends requests that transfer no data for too long, and reports when all of them have stalled. Uploads share the bandwidth,
 * so for them a byte on any connection counts.
 *
 * @param onSilence called if no data was transferred for five seconds; once per stall
 * @returns begins to watch a request
 */
export function startWatchdog(
  onSilence: (silence: Silence) => void,
): (request: Pick<Transfer, 'host' | 'name' | 'hasBody'>) => Watched {
  const transfers = new Set<Transfer>();
  let lastMove = 0;
  let isReported = false;
  let timer: NodeJS.Timeout | undefined;

  function moved(transfer: Transfer): void {
    transfer.lastMove = lastMove = Date.now();
    isReported = false;
  }

  function look(): void {
    const now = Date.now();
    for (const transfer of transfers) {
      if (hasRead(transfer)) moved(transfer);
      const since = transfer.hasBody ? Math.max(transfer.lastMove, lastMove) : transfer.lastMove;
      if (now - since >= limitOf(transfer) * 1000) endLate(transfer);
    }
    const [first] = transfers;
    if (!first || isReported || now - lastMove < SILENCE * 1000) return;
    isReported = true;
    const { host, name, hasBody, isSent } = first;
    onSilence({ host, request: name(), isSent: hasBody && isSent, limit: limitOf(first) });
  }

  function end(transfer: Transfer): void {
    transfers.delete(transfer);
    if (transfers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return function watch(request) {
    const { host, name, hasBody } = request;
    const transfer: Transfer = {
      host,
      name,
      hasBody,
      isSent: !hasBody,
      isOver: false,
      lastMove: 0,
      bytesRead: 0,
    };
    const outOfTime = () => errorFor(transfer);
    transfers.add(transfer);
    moved(transfer);
    timer ??= setInterval(look, LOOKS_EVERY);
    return {
      whenOver(stop) {
        transfer.stop = stop;
      },
      isOver: () => transfer.isOver,
      sent(isAll) {
        transfer.isSent = isAll;
        moved(transfer);
      },
      answered(answer) {
        transfer.answer = answer;
        moved(transfer);
        transfer.stop = () => answer.destroy(outOfTime());
        answer.once('close', () => end(transfer));
      },
      end: () => end(transfer),
      outOfTime,
    };
  };
}

interface Transfer {
  /** Such as `GET /bucket/key`. */
  readonly name: () => string;
  readonly host: string;
  readonly hasBody: boolean;
  isOver: boolean;
  stop?: () => void;
  isSent: boolean;
  /** When its last byte was transferred, in milliseconds. */
  lastMove: number;
  /** The answer, once it has started. */
  answer?: IncomingMessage;
  /** The connection's count at the last look. */
  bytesRead: number;
}

/** Whether its connection has received bytes since the last look. */
function hasRead(transfer: Transfer): boolean {
  const before = transfer.bytesRead;
  transfer.bytesRead = transfer.answer?.socket.bytesRead ?? 0;
  return transfer.bytesRead !== before;
}

function endLate(transfer: Transfer): void {
  if (transfer.isOver) return;
  transfer.isOver = true;
  transfer.stop?.();
}

function limitOf({ hasBody, isSent }: Transfer): number {
  return hasBody && isSent ? ANSWER_LIMIT : IDLE_LIMIT;
}

function errorFor(transfer: Transfer): Error {
  const error = new Error(`${transfer.host} transferred no data for ${limitOf(transfer)} seconds`);
  return Object.assign(error, { name: 'TimeoutError' });
}
