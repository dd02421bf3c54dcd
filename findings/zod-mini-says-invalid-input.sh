#!/usr/bin/env bash
# zod/v4-mini brings no messages: every problem reads "Invalid input", whatever is wrong. Once zod/v4 is used in the same process, the same schema says what
# it expected, so a test that uses both does not notice. zod 3.25.76, which n8n provides, does the same.
# version: zod 4.6.7, zod 3.25.76
# our code: shared/clone-settings.ts gives every rule a message of its own
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts zod@4.6.7 zod3@npm:zod@3.25.76

cat > parse.mjs <<'END'
const modules = process.argv.slice(2);
let said;
for (const name of modules) {
  const z = await import(name);
  const { error } = z.strictObject({ speed: z.number() }).safeParse({ speed: 'fast', pace: 1 });
  said = error.issues.map(({ message }) => message).join('; ');
}
console.log(`${modules.join(', then ')}: ${said}`);
END
for modules in 'zod/v4-mini' 'zod/v4 zod/v4-mini' 'zod3/v4-mini' 'zod3/v4 zod3/v4-mini'; do
  # shellcheck disable=SC2086 # several modules
  node parse.mjs $modules
done | tee seen
diff seen - <<'END'
zod/v4-mini: Invalid input; Invalid input
zod/v4, then zod/v4-mini: Invalid input: expected number, received string; Unrecognized key: "pace"
zod3/v4-mini: Invalid input; Invalid input
zod3/v4, then zod3/v4-mini: Invalid input: expected number, received string; Unrecognized key: "pace"
END
