const { createServer } = require('node:http');
const { greet } = require('./lib/greet.js');

const port = Number(process.env.PORT);
let served = 0;
createServer((request, response) => {
  served += 1;
  response.end(`${greet(request.headers['x-name'] ?? 'world')}, request ${served}\n`);
}).listen(port, () => console.log(`listening on ${port}`));

process.on('SIGTERM', () => process.exit(0));
