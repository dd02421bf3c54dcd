#!/usr/bin/env bash
# For a profile with `mfa_serial`, the AWS SDK asks for the code before it has the keys that the code is for: if the source profile does not
# work, the person types a code for nothing.
# version: @aws-sdk/credential-provider-ini 3.973.30
# our code: cli/s3/credentials.ts asks when the role is assumed, with the keys in hand
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/credential-provider-ini@3.973.30

mkdir -p home/.aws
cat > home/.aws/config <<'END'
[profile vault]
credential_process = sleep 1; echo "{\"Version\":1,\"AccessKeyId\":\"AKIAEXAMPLE\",\"SecretAccessKey\":\"secret\"}"
[profile role]
role_arn = arn:aws:iam::111122223333:role/voices
source_profile = vault
mfa_serial = arn:aws:iam::111122223333:mfa/ann
END
cat > ask.mjs <<'END'
import { fromIni } from '@aws-sdk/credential-provider-ini';

process.env.HOME = `${process.cwd()}/home`;
const order = [];
const mfaCodeProvider = async () => (order.push('asked for the code'), '123456');
const roleAssumer = async (keys) => (order.push('had the keys'), keys);
await fromIni({ profile: 'role', mfaCodeProvider, roleAssumer })();
console.log(order.join(', then '));
END
seen=$(node ask.mjs 2>/dev/null)
echo "$seen"
[ "$seen" = 'asked for the code, then had the keys' ]
