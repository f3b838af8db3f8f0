// Answers questions about webhook signatures with the vendor's Node library (`npm install twilio`).
//
// One JSON object a line on standard input, one answer a line on standard output; the questions are those of
// webhook_peer.py. The library knows HMAC-SHA1 only, so an algorithm is not looked at.

const readline = require("readline");
const webhooks = require("twilio/lib/webhooks/webhooks");

// What `express.urlencoded` gives: a string, or an array for a name that repeats.
function params(pairs) {
  const values = Object.create(null);
  for (const [name, value] of pairs) {
    if (!(name in values)) values[name] = value;
    else values[name] = [].concat(values[name], value);
  }
  return values;
}

function answer(question) {
  const { op, token, url, pairs, body, signature } = question;
  switch (op) {
    case "version":
      return { version: require("twilio/package.json").version };
    case "hash":
      return { hash: webhooks.getExpectedBodyHash(body) };
    case "sign":
      return { signature: webhooks.getExpectedTwilioSignature(token, url, params(pairs)) };
    case "validate":
      return {
        valid: pairs
          ? webhooks.validateRequest(token, signature, url, params(pairs))
          : webhooks.validateRequestWithBody(token, signature, url, body),
      };
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let result;
  try {
    result = answer(JSON.parse(line));
  } catch (error) {
    result = { valid: false, error: String(error) };
  }
  console.log(JSON.stringify(result));
});
