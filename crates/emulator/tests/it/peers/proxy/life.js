// Calls every operation with the vendor's Node library, which is configured by the environment alone.
const twilio = require('twilio');

const { env } = process;
const api = twilio().conversations.v1;
const operations = new Set();
let made = 0;
let passed = 0;

// Makes a call, and counts it as passed if the check of its result is true.
async function call(operation, request, check = Boolean) {
  made += 1;
  try {
    const result = await request();
    if (!check(result)) throw new Error(`unexpected result: ${JSON.stringify(result)}`);
    passed += 1;
    operations.add(operation);
    return result;
  } catch (error) {
    console.error(`${operation}: ${error.stack}`);
    return {};
  }
}

// Makes a call that must be rejected.
async function rejected(operation, status, code, request) {
  const attempt = () => request().then(() => null, (error) => error);
  await call(operation, attempt, (error) => error && error.status === status && error.code === code);
}

const has = (sid) => (items) => items.some((item) => item.sid === sid);

// Walks the resources that the account and a service have; `scope` is part of the names of their operations.
async function walk(root, scope) {
  const role = await call(`Create${scope}Role`, () => root.roles.create({ friendlyName: 'r', type: 'conversation', permission: ['sendMessage'] }));
  await call(`List${scope}Role`, () => root.roles.list({ pageSize: 2 }), has(role.sid));
  await call(`Fetch${scope}Role`, () => root.roles(role.sid).fetch(), (it) => it.permissions[0] === 'sendMessage');
  await call(`Update${scope}Role`, () => root.roles(role.sid).update({ permission: ['leaveConversation'] }), (it) => it.permissions[0] === 'leaveConversation');

  const user = await call(`Create${scope}User`, () => root.users.create({ identity: 'alice', attributes: '{"a":1}' }));
  await call(`List${scope}User`, () => root.users.list(), has(user.sid));
  await call(`Fetch${scope}User`, () => root.users('alice').fetch(), (it) => it.sid === user.sid);
  await call(`Update${scope}User`, () => root.users(user.sid).update({ friendlyName: 'Alice Ä.' }), (it) => it.friendlyName === 'Alice Ä.');

  const conversation = await call(`Create${scope}Conversation`, () => root.conversations.create({ uniqueName: 'order', 'timers.inactive': 'PT1H' }));
  await rejected(`Create${scope}Conversation`, 409, 50353, () => root.conversations.create({ uniqueName: 'order' }));
  await call(`List${scope}Conversation`, () => root.conversations.list(), has(conversation.sid));
  const one = root.conversations('order');
  await call(`Fetch${scope}Conversation`, () => one.fetch(), (it) => it.sid === conversation.sid && it.url.startsWith('https://conversations.twilio.com/'));
  await call(`Update${scope}Conversation`, () => one.update({ friendlyName: 'Order' }), (it) => it.friendlyName === 'Order');

  const participant = await call(`Create${scope}ConversationParticipant`, () => one.participants.create({ identity: 'alice' }));
  await call(`List${scope}ConversationParticipant`, () => one.participants.list(), has(participant.sid));
  await call(`Fetch${scope}ConversationParticipant`, () => one.participants(participant.sid).fetch(), (it) => it.identity === 'alice');
  await call(`Update${scope}ConversationParticipant`, () => one.participants(participant.sid).update({ attributes: '{}' }), (it) => it.attributes === '{}');

  const hook = await call(`Create${scope}ConversationScopedWebhook`, () => one.webhooks.create({ target: 'webhook', 'configuration.url': 'https://example.com/hook', 'configuration.filters': ['onMessageRemoved'] }));
  await call(`List${scope}ConversationScopedWebhook`, () => one.webhooks.list(), has(hook.sid));
  await call(`Fetch${scope}ConversationScopedWebhook`, () => one.webhooks(hook.sid).fetch(), (it) => it.target === 'webhook');
  await call(`Update${scope}ConversationScopedWebhook`, () => one.webhooks(hook.sid).update({ 'configuration.method': 'get' }), (it) => it.configuration.method === 'get');
  await call(`Delete${scope}ConversationScopedWebhook`, () => one.webhooks(hook.sid).remove());

  let message;
  for (let number = 0; number < 5; number += 1) {
    message = await call(`Create${scope}ConversationMessage`, () => one.messages.create({ author: 'alice', body: `number ${number}` }));
  }
  await call(`List${scope}ConversationMessage`, () => one.messages.list({ pageSize: 2, order: 'desc' }), (items) => items.map((it) => it.index).join() === '4,3,2,1,0');
  await call(`Fetch${scope}ConversationMessage`, () => one.messages(message.sid).fetch(), (it) => it.body === 'number 4');
  await call(`Update${scope}ConversationMessage`, () => one.messages(message.sid).update({ body: 'changed' }), (it) => it.body === 'changed');
  await call(`Delete${scope}ConversationMessage`, () => one.messages(message.sid).remove());

  const joined = root.users('alice').userConversations;
  const isOnly = (items) => items.length === 1 && items[0].conversationSid === conversation.sid;
  await call(`List${scope}UserConversation`, () => joined.list(), isOnly);
  await call(`Fetch${scope}UserConversation`, () => joined(conversation.sid).fetch(), (it) => it.participantSid === participant.sid);
  await call(`Update${scope}UserConversation`, () => joined(conversation.sid).update({ notificationLevel: 'muted' }), (it) => it.notificationLevel === 'muted');
  await call(`List${scope}ParticipantConversation`, () => root.participantConversations.list({ identity: 'alice' }), isOnly);
  await call(`Delete${scope}UserConversation`, () => joined(conversation.sid).remove());
  const extra = await one.participants.create({ identity: 'carol' });
  await call(`Delete${scope}ConversationParticipant`, () => one.participants(extra.sid).remove());
  await call(`Create${scope}ConversationWithParticipants`, () => root.conversationWithParticipants.create({ participant: [JSON.stringify({ identity: 'bob' })] }));
  await call(`Delete${scope}Conversation`, () => one.remove());
  await rejected(`Fetch${scope}Conversation`, 404, 20404, () => root.conversations(conversation.sid).fetch());
  await call(`Delete${scope}User`, () => root.users(user.sid).remove());
  await call(`Delete${scope}Role`, () => root.roles(role.sid).remove());
}

// Reads a receipt, which no REST call makes.
async function receipts(root, scope) {
  const message = root.conversations(env.CONVERSATION_SID).messages(env.MESSAGE_SID);
  await call(`List${scope}ConversationMessageReceipt`, () => message.deliveryReceipts.list(), has(env.RECEIPT_SID));
  await call(`Fetch${scope}ConversationMessageReceipt`, () => message.deliveryReceipts(env.RECEIPT_SID).fetch(), (it) => it.status === 'delivered');
}

// Walks the resources that only the account has.
async function account() {
  await call('FetchConfiguration', () => api.configuration().fetch());
  await call('UpdateConfiguration', () => api.configuration().update({ defaultInactiveTimer: 'PT10M' }), (it) => it.defaultInactiveTimer === 'PT10M');
  await call('FetchConfigurationWebhook', () => api.configuration.webhooks().fetch());
  await call('UpdateConfigurationWebhook', () => api.configuration.webhooks().update({ filters: ['onMessageRemoved', 'onUserUpdated'] }), (it) => it.filters.join() === 'onMessageRemoved,onUserUpdated');

  const addresses = api.addressConfigurations;
  const address = await call('CreateConfigurationAddress', () => addresses.create({ type: 'sms', address: '+15551239999' }));
  await call('ListConfigurationAddress', () => addresses.list({ type: 'sms' }), has(address.sid));
  await call('FetchConfigurationAddress', () => addresses('+15551239999').fetch(), (it) => it.sid === address.sid);
  await call('UpdateConfigurationAddress', () => addresses(address.sid).update({ friendlyName: 'a' }), (it) => it.friendlyName === 'a');
  await call('DeleteConfigurationAddress', () => addresses(address.sid).remove());

  const credential = await call('CreateCredential', () => api.credentials.create({ type: 'fcm', secret: 'x' }));
  await call('ListCredential', () => api.credentials.list(), has(credential.sid));
  await call('FetchCredential', () => api.credentials(credential.sid).fetch(), (it) => it.type === 'fcm');
  await call('UpdateCredential', () => api.credentials(credential.sid).update({ friendlyName: 'c' }), (it) => it.friendlyName === 'c');
  await call('DeleteCredential', () => api.credentials(credential.sid).remove());
}

// Walks the resources that only services have, and what they have in common with the account.
async function service() {
  const created = await call('CreateService', () => api.services.create({ friendlyName: 'peer' }));
  await call('ListService', () => api.services.list({ pageSize: 1 }), has(created.sid));
  const one = api.services(created.sid);
  await call('FetchService', () => one.fetch(), (it) => it.friendlyName === 'peer');
  await call('FetchServiceConfiguration', () => one.configuration().fetch());
  await call('UpdateServiceConfiguration', () => one.configuration().update({ reachabilityEnabled: true }), (it) => it.reachabilityEnabled === true);
  await call('FetchServiceNotification', () => one.configuration.notifications().fetch());
  await call('UpdateServiceNotification', () => one.configuration.notifications().update({ 'newMessage.enabled': true }), (it) => it.newMessage.enabled === true);
  await call('FetchServiceWebhookConfiguration', () => one.configuration.webhooks().fetch());
  await call('UpdateServiceWebhookConfiguration', () => one.configuration.webhooks().update({ method: 'GET' }), (it) => it.method === 'GET');
  await walk(one, 'Service');
  await call('DeleteService', () => one.remove());

  const usual = api.services(env.SERVICE_SID);
  await receipts(usual, 'Service');
  await call('ListServiceBinding', () => usual.bindings.list(), has(env.BINDING_SID));
  await call('FetchServiceBinding', () => usual.bindings(env.BINDING_SID).fetch(), (it) => it.identity === 'device');
  await call('DeleteServiceBinding', () => usual.bindings(env.BINDING_SID).remove());
}

async function main() {
  await account();
  await walk(api, '');
  await receipts(api, '');
  await service();
  console.log(`operations: ${[...operations].sort().join(' ')}`);
  console.log(`${passed}/${made}`);
  process.exitCode = passed === made ? 0 : 1;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
