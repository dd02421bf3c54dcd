// For `node --require`: finds moto's buckets, which the AWS SDK puts before the host name. Only some resolvers know that
// names below `localhost` are this machine (RFC 6761, section 6.3).
const dns = require('node:dns');

const { lookup } = dns;
dns.lookup = (host, ...others) => lookup(host.endsWith('.localhost') ? '127.0.0.1' : host, ...others);
