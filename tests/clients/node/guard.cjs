// Refuses every connection that leaves this machine, and remembers where it wanted to go.
"use strict";
const net = require("node:net");
const dns = require("node:dns");

const own = (host) => !host || /^(127\.|::1$|localhost$|\[::1\]$)/.test(host);
globalThis.left = [];

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  const first = Array.isArray(given[0]) ? given[0][0] : given[0];
  const host = typeof first === "object" ? first.host : typeof given[1] === "string" ? given[1] : undefined;
  if (!(first && first.path) && !own(host)) {
    globalThis.left.push(host);
    process.nextTick(() => this.destroy(new Error(`${host} is not this machine`)));
    return this;
  }
  return connect.apply(this, given);
};

const lookup = dns.lookup;
dns.lookup = function (host, ...rest) {
  if (own(host)) return lookup.call(dns, host, ...rest);
  globalThis.left.push(host);
  process.nextTick(rest.at(-1), new Error(`${host} is not this machine`));
};
