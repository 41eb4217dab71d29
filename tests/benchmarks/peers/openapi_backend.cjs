// openapi-backend on Node's own http server, with validation, as its documentation shows it.
const http = require('node:http');
const { OpenAPIBackend } = require('openapi-backend');

const [, , document, port] = process.argv;
const send = (response, status, body) => {
  const content = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) });
  response.end(content);
};
const api = new OpenAPIBackend({
  definition: document,
  handlers: {
    validationFail: (context, request, response) => send(response, 400, { title: 'invalid', status: 400, errors: context.validation.errors }),
    notFound: (context, request, response) => send(response, 404, { title: 'not found', status: 404 }),
    notImplemented: (context, request, response) => {
      const { status, mock } = context.api.mockResponseForOperation(context.operation.operationId);
      send(response, status, mock);
    },
  },
});
api.init().then(() => {
  http
    .createServer((request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        const url = new URL(request.url, 'http://localhost');
        const body = parts.length ? JSON.parse(Buffer.concat(parts)) : undefined;
        const query = Object.fromEntries(url.searchParams);
        api.handleRequest({ method: request.method, path: url.pathname, headers: request.headers, query, body }, request, response);
      });
    })
    .listen(Number(port), '127.0.0.1');
});
