import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callersVoice } from '../support/callers-voice.ts';
import { programFile, programNode } from '../support/program.ts';

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { exitCode, stdout, stderr } = await callersVoice(['completion', shell]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('callers-voice-clone complete --');
  });

  it('is valid bash', () => {
    const script = `callers-voice-clone() { '${programNode}' '${programFile}' "$@"; }
      eval "$(callers-voice-clone completion bash)"
      complete -p callers-voice-clone
      # Of the package bash-completion, which distributions have.
      _get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}") cur=\${COMP_WORDS[COMP_CWORD]} cword=$COMP_CWORD; }
      COMP_WORDS=(callers-voice-clone ret) COMP_CWORD=1 COMP_LINE='callers-voice-clone ret' COMP_POINT=17
      __callers_voice_clone_complete && echo "\${COMPREPLY[@]}"`;
    const printed = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(printed).toMatch(/^complete -F __callers_voice_clone_complete callers-voice-clone\nretry/);
  });

  it('knows commands and options', async () => {
    expect((await callersVoice(['complete', '--', 're'])).stdout).toMatch(/^result\t.*\nretry\t/);
    expect((await callersVoice(['complete', '--', 'drop', '--dr'])).stdout).toMatch(/^--dry-run\t/);
  });

  it.each([['check'], ['init'], ['drop'], ['drop', 'other']])('knows folders after %s', async (...words) => {
    const home = await mkdtemp(join(tmpdir(), 'callers-voice-'));
    onTestFinished(() => rm(home, { recursive: true }));
    await mkdir(join(home, 'my-voice'));
    await writeFile(join(home, 'my-file'), '');
    const { stdout } = await callersVoice(['complete', '--', ...words, `${home}/my`]);
    expect(stdout).toBe(`${home}/my-voice/\t\n:4\n`);
  });
});
