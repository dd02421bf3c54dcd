import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface PackageJson {
  name: string;
  workspaces?: string[];
  author?: string | { name?: string; email?: string };
  repository?: string | { url?: string; directory?: string };
  homepage?: string;
  bugs?: string | { url?: string };
}

/**
 * What only the owner of the packages knows, and npm and n8n show to everybody. Publishing begins with this check; tests
 * do without.
 *
 * @param repository address of the repository that publishes; npm compares it with what a package says
 * @returns a sentence for each thing that is to be filled in
 */
export function releaseProblems(root: string, repository?: string): string[] {
  const read = (path: string) =>
    JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as PackageJson;
  const { workspaces = [] } = read('.');
  return workspaces.flatMap((path) => [
    ...problemsOf(read(path), path, repository).map((problem) => `${path}/package.json: ${problem}`),
    ...(/not published yet/.test(readFileSync(join(root, path, 'README.md'), 'utf8'))
      ? [`${path}/README.md: it says that the package is not published yet; say how to install it`]
      : []),
  ]);
}

function problemsOf(packageJson: PackageJson, path: string, expected: string | undefined): string[] {
  const { author, repository, homepage, bugs } = packageJson;
  const email = typeof author === 'string' ? /<(.+)>/.exec(author)?.[1] : author?.email;
  const { url, directory } =
    typeof repository === 'string' ? { url: repository, directory: undefined } : (repository ?? {});
  const place = url?.replace(/^git\+/, '').replace(/\.git$/, '');
  const issues = typeof bugs === 'string' ? bugs : bugs?.url;
  return [
    ...(isReal(email) ? [] : ['"author" has no address that mail can be sent to']),
    ...(isReal(place) ? [] : ['"repository.url" does not say where the sources are']),
    ...(isReal(place) && expected !== undefined && place !== expected
      ? [
          `"repository.url" is ${place}, but it is published from ${expected}, and npm takes no provenance then`,
        ]
      : []),
    ...(!isReal(place) || directory === path ? [] : [`"repository.directory" is not "${path}"`]),
    ...(isReal(homepage) ? [] : ['"homepage" names no page about the package']),
    ...(isReal(issues) ? [] : ['"bugs" does not say where problems are reported']),
  ];
}

/** Whether something is there, and not of the domains that are for examples (RFC 2606). */
function isReal(value: string | undefined): value is string {
  return value !== undefined && value !== '' && !/[@./]example(\.(com|net|org))?\b/.test(value);
}

if (import.meta.main) {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;
  const publisher = GITHUB_REPOSITORY && `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`;
  const problems = releaseProblems(fileURLToPath(new URL('..', import.meta.url)), publisher);
  for (const problem of problems) console.error(`error: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
