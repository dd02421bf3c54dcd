#!/usr/bin/env bash
# If a profile's `credential_process` fails, or the profile does not exist, the AWS SDK's default chain goes on to ask EC2, and its last error says
# neither that nor the profile's name. Asked for the profile alone, the SDK quotes the whole command, with the secrets in its arguments.
# version: @aws-sdk/credential-provider-node 3.972.97, @aws-sdk/credential-provider-ini 3.973.30
# our code: cli/s3/credentials.ts looks nowhere else if a profile fails, and shows only what the command printed
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/credential-provider-node@3.972.97 @aws-sdk/credential-provider-ini@3.973.30

mkdir -p home/.aws
cat > home/.aws/config <<'END'
[profile vault]
credential_process = sh -c 'echo "the vault is sealed" >&2; exit 1' --token my-secret
END
cat > ask.mjs <<'END'
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { defaultProvider } from '@aws-sdk/credential-provider-node';

process.env.HOME = `${process.cwd()}/home`;
process.env.AWS_EC2_METADATA_DISABLED = 'true';
const messageOf = (provider) => provider().catch(({ message }) => message);
for (const profile of ['vault', 'valt']) console.log(`${profile}: ${await messageOf(defaultProvider({ profile }))}`);
const alone = await messageOf(fromIni({ profile: 'vault' }));
console.log(`alone, with the reason: ${alone.includes('the vault is sealed')}, with the secret: ${alone.includes('my-secret')}`);
END
seen=$(node ask.mjs 2>/dev/null)
echo "$seen"
[ "$seen" = 'vault: Could not load credentials from any providers
valt: Could not load credentials from any providers
alone, with the reason: true, with the secret: true' ]
