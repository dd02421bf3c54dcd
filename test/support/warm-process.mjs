import { pathToFileURL } from 'node:url';

/*
 * Runs the program as often as it is told to, each time as if it were a new process: with the given arguments, environment and folder, until
 * nothing keeps the process alive. The chunk with the command line is loaded each time; what it imports, once.
 */

const [, , file] = process.argv;
const marked = [process.stdout, process.stderr];
let runs = 0;

process.on('disconnect', () => process.exit());
process.on('message', ({ args, env, cwd }) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.argv = [process.execPath, file, ...args];

  const kept = new Set(listeners().map(([, , listener]) => listener));
  let isOver = false;
  // An error that it throws ends this process, too.
  void import(`${pathToFileURL(file)}?${++runs}`).then(() => {
    isOver = true;
  });
  process.channel.unref();
  process.once('beforeExit', () => {
    process.channel.ref();
    // What Node exits with if it can no longer be over.
    const exitCode = process.exitCode ?? (isOver ? 0 : 13);
    process.exitCode = undefined;
    for (const [emitter, name, listener] of listeners()) if (!kept.has(listener)) emitter.off(name, listener);
    for (const stream of marked) stream.write(`\0${exitCode}\0`);
  });
});

function listeners() {
  return [process, ...marked].flatMap((emitter) =>
    emitter.eventNames().flatMap((name) => emitter.rawListeners(name).map((each) => [emitter, name, each])),
  );
}
