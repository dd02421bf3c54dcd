#!/usr/bin/env bash
# Powertools' metrics lose their dimensions at the 101st value: `addMetric` writes out what it has after 100 metrics, or 100 values of one, and clears the
# dimensions with them. What is counted later goes to another metric, with no dimension but `service`, on which no alarm is.
# version: @aws-lambda-powertools/metrics 2.36.0
# our code: functions/clone-voice/handler.ts adds no dimension but the service's, which stays
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @aws-lambda-powertools/metrics@2.36.0

cat > metrics.mjs <<'END'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
const metrics = new Metrics({ namespace: 'Voices', serviceName: 'clone' });
metrics.addDimension('studio', 'north');
for (let take = 0; take < 101; take += 1) metrics.addMetric('RefusedTakes', MetricUnit.Count, 1);
metrics.publishStoredMetrics();
END
node metrics.mjs 2>warnings | node -e '
for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
  const { RefusedTakes, _aws } = JSON.parse(line);
  console.log(`${[RefusedTakes].flat().length} values with the dimensions ${_aws.CloudWatchMetrics[0].Dimensions.join(" and ")}`);
}' | tee seen
echo "warnings: $(wc -l <warnings)" | tee -a seen
diff seen - <<'END'
100 values with the dimensions service,studio
1 values with the dimensions service
warnings: 0
END
