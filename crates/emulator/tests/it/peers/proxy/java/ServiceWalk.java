import com.twilio.rest.conversations.v1.service.Conversation;
import com.twilio.rest.conversations.v1.service.ConversationWithParticipants;
import com.twilio.rest.conversations.v1.service.ParticipantConversation;
import com.twilio.rest.conversations.v1.service.Role;
import com.twilio.rest.conversations.v1.service.User;
import com.twilio.rest.conversations.v1.service.conversation.Message;
import com.twilio.rest.conversations.v1.service.conversation.Participant;
import com.twilio.rest.conversations.v1.service.conversation.Webhook;
import com.twilio.rest.conversations.v1.service.conversation.message.DeliveryReceipt;
import com.twilio.rest.conversations.v1.service.user.UserConversation;
import java.util.List;
import java.util.stream.Collectors;

/** Walks the resources of a service. */
final class ServiceWalk {
    private final Calls calls;
    private final String service;

    ServiceWalk(Calls calls, String service) {
        this.calls = calls;
        this.service = service;
    }

    void walk() {
        String role = roles();
        String user = users();
        Conversation conversation = conversations();
        String sid = conversation.getSid();
        String participant = participants(sid);
        webhooks(sid);
        messages(sid);
        memberships(sid, participant);
        calls.delete("DeleteServiceConversationParticipant", () -> Participant.deleter(service, sid, participant).delete());
        calls.call("CreateServiceConversationWithParticipants",
            () -> ConversationWithParticipants.creator(service).setParticipant(List.of("{\"identity\":\"bob\"}")).create());
        calls.delete("DeleteServiceConversation", () -> Conversation.deleter(service, sid).delete());
        calls.rejected("FetchServiceConversation", 404, 20404, () -> Conversation.fetcher(service, sid).fetch());
        calls.delete("DeleteServiceUser", () -> User.deleter(service, user).delete());
        calls.delete("DeleteServiceRole", () -> Role.deleter(service, role).delete());
    }

    private String roles() {
        Role role = calls.call("CreateServiceRole",
            () -> Role.creator(service, "r", Role.RoleType.CONVERSATION, List.of("sendMessage")).create());
        String sid = role.getSid();
        calls.list("ListServiceRole", () -> Role.reader(service).pageSize(2).read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(sid)));
        calls.call("FetchServiceRole", () -> Role.fetcher(service, sid).fetch(),
            it -> it.getPermissions().equals(List.of("sendMessage")));
        calls.call("UpdateServiceRole", () -> Role.updater(service, sid, List.of("leaveConversation")).update(),
            it -> it.getPermissions().equals(List.of("leaveConversation")));
        return sid;
    }

    private String users() {
        User user = calls.call("CreateServiceUser", () -> User.creator(service, "alice").setAttributes("{\"a\":1}").create());
        String sid = user.getSid();
        calls.list("ListServiceUser", () -> User.reader(service).read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(sid)));
        calls.call("FetchServiceUser", () -> User.fetcher(service, "alice").fetch(), it -> it.getSid().equals(sid));
        calls.call("UpdateServiceUser", () -> User.updater(service, sid).setFriendlyName("Alice Ä.").update(),
            it -> it.getFriendlyName().equals("Alice Ä."));
        return sid;
    }

    private Conversation conversations() {
        Conversation conversation = calls.call("CreateServiceConversation",
            () -> Conversation.creator(service).setUniqueName("order").setTimersInactive("PT1H").create());
        String sid = conversation.getSid();
        calls.rejected("CreateServiceConversation", 409, 50353,
            () -> Conversation.creator(service).setUniqueName("order").create());
        calls.list("ListServiceConversation", () -> Conversation.reader(service).read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(sid)));
        calls.call("FetchServiceConversation", () -> Conversation.fetcher(service, "order").fetch(),
            it -> it.getSid().equals(sid) && it.getUrl().getHost().equals("conversations.twilio.com"));
        calls.call("UpdateServiceConversation", () -> Conversation.updater(service, sid).setFriendlyName("Order").update(),
            it -> it.getFriendlyName().equals("Order"));
        return conversation;
    }

    private String participants(String conversation) {
        Participant participant = calls.call("CreateServiceConversationParticipant",
            () -> Participant.creator(service, conversation).setIdentity("alice").create());
        String sid = participant.getSid();
        calls.list("ListServiceConversationParticipant", () -> Participant.reader(service, conversation).read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(sid)));
        calls.call("FetchServiceConversationParticipant", () -> Participant.fetcher(service, conversation, sid).fetch(),
            it -> it.getIdentity().equals("alice"));
        calls.call("UpdateServiceConversationParticipant",
            () -> Participant.updater(service, conversation, sid).setAttributes("{}").update(),
            it -> it.getAttributes().equals("{}"));
        return Participant.creator(service, conversation).setIdentity("carol").create().getSid();
    }

    private void webhooks(String conversation) {
        Webhook webhook = calls.call("CreateServiceConversationScopedWebhook",
            () -> Webhook.creator(service, conversation, Webhook.Target.WEBHOOK)
                .setConfigurationUrl("https://example.com/hook")
                .setConfigurationFilters(List.of("onMessageRemoved")).create());
        String sid = webhook.getSid();
        calls.list("ListServiceConversationScopedWebhook", () -> Webhook.reader(service, conversation).read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(sid)));
        calls.call("FetchServiceConversationScopedWebhook", () -> Webhook.fetcher(service, conversation, sid).fetch(),
            it -> it.getTarget().equals("webhook"));
        calls.call("UpdateServiceConversationScopedWebhook",
            () -> Webhook.updater(service, conversation, sid).setConfigurationMethod(Webhook.Method.GET).update(),
            it -> it.getConfiguration().get("method").toString().equalsIgnoreCase("get"));
        calls.delete("DeleteServiceConversationScopedWebhook", () -> Webhook.deleter(service, conversation, sid).delete());
    }

    private void messages(String conversation) {
        for (int number = 0; number < 5; number += 1) {
            String body = "number " + number;
            calls.call("CreateServiceConversationMessage",
                () -> Message.creator(service, conversation).setAuthor("alice").setBody(body).create());
        }
        List<Message> messages = calls.list("ListServiceConversationMessage",
            () -> Message.reader(service, conversation).setOrder(Message.OrderType.DESC).pageSize(2).read(),
            items -> items.stream().map(Message::getIndex).collect(Collectors.toList()).equals(List.of(4, 3, 2, 1, 0)));
        String sid = messages.get(0).getSid();
        calls.call("FetchServiceConversationMessage", () -> Message.fetcher(service, conversation, sid).fetch(),
            it -> it.getBody().equals("number 4"));
        calls.call("UpdateServiceConversationMessage",
            () -> Message.updater(service, conversation, sid).setBody("changed").update(),
            it -> it.getBody().equals("changed"));
        calls.delete("DeleteServiceConversationMessage", () -> Message.deleter(service, conversation, sid).delete());
    }

    /** Walks the conversations of a user. */
    private void memberships(String conversation, String participant) {
        calls.list("ListServiceUserConversation", () -> UserConversation.reader(service, "alice").read(),
            items -> items.size() == 1 && items.get(0).getConversationSid().equals(conversation));
        calls.call("FetchServiceUserConversation", () -> UserConversation.fetcher(service, "alice", conversation).fetch(),
            it -> it.getConversationSid().equals(conversation) && !it.getParticipantSid().equals(participant));
        calls.call("UpdateServiceUserConversation",
            () -> UserConversation.updater(service, "alice", conversation)
                .setNotificationLevel(UserConversation.NotificationLevel.MUTED).update(),
            it -> it.getNotificationLevel() == UserConversation.NotificationLevel.MUTED);
        calls.list("ListServiceParticipantConversation",
            () -> ParticipantConversation.reader(service).setIdentity("alice").read(),
            items -> items.size() == 1 && items.get(0).getConversationSid().equals(conversation));
        calls.delete("DeleteServiceUserConversation", () -> UserConversation.deleter(service, "alice", conversation).delete());
    }

    /** Reads a receipt, which no REST call makes. */
    static void receipts(Calls calls, String service) {
        String conversation = System.getenv("CONVERSATION_SID");
        String message = System.getenv("MESSAGE_SID");
        String receipt = System.getenv("RECEIPT_SID");
        calls.list("ListServiceConversationMessageReceipt", () -> DeliveryReceipt.reader(service, conversation, message).read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(receipt)));
        calls.call("FetchServiceConversationMessageReceipt",
            () -> DeliveryReceipt.fetcher(service, conversation, message, receipt).fetch(),
            it -> it.getStatus() == DeliveryReceipt.DeliveryStatus.DELIVERED);
    }
}
