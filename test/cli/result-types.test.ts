import { expectTypeOf, it } from 'vitest';
import type * as Exported from '../../cli/result-types.ts';
import type { DropFailureCode } from '../../shared/failures.ts';
import type { FinalResult, Result } from '../../voice-folder/result.ts';

/* Checked by `npm run typecheck`: nothing happens when this runs. */

it('programs that read result.json get its types as the function writes it', () => {
  expectTypeOf<Result>().toExtend<Exported.Result>();
  expectTypeOf<Exported.Result>().toExtend<Result>();
  expectTypeOf<FinalResult>().toExtend<Exported.FinalResult>();
  expectTypeOf<Exported.ErrorCode>().toEqualTypeOf<DropFailureCode>();
});

it('with each field, and no other', () => {
  expectTypeOf<Filled<Result>>().toExtend<Filled<Exported.Result>>();
  expectTypeOf<Filled<Exported.Result>>().toExtend<Filled<Result>>();
});

/** With all optional fields: a missing one would go unnoticed. */
type Filled<Value> = Value extends readonly (infer Item)[]
  ? Filled<Item>[]
  : Value extends object
    ? { [Key in keyof Value]-?: Filled<NonNullable<Value[Key]>> }
    : Value;
