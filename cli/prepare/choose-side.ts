import type { Sound } from '../audio/measure.ts';
import { between, lengthOf } from '../audio/spans.ts';
import type { CheckedFolder, LocalSample, Problem } from '../check/checked-folder.ts';
import { readableLength } from '../check/media-table.ts';
import { canAsk, exitCodes, ProgramError } from '../output.ts';
import { answerTo } from '../prompt.ts';
import { plain } from '../table.ts';
import type { Side } from './mend.ts';

/**
 * Which side of each sample is the voice's: where two speak, as an option says, or a person on the terminal.
 *
 * @param options `channel` as in `PrepareOptions`
 * @returns by the sample's name
 * @throws {ProgramError} if nobody says, or an option names no side or sample.
 */
export async function chosenSides(
  { samples, problems }: CheckedFolder,
  { channel = [], json }: { channel?: readonly string[]; json?: boolean },
): Promise<Map<string, Side>> {
  const sides = new Map<string, Side>();
  const choices = choicesIn(channel, samples);
  const open: LocalSample[] = [];
  for (const sample of samples) {
    const { name, sound } = sample;
    const has = (code: Problem['code']) => problems.some((each) => each.file === name && each.code === code);
    const isCall = has('TWO_VOICES');
    const chosen = choices.get(name) ?? (isCall ? choices.get(undefined) : undefined);
    if (isCall && chosen === undefined) open.push(sample);
    const taken = chosen ?? (has('INVERTED') || has('DELAYED') ? loudestIn(sound) : undefined);
    sides.set(name, {
      ...(sound?.track && { track: sound.track.number }),
      ...(taken !== undefined && { channel: taken }),
    });
  }
  const [first] = open;
  if (first && (json || !canAsk())) {
    throw new ProgramError(
      `${open.map(({ name }) => plain(name)).join(', ')}: one voice is on the left and another on the right. Say which is to be cloned: ` +
        `--channel left or --channel right, or for a file --channel ${JSON.stringify(`${first.name}=left`)}`,
      exitCodes.usage,
    );
  }
  for (const sample of open)
    sides.set(sample.name, { ...sides.get(sample.name), channel: await ask(sample) });
  return sides;
}

const numbers: Record<string, number> = { left: 1, right: 2 };

/** By the sample's name; undefined for all others. */
function choicesIn(
  channel: readonly string[],
  samples: readonly LocalSample[],
): Map<string | undefined, number> {
  return new Map(
    channel.map((option) => {
      const [, name, side = ''] = /^(?:(.*)=)?(.*)$/s.exec(option) ?? [];
      const number = numbers[side];
      const channels = samples.find((sample) => sample.name === name)?.sound?.channels.length;
      const problem =
        number === undefined
          ? `"${side}" is neither left nor right`
          : name === undefined || channels === 2
            ? undefined
            : `there is no sample ${JSON.stringify(name)} in stereo`;
      if (number !== undefined && problem === undefined) return [name, number];
      throw new ProgramError(`--channel ${option}: ${problem}`, exitCodes.usage);
    }),
  );
}

/** From 1. */
function loudestIn({ channels }: Pick<Sound, 'channels'> = { channels: [] }): number {
  const levels = channels.map(({ rms }) => rms);
  return levels.indexOf(Math.max(...levels)) + 1;
}

async function ask({ name, media, sound }: LocalSample): Promise<number> {
  const { default: select } = await import('@inquirer/select');
  const seconds = media?.seconds ?? 0;
  const choices = Object.entries(numbers).map(([side, channel]) => {
    const speaks = between(sound?.channels[channel - 1]?.pauses ?? [], seconds);
    return { name: `${side}, which speaks for ${readableLength(lengthOf(speaks))}`, value: channel };
  });
  const message = `Two people speak in ${plain(name)}. Whose voice is to be cloned?`;
  return answerTo(select({ message, choices }, { output: process.stderr }), 'Nothing was written');
}
