import { exitCodes, ProgramError } from './output.ts';

/**
 * The answer to a question of `@inquirer`.
 *
 * @param message what to say if Ctrl-C ends it
 * @throws {ProgramError} then
 */
export async function answerTo<Answer>(question: Promise<Answer>, message: string): Promise<Answer> {
  try {
    return await question;
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== 'ExitPromptError') throw cause;
    throw new ProgramError(message, exitCodes.interrupted, { cause });
  }
}
