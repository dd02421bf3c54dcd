/** The Node and the file that tests start the program with: its sources, or what `npm run test:packages` installed. */
export const [programNode, programFile] = JSON.parse(
  process.env['PROGRAM'] ??
    JSON.stringify([process.execPath, new URL('../../cli/main.ts', import.meta.url).pathname]),
) as [node: string, file: string];
