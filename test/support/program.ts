/** The program as tests start it: built, or as `npm run test:packages` installed it. */
export const [programNode, programFile] = JSON.parse(process.env['PROGRAM'] ?? '[]') as [
  node: string,
  file: string,
];
