/** How tests start the program: from its sources, or as `npm run test:packages` installed it. */
export const [programNode, programFile] = JSON.parse(
  process.env['PROGRAM'] ??
    JSON.stringify([process.execPath, new URL('../../cli/main.ts', import.meta.url).pathname]),
) as [node: string, file: string];
