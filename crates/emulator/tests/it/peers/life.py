"""Walks the life cycle of every kind of resource with the vendor's Python client."""

import json
import os

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client


class Local(TwilioHttpClient):
    """Sends what is meant for the vendor to the emulator."""

    def request(self, method, url, *args, **kwargs):
        url = url.replace("https://conversations.twilio.com", os.environ["BASE_URL"])
        return super().request(method, url, *args, **kwargs)


client = Client(os.environ["ACCOUNT_SID"], os.environ["AUTH_TOKEN"], http_client=Local())
api = client.conversations.v1
hooks = os.environ["RECEIVER_URL"]


def refused(status, code, call):
    try:
        call()
    except TwilioRestException as error:
        assert (error.status, error.code) == (status, code), error
    else:
        raise AssertionError(f"{code} was expected")


def walk(root):
    role = root.roles.create(friendly_name="mod", type="conversation", permission=["sendMessage", "leaveConversation"])
    role = root.roles(role.sid).update(permission=["sendMessage"])
    assert role.permissions == ["sendMessage"]
    user = root.users.create(identity="alice", friendly_name="Alice", attributes=json.dumps({"a": 1}))
    assert root.users("alice").update(friendly_name="Alice B.").sid == user.sid
    conversation = root.conversations.create(
        friendly_name="Order", unique_name="order", timers_inactive="PT1H", timers_closed="P1D", attributes="{}"
    )
    assert conversation.state == "active" and conversation.timers["date_inactive"]
    refused(409, 50353, lambda: root.conversations.create(unique_name="order"))
    one = root.conversations("order")
    participant = one.participants.create(identity="alice", role_sid=role.sid)
    webhook = one.webhooks.create(
        target="webhook",
        configuration_url=hooks,
        configuration_method="POST",
        configuration_filters=["onMessageAdded", "onConversationRemoved"],
    )
    assert one.webhooks(webhook.sid).update(configuration_method="get").configuration["method"] == "get"
    one.webhooks(webhook.sid).update(configuration_method="post")
    for number in range(7):
        one.messages.create(author="alice", body=f"number {number}", x_twilio_webhook_enabled="true")
    messages = one.messages.list(page_size=3, order="desc")
    assert [message.index for message in messages] == [6, 5, 4, 3, 2, 1, 0]
    message = one.messages(messages[0].sid).update(body="changed")
    assert message.body == "changed" and message.participant_sid == participant.sid
    assert one.messages(message.sid).delivery_receipts.list() == []
    assert one.participants(participant.sid).update(last_read_message_index=3).last_read_message_index == 3
    joined = root.users("alice").user_conversations(conversation.sid).fetch()
    assert joined.unread_messages_count == 3
    muted = root.users("alice").user_conversations(conversation.sid).update(notification_level="muted")
    assert muted.notification_level == "muted"
    assert [found.conversation_sid for found in root.participant_conversations.list(identity="alice")] == [conversation.sid]
    made = root.conversation_with_participants.create(participant=[json.dumps({"identity": "bob"})])
    assert [one.identity for one in root.conversations(made.sid).participants.list()] == ["bob"]
    assert one.messages(message.sid).delete() and one.participants(participant.sid).delete()
    assert one.webhooks(webhook.sid).delete() and one.delete() and root.roles(role.sid).delete()
    assert root.users(user.sid).delete()
    refused(404, 20404, lambda: root.conversations(conversation.sid).fetch())


service = api.services.create(friendly_name="peer")
walk(api)
walk(api.services(service.sid))

settings = api.configuration().update(default_inactive_timer="PT10M")
assert settings.default_inactive_timer == "PT10M"
hook = api.configuration.webhooks().update(method="POST", filters=["onConversationUpdated", "onMessageRemoved"], target="webhook")
assert (hook.method, hook.filters) == ("POST", ["onConversationUpdated", "onMessageRemoved"])
own = api.services(service.sid).configuration.webhooks().update(pre_webhook_url="https://example.com/pre", method="POST")
assert own.pre_webhook_url == "https://example.com/pre"
assert api.services(service.sid).configuration().update(reachability_enabled=True).reachability_enabled is True
notes = api.services(service.sid).configuration.notifications().update(new_message_enabled=True)
assert notes.new_message["enabled"] is True
address = api.address_configurations.create(type="sms", address="+15551239999", auto_creation_enabled=True, auto_creation_type="default")
assert api.address_configurations("+15551239999").fetch().sid == address.sid
assert api.address_configurations(address.sid).delete()
credential = api.credentials.create(type="fcm", friendly_name="app", secret="x")
assert api.credentials(credential.sid).update(friendly_name="renamed").friendly_name == "renamed"
assert api.credentials(credential.sid).delete()
assert api.services(service.sid).bindings.list() == []
refused(400, 20001, lambda: api.services.create(friendly_name="x" * 257))
for number in range(5):
    api.services.create(friendly_name=f"service {number}")
assert len(api.services.list(page_size=2)) == 7
assert api.services(service.sid).delete()
print("all done")
