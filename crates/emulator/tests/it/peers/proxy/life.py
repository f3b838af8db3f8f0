"""Calls every operation with the vendor's Python library, which is configured by the environment alone."""

import json
import os
import sys

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

client = Client()
api = client.conversations.v1
env = os.environ
made = passed = 0
operations = set()


def call(operation, request, check=bool):
    """Makes a call, and counts it as passed if the check of its result is true."""
    global made, passed
    made += 1
    try:
        result = request()
        if not check(result):
            raise AssertionError(f"unexpected result: {result!r}")
    except Exception as error:
        print(f"{operation}: {error!r}", file=sys.stderr)
        return None
    passed += 1
    operations.add(operation)
    return result


def rejected(operation, status, code, request):
    """Makes a call that must be rejected."""

    def attempt():
        try:
            request()
        except TwilioRestException as error:
            return (error.status, error.code)
        return None

    call(operation, attempt, lambda result: result == (status, code))


def has(sid):
    return lambda items: sid in [item.sid for item in items]


def walk(root, scope):
    """Walks the resources that the account and a service have; `scope` is part of the names of their operations."""
    role = call(f"Create{scope}Role", lambda: root.roles.create(friendly_name="r", type="conversation", permission=["sendMessage"]))
    call(f"List{scope}Role", lambda: root.roles.list(page_size=2), has(role.sid))
    call(f"Fetch{scope}Role", lambda: root.roles(role.sid).fetch(), lambda it: it.permissions == ["sendMessage"])
    call(f"Update{scope}Role", lambda: root.roles(role.sid).update(permission=["leaveConversation"]), lambda it: it.permissions == ["leaveConversation"])

    user = call(f"Create{scope}User", lambda: root.users.create(identity="alice", attributes='{"a":1}'))
    call(f"List{scope}User", lambda: root.users.list(), has(user.sid))
    call(f"Fetch{scope}User", lambda: root.users("alice").fetch(), lambda it: it.sid == user.sid)
    call(f"Update{scope}User", lambda: root.users(user.sid).update(friendly_name="Alice Ä."), lambda it: it.friendly_name == "Alice Ä.")

    conversation = call(f"Create{scope}Conversation", lambda: root.conversations.create(unique_name="order", timers_inactive="PT1H"))
    rejected(f"Create{scope}Conversation", 409, 50353, lambda: root.conversations.create(unique_name="order"))
    call(f"List{scope}Conversation", lambda: root.conversations.list(), has(conversation.sid))
    one = root.conversations("order")
    call(f"Fetch{scope}Conversation", one.fetch, lambda it: it.sid == conversation.sid and it.url.startswith("https://conversations.twilio.com/"))
    call(f"Update{scope}Conversation", lambda: one.update(friendly_name="Order"), lambda it: it.friendly_name == "Order")

    participant = call(f"Create{scope}ConversationParticipant", lambda: one.participants.create(identity="alice"))
    call(f"List{scope}ConversationParticipant", lambda: one.participants.list(), has(participant.sid))
    call(f"Fetch{scope}ConversationParticipant", lambda: one.participants(participant.sid).fetch(), lambda it: it.identity == "alice")
    call(f"Update{scope}ConversationParticipant", lambda: one.participants(participant.sid).update(attributes="{}"), lambda it: it.attributes == "{}")

    hook = call(f"Create{scope}ConversationScopedWebhook", lambda: one.webhooks.create(target="webhook", configuration_url="https://example.com/hook", configuration_filters=["onMessageRemoved"]))
    call(f"List{scope}ConversationScopedWebhook", lambda: one.webhooks.list(), has(hook.sid))
    call(f"Fetch{scope}ConversationScopedWebhook", lambda: one.webhooks(hook.sid).fetch(), lambda it: it.target == "webhook")
    call(f"Update{scope}ConversationScopedWebhook", lambda: one.webhooks(hook.sid).update(configuration_method="get"), lambda it: it.configuration["method"] == "get")
    call(f"Delete{scope}ConversationScopedWebhook", lambda: one.webhooks(hook.sid).delete())

    sent = [call(f"Create{scope}ConversationMessage", lambda: one.messages.create(author="alice", body=f"number {number}")) for number in range(5)]
    message = sent[-1]
    call(f"List{scope}ConversationMessage", lambda: one.messages.list(page_size=2, order="desc"), lambda items: [it.index for it in items] == [4, 3, 2, 1, 0])
    call(f"Fetch{scope}ConversationMessage", lambda: one.messages(message.sid).fetch(), lambda it: it.body == "number 4")
    call(f"Update{scope}ConversationMessage", lambda: one.messages(message.sid).update(body="changed"), lambda it: it.body == "changed")
    call(f"Delete{scope}ConversationMessage", lambda: one.messages(message.sid).delete())

    joined = root.users("alice").user_conversations
    call(f"List{scope}UserConversation", joined.list, lambda items: [it.conversation_sid for it in items] == [conversation.sid])
    call(f"Fetch{scope}UserConversation", lambda: joined(conversation.sid).fetch(), lambda it: it.participant_sid == participant.sid)
    call(f"Update{scope}UserConversation", lambda: joined(conversation.sid).update(notification_level="muted"), lambda it: it.notification_level == "muted")
    call(f"List{scope}ParticipantConversation", lambda: root.participant_conversations.list(identity="alice"), lambda items: [it.conversation_sid for it in items] == [conversation.sid])
    call(f"Delete{scope}UserConversation", lambda: joined(conversation.sid).delete())
    extra = one.participants.create(identity="carol")
    call(f"Delete{scope}ConversationParticipant", lambda: one.participants(extra.sid).delete())
    call(f"Create{scope}ConversationWithParticipants", lambda: root.conversation_with_participants.create(participant=[json.dumps({"identity": "bob"})]))
    call(f"Delete{scope}Conversation", lambda: one.delete())
    rejected(f"Fetch{scope}Conversation", 404, 20404, lambda: root.conversations(conversation.sid).fetch())
    call(f"Delete{scope}User", lambda: root.users(user.sid).delete())
    call(f"Delete{scope}Role", lambda: root.roles(role.sid).delete())


def receipts(root, scope):
    """Reads a receipt, which no REST call makes."""
    message = root.conversations(env["CONVERSATION_SID"]).messages(env["MESSAGE_SID"])
    call(f"List{scope}ConversationMessageReceipt", message.delivery_receipts.list, has(env["RECEIPT_SID"]))
    call(f"Fetch{scope}ConversationMessageReceipt", lambda: message.delivery_receipts(env["RECEIPT_SID"]).fetch(), lambda it: it.status == "delivered")


def account():
    """Walks the resources that only the account has."""
    call("FetchConfiguration", api.configuration().fetch)
    call("UpdateConfiguration", lambda: api.configuration().update(default_inactive_timer="PT10M"), lambda it: it.default_inactive_timer == "PT10M")
    call("FetchConfigurationWebhook", api.configuration.webhooks().fetch)
    call("UpdateConfigurationWebhook", lambda: api.configuration.webhooks().update(filters=["onMessageRemoved", "onUserUpdated"]), lambda it: it.filters == ["onMessageRemoved", "onUserUpdated"])

    addresses = api.address_configurations
    address = call("CreateConfigurationAddress", lambda: addresses.create(type="sms", address="+15551239999"))
    call("ListConfigurationAddress", lambda: addresses.list(type="sms"), has(address.sid))
    call("FetchConfigurationAddress", lambda: addresses("+15551239999").fetch(), lambda it: it.sid == address.sid)
    call("UpdateConfigurationAddress", lambda: addresses(address.sid).update(friendly_name="a"), lambda it: it.friendly_name == "a")
    call("DeleteConfigurationAddress", lambda: addresses(address.sid).delete())

    credential = call("CreateCredential", lambda: api.credentials.create(type="fcm", secret="x"))
    call("ListCredential", lambda: api.credentials.list(), has(credential.sid))
    call("FetchCredential", lambda: api.credentials(credential.sid).fetch(), lambda it: it.type == "fcm")
    call("UpdateCredential", lambda: api.credentials(credential.sid).update(friendly_name="c"), lambda it: it.friendly_name == "c")
    call("DeleteCredential", lambda: api.credentials(credential.sid).delete())


def service():
    """Walks the resources that only services have, and what they have in common with the account."""
    created = call("CreateService", lambda: api.services.create(friendly_name="peer"))
    call("ListService", lambda: api.services.list(page_size=1), has(created.sid))
    one = api.services(created.sid)
    call("FetchService", one.fetch, lambda it: it.friendly_name == "peer")
    call("FetchServiceConfiguration", one.configuration().fetch)
    call("UpdateServiceConfiguration", lambda: one.configuration().update(reachability_enabled=True), lambda it: it.reachability_enabled is True)
    call("FetchServiceNotification", one.configuration.notifications().fetch)
    call("UpdateServiceNotification", lambda: one.configuration.notifications().update(new_message_enabled=True), lambda it: it.new_message["enabled"] is True)
    call("FetchServiceWebhookConfiguration", one.configuration.webhooks().fetch)
    call("UpdateServiceWebhookConfiguration", lambda: one.configuration.webhooks().update(method="GET"), lambda it: it.method == "GET")
    walk(one, "Service")
    call("DeleteService", one.delete)

    default = api.services(env["SERVICE_SID"])
    receipts(default, "Service")
    call("ListServiceBinding", default.bindings.list, has(env["BINDING_SID"]))
    call("FetchServiceBinding", lambda: default.bindings(env["BINDING_SID"]).fetch(), lambda it: it.identity == "device")
    call("DeleteServiceBinding", lambda: default.bindings(env["BINDING_SID"]).delete())


account()
walk(api, "")
receipts(api, "")
service()
print("operations:", *sorted(operations))
print(f"{passed}/{made}")
sys.exit(passed != made)
