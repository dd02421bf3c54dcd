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
 * Checks the fields that only the owner of the packages can fill in, and that npm and n8n show publicly.
 * Publishing starts with this check; tests skip it.
 *
 * @param repository URL of the publishing repository, which npm compares with package.json
 * @returns one message per missing value
 */
export function releaseProblems(root: string, repository?: string): string[] {
  const read = (path: string) =>
    JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as PackageJson;
  const { workspaces = [] } = read('.');
  return workspaces.flatMap((path) => [
    ...problemsOf(read(path), path, repository).map((problem) => `${path}/package.json: ${problem}`),
    ...(/not published yet/.test(readFileSync(join(root, path, 'README.md'), 'utf8'))
      ? [`${path}/README.md: says that the package is not published yet; describe how to install it`]
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
    ...(isReal(email) ? [] : ['"author" has no valid email address']),
    ...(isReal(place) ? [] : ['"repository.url" is missing or a placeholder']),
    ...(isReal(place) && expected !== undefined && place !== expected
      ? [
          `"repository.url" is ${place}, but the package is published from ${expected}: npm rejects the provenance`,
        ]
      : []),
    ...(!isReal(place) || directory === path ? [] : [`"repository.directory" is not "${path}"`]),
    ...(isReal(homepage) ? [] : ['"homepage" is missing or a placeholder']),
    ...(isReal(issues) ? [] : ['"bugs" is missing or a placeholder']),
  ];
}

/** Whether a value is present and not in an example domain (RFC 2606). */
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
