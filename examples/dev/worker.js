const { setTimeout: sleep } = require('node:timers/promises');

const url = `http://127.0.0.1:${process.env.PORT}`;

async function work() {
  for (;;) {
    try {
      const answer = await fetch(url, { headers: { 'x-name': 'worker' } });
      console.log((await answer.text()).trim());
    } catch {
      console.log('the server does not answer');
    }
    await sleep(1000);
  }
}

work();
