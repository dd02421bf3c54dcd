#!/usr/bin/env bash
# Powertools' Logger does not take the level that the code gives it if Lambda's own log level is set: with AWS_LAMBDA_LOG_LEVEL=DEBUG,
# `logLevel: 'WARN'` and POWERTOOLS_LOG_LEVEL=WARN log at DEBUG.
# version: @aws-lambda-powertools/logger 2.36.0
# our code: cdk/clone-function.ts sets both to the same level
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-lambda-powertools/logger@2.36.0

cat > level.mjs <<'END'
import { Logger } from '@aws-lambda-powertools/logger';
const { CODE: logLevel } = process.env;
console.log(new Logger(logLevel && { logLevel }).getLevelName());
END
unset POWERTOOLS_LOG_LEVEL AWS_LAMBDA_LOG_LEVEL
for levels in 'CODE=WARN' 'POWERTOOLS_LOG_LEVEL=DEBUG CODE=WARN' 'AWS_LAMBDA_LOG_LEVEL=DEBUG CODE=WARN' \
  'AWS_LAMBDA_LOG_LEVEL=DEBUG POWERTOOLS_LOG_LEVEL=WARN'; do
  # shellcheck disable=SC2086 # several variables
  echo "$levels: $(env $levels node level.mjs | tail -1)"
done | tee seen
diff seen - <<'END'
CODE=WARN: WARN
POWERTOOLS_LOG_LEVEL=DEBUG CODE=WARN: WARN
AWS_LAMBDA_LOG_LEVEL=DEBUG CODE=WARN: DEBUG
AWS_LAMBDA_LOG_LEVEL=DEBUG POWERTOOLS_LOG_LEVEL=WARN: DEBUG
END
