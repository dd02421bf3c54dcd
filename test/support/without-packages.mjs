import { registerHooks } from 'node:module';

/** Preloaded (`node --import`): fails when a package is loaded whose name begins with `WITHOUT_PACKAGES`. */
registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier.startsWith(process.env.WITHOUT_PACKAGES)) throw new Error(`${specifier} was loaded`);
    return nextResolve(specifier, context);
  },
});
