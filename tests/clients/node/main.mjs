// Reads calls of one client, a line of JSON each, and writes what came of them.
import { createInterface } from "node:readline";

const [provider, url] = process.argv.slice(2);
const calls = await (await import(`./${provider}.mjs`)).default(url);

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...given] = JSON.parse(line);
  const told = {};
  try {
    told.value = (await calls[name](...given)) ?? null;
  } catch (error) {
    told.error = { type: error?.constructor?.name ?? typeof error, text: text(error) };
  }
  told.left = globalThis.left.splice(0);
  process.stdout.write(`\x1e${JSON.stringify(told)}\n`);
}

// What a user can read of an error: its message and, where a client keeps the provider's answer beside it, that.
function text(error) {
  const beside = [error?.error, error?.body, error?.data, error?.response?.data, error?.response?.body, error?.rawError];
  return [error?.message ?? String(error), ...beside.filter(Boolean).map((each) => (typeof each === "string" ? each : JSON.stringify(each)))].join(" ");
}
