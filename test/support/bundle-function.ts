/** Vitest's global setup: bundles the function, for `test/cdk/built-function-code.ts`. */
export { bundleLambda as default } from '../../functions/bundle.ts';
