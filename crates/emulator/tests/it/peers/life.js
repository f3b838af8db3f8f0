// Walks the life cycle of the main resources with the vendor's Node client.
const assert = require('assert');
const twilio = require('twilio');

class Local extends twilio.RequestClient {
  request(options) {
    return super.request({ ...options, uri: options.uri.replace('https://conversations.twilio.com', process.env.BASE_URL) });
  }
}

const client = twilio(process.env.ACCOUNT_SID, process.env.AUTH_TOKEN, { httpClient: new Local() });
const api = client.conversations.v1;

async function refused(status, code, call) {
  await assert.rejects(call, (error) => error.status === status && error.code === code);
}

async function walk(root) {
  const role = await root.roles.create({ friendlyName: 'mod', type: 'conversation', permission: ['sendMessage'] });
  const user = await root.users.create({ identity: 'alice', attributes: '{"a":1}' });
  const conversation = await root.conversations.create({ uniqueName: 'order', friendlyName: 'Order', 'timers.inactive': 'PT1H' });
  await refused(409, 50353, () => root.conversations.create({ uniqueName: 'order' }));
  const one = root.conversations('order');
  const participant = await one.participants.create({ identity: 'alice', roleSid: role.sid });
  const webhook = await one.webhooks.create({
    target: 'webhook',
    'configuration.url': process.env.RECEIVER_URL,
    'configuration.method': 'post',
    'configuration.filters': ['onMessageAdded'],
  });
  for (let number = 0; number < 7; number += 1) {
    await one.messages.create({ author: 'alice', body: `number ${number}`, xTwilioWebhookEnabled: 'true' });
  }
  const messages = await one.messages.list({ pageSize: 3, order: 'desc' });
  assert.deepStrictEqual(messages.map((message) => message.index), [6, 5, 4, 3, 2, 1, 0]);
  const changed = await one.messages(messages[0].sid).update({ body: 'changed' });
  assert.strictEqual(changed.body, 'changed');
  await one.participants(participant.sid).update({ lastReadMessageIndex: 3 });
  const joined = await root.users('alice').userConversations(conversation.sid).fetch();
  assert.strictEqual(joined.unreadMessagesCount, 3);
  const muted = await root.users('alice').userConversations(conversation.sid).update({ notificationLevel: 'muted' });
  assert.strictEqual(muted.notificationLevel, 'muted');
  const found = await root.participantConversations.list({ identity: 'alice' });
  assert.deepStrictEqual(found.map((one) => one.conversationSid), [conversation.sid]);
  const made = await root.conversationWithParticipants.create({ participant: [JSON.stringify({ identity: 'bob' })] });
  const people = await root.conversations(made.sid).participants.list();
  assert.deepStrictEqual(people.map((one) => one.identity), ['bob']);
  assert.deepStrictEqual(await one.messages(messages[0].sid).deliveryReceipts.list(), []);
  assert.ok(await one.webhooks(webhook.sid).remove());
  assert.ok(await one.remove());
  assert.ok(await root.users(user.sid).remove());
  assert.ok(await root.roles(role.sid).remove());
  await refused(404, 20404, () => root.conversations(conversation.sid).fetch());
}

async function main() {
  const service = await api.services.create({ friendlyName: 'peer' });
  await walk(api);
  await walk(api.services(service.sid));
  const settings = await api.configuration().update({ defaultInactiveTimer: 'PT10M' });
  assert.strictEqual(settings.defaultInactiveTimer, 'PT10M');
  const reachable = await api.services(service.sid).configuration().update({ reachabilityEnabled: true });
  assert.strictEqual(reachable.reachabilityEnabled, true);
  const notes = await api.services(service.sid).configuration.notifications().update({ 'newMessage.enabled': true });
  assert.strictEqual(notes.newMessage.enabled, true);
  assert.deepStrictEqual(await api.services(service.sid).bindings.list(), []);
  await refused(400, 20001, () => api.services.create({ friendlyName: 'x'.repeat(257) }));
  for (let number = 0; number < 5; number += 1) {
    await api.services.create({ friendlyName: `service ${number}` });
  }
  assert.strictEqual((await api.services.list({ pageSize: 2 })).length, 7);
  const hook = await api.configuration.webhooks().update({ method: 'POST', filters: ['onConversationUpdated', 'onMessageRemoved'] });
  assert.deepStrictEqual(hook.filters, ['onConversationUpdated', 'onMessageRemoved']);
  const own = await api.services(service.sid).configuration.webhooks().update({ method: 'GET' });
  assert.strictEqual(own.method, 'GET');
  const address = await api.addressConfigurations.create({ type: 'sms', address: '+15551239999' });
  assert.ok(await api.addressConfigurations(address.sid).remove());
  const credential = await api.credentials.create({ type: 'fcm', secret: 'x' });
  assert.ok(await api.credentials(credential.sid).remove());
  assert.ok(await api.services(service.sid).remove());
  console.log('all done');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
