/** The tests for each threat of docs/security.md, by its number: a file in `test/`, and the name of a test in it. */
export const threats: Record<number, [file: string, test: string][]> = {
  // clone into any sub-organization of the key
  1: [['functions/sub-organizations.test.ts', '%s is refused: nothing is read, claimed or sent']],
  // learn the allowed sub-organizations from the error
  2: [['functions/sub-organizations.test.ts', 'does not learn which ones are allowed']],
  // inject a header through subOrganizationId
  3: [['functions/security.test.ts', 'with %s in it never becomes a header']],
  // inject form fields through texts or file names
  4: [
    ['functions/security.test.ts', 'that looks like another part of the form stays text'],
    ['functions/security.test.ts', 'or file name with quotes and line breaks adds nothing to the form'],
    ['functions/multipart.test.ts', 'never lets a name begin a line of its own'],
  ],
  // reach files outside the folder through files
  5: [
    ['functions/security.test.ts', 'cannot leave the folder: %s'],
    ['functions/security.test.ts', 'is never decoded: %s means exactly that name'],
  ],
  // reach them through the manifest's key
  6: [
    ['functions/security.test.ts', 'with ".." in it is taken literally: S3 has no parent folders'],
    ['cdk/function.test.ts', 'end at the prefix'],
  ],
  // clone recordings in subfolders that they cannot read
  7: [['functions/drop.test.ts', 'may name samples in folders below it']],
  // send documents, archives or the pipeline's own files to the API
  8: [
    ['functions/errors.test.ts', 'NOT_AUDIO: one is %s'],
    ['functions/security.test.ts', 'may name the pipeline’s own file %s, which is not audio and is not sent'],
  ],
  // replace a sample after it was checked
  9: [
    [
      'functions/errors.test.ts',
      'SAMPLE_CHANGED: one is replaced whenever it is read, until the time is over',
    ],
  ],
  // break the function with a huge, deep or odd manifest
  10: [
    ['functions/security.test.ts', 'of %s is refused with a reason'],
    ['functions/security.test.ts', 'with %s neither fills the result nor breaks a line of the log'],
    ['functions/security.test.ts', 'that is %s is refused, instead of failing forever'],
  ],
  // keep it busy with endless folders, lists or samples
  11: [
    ['functions/security.test.ts', '%s is listed only up to a limit'],
    ['functions/security.test.ts', 'with 1,001 samples is refused before any folder below is listed'],
    ['functions/errors.test.ts', 'TOO_LARGE: together they exceed the limit'],
    ['functions/memory.test.ts', 'the function streams a sample of 300 MB without holding it in memory'],
  ],
  // spend money, or delay others, with many folders
  12: [
    ['cdk/pipeline.test.ts', 'maxConcurrency limits the clones that run at the same time'],
    ['cdk/pipeline.test.ts', 'an alarm for everything that needs a person'],
  ],
  // forge log records through names
  13: [
    ['functions/security.test.ts', 'stays one JSON record per line when names contain %s'],
    ['functions/security.test.ts', 'with %s neither fills the result nor breaks a line of the log'],
  ],
  // have a voice paid for twice, by repeated drops, sync --delete or a forged result.json
  14: [
    ['functions/once.test.ts', 'when its event is delivered 50 times at once, to separate functions'],
    ['functions/once.test.ts', 'when `sync --delete` removes the result, and the folder is dropped again'],
    ['functions/security.test.ts', 'by deleting result.json cannot have a voice made again'],
    ['functions/security.test.ts', 'by forging result.json cannot have a voice made again'],
  ],
  // reach the ledgers
  15: [
    ['cdk/function.test.ts', 'end at the prefix'],
    ['cdk/pipeline.test.ts', 'that exists is used, with access to the ledgers of this bucket only'],
    ['cdk/refused.test.ts', 'the bucket of another pipeline, in whatever order (%s)'],
  ],
  // write result.json by hand
  16: [['functions/security.test.ts', 'by forging result.json can hide the outcome of that folder’s drops']],
  // make the function overwrite files
  17: [['cdk/function.test.ts', 'are exactly these']],
  // learn of another folder's voice by dropping the same
  18: [
    [
      'functions/same-recordings.test.ts',
      'and other settings, another sub-organization or other bytes of the same size are another voice',
    ],
  ],
  // read recordings and results
  19: [
    [
      'cdk/pipeline.test.ts',
      'a bucket (%s) that is versioned, encrypted, private, and kept when the stack is deleted',
    ],
    ['cdk/pipeline.test.ts', 'a policy that refuses requests without TLS (%s %s)'],
  ],
  // find the API key in a result
  20: [['functions/api-key.test.ts', '%s: no result contains it']],
  // learn how Callers works inside
  21: [['functions/send-clone-request.test.ts', 'is truncated when it is long']],
  // send events from another bucket or account, even after the bucket is deleted and its name reused
  22: [
    [
      'cdk/pipeline.test.ts',
      'a queue that only this bucket may send to, and only while this account owns it',
    ],
  ],
  // with rights in this account, name another bucket
  23: [['cdk/function.test.ts', 'are exactly these']],
  // … invent uploads of existing folders
  24: [['functions/once.test.ts', 'after %s tries again']],
  // … send garbage
  25: [
    [
      'functions/drop.test.ts',
      'that cannot be read fail, so that their messages end in the dead-letter queue, and hold up no others',
    ],
  ],
  // read the queues
  26: [
    [
      'cdk/pipeline.test.ts',
      'a queue whose visibility timeout exceeds the function’s timeout by a minute, with a dead-letter queue',
    ],
    [
      'cdk/pipeline.test.ts',
      'encrypts all that is created: buckets, queues, secret, topics, logs and environment',
    ],
  ],
  // find the API key
  27: [['functions/api-key.test.ts', 'is refused with every mistake, and without showing the key']],
  // learn who is cloned
  28: [['cdk/pipeline.test.ts', 'a log of its own, in JSON, kept for three months']],
  // trick a terminal
  29: [['functions/security.test.ts', 'stays one JSON record per line when names contain %s']],
  // read the key in the configuration
  30: [['cdk/pipeline.test.ts', 'the environment that the function reads, and nothing that is secret in it']],
  // send the key over plain http, or to a metadata service (SSRF)
  31: [
    ['functions/security.test.ts', '%s is refused at startup, before any key is read'],
    ['shared/clone-request.test.ts', 'may not be based on %s, which would expose the key'],
  ],
  // send it to another https address
  32: [['shared/clone-request.test.ts', 'may be based on %s']],
  // leave the list of sub-organizations empty by mistake
  33: [
    ['functions/sub-organizations.test.ts', 'that is %s is refused at startup'],
    ['cdk/context.test.ts', 'is refused when %s is invalid: %s'],
  ],
  // use the function's role for more
  34: [
    ['cdk/function.test.ts', 'are exactly these'],
    ['cdk/pipeline.test.ts', 'no wildcard in any action'],
  ],
  // impersonate the API
  35: [['functions/send-clone-request.test.ts', 'because its certificate is not trusted was sent nothing']],
  // redirect the key elsewhere
  36: [
    ['functions/send-clone-request.test.ts', 'includes a redirect (%d), which is not followed'],
    ['n8n-node/clone.test.ts', 'sends the request elsewhere, the key does not go there'],
  ],
  // have the key written down by quoting it
  37: [
    ['functions/api-key.test.ts', '%s: no result contains it'],
    [
      'functions/answers.properties.test.ts',
      'when URLs, HTML, JSON or Base64 quote it or a part of it, in each other too',
    ],
    ['n8n-node/clone.test.ts', 'quotes the key %s, it is not shown'],
  ],
  // fill memory with an answer
  38: [['functions/send-clone-request.test.ts', 'that never ends is read only up to a limit']],
  // answer something that cannot be stored, so that it is asked again
  39: [['functions/security.test.ts', 'cannot have a voice made twice by an answer that %s']],
  // as a workflow author or its data: inject headers or invalid values
  41: [['n8n-node/clone.test.ts', 'an invalid sub-organization']],
  // send the key over plain http
  42: [
    ['n8n-node/clone.test.ts', 'a base URL that would send the key in the clear'],
    ['n8n-node/real-n8n/n8n.check.ts', 'the test of a credential never sends the key in the clear'],
  ],
  // run code when it is installed
  45: [
    ['supply-chain.test.ts', 'of dependencies never run'],
    ['supply-chain.test.ts', 'are in no shipped package'],
  ],
  // change after review, or come from elsewhere
  46: [
    ['supply-chain.test.ts', 'pins every dependency by a strong hash'],
    [
      'supply-chain.test.ts',
      'takes them only from the registry: no git, no URL, no file but our own workspaces',
    ],
  ],
  // get into the function, beside the key
  47: [
    ['supply-chain.test.ts', 'in the Lambda function bundles exactly these packages'],
    [
      'supply-chain.test.ts',
      'in the Lambda function loads nothing at run time but its bundle and Node’s modules',
    ],
  ],
  // get into the program, beside AWS credentials
  48: [['supply-chain.test.ts', 'in the program needs no package that npm would install']],
  // take one of our names before we publish
  49: [['docs/docs.test.ts', 'no command in %s asks a registry for a package of ours']],
  // get into what we publish
  50: [
    [
      'release/workflows.test.ts',
      'packages are published as they were tested, and only when the owner has filled in what npm shows',
    ],
  ],
  // get into n8n
  51: [
    ['n8n-node/package.test.ts', 'n8n runs the package without any other'],
    ['supply-chain.test.ts', 'in the n8n package bundles no dependency'],
  ],
};
