// Answers questions about webhook signatures with the vendor's Node library (`npm install twilio`).
//
// One JSON object a line on standard input, one answer a line on standard output; the questions are those of
// webhook_peer.py, and one more for the library's Express middleware:
//     {"op": "middleware", "token", "shared_key", "protocol", "target", "headers", "fields", "body"}
//         ->  {"valid", "status"}
// "fields" is the result of a body parser, pairs or a JSON object; "body" is the raw body, where it was kept.

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

// `twilio.webhook()` with as much of Express's request and response as it looks at.
function middleware({ token, shared_key, protocol, target, headers, fields, body }) {
  const values = {};
  for (const [name, value] of headers) values[name] = name in values ? `${values[name]}, ${value}` : value;
  const request = {
    protocol,
    originalUrl: target,
    headers: values,
    header: (name) => values[name.toLowerCase()],
    body: Array.isArray(fields) ? params(fields) : fields,
    rawBody: body,
  };
  let status;
  const response = {
    type: () => response,
    status: (code) => ((status = code), response),
    send: () => response,
  };
  webhooks.webhook(token, { sharedKeySecret: shared_key })(request, response, () => (status = 200));
  return { valid: status === 200, status };
}

function answer(question) {
  const { op, token, url, pairs, body, signature, algorithm } = question;
  switch (op) {
    case "version":
      return { version: require("twilio/package.json").version };
    case "hash":
      return { hash: webhooks.getExpectedBodyHash(body) };
    case "sign":
      return { signature: webhooks.getExpectedTwilioSignature(token, url, params(pairs), algorithm) };
    case "validate":
      return {
        valid: pairs
          ? webhooks.validateRequest(token, signature, url, params(pairs), algorithm)
          : webhooks.validateRequestWithBody(token, signature, url, body, algorithm),
      };
    case "middleware":
      return middleware(question);
  }
}

// The library reports what it refuses on the console, which is for the answers.
console.warn = console.error = () => {};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let result;
  try {
    result = answer(JSON.parse(line));
  } catch (error) {
    result = { valid: false, error: String(error) };
  }
  console.log(JSON.stringify(result));
});
