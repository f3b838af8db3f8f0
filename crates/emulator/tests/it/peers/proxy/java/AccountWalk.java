import com.twilio.rest.conversations.v1.Conversation;
import com.twilio.rest.conversations.v1.ConversationWithParticipants;
import com.twilio.rest.conversations.v1.ParticipantConversation;
import com.twilio.rest.conversations.v1.Role;
import com.twilio.rest.conversations.v1.User;
import com.twilio.rest.conversations.v1.conversation.Message;
import com.twilio.rest.conversations.v1.conversation.Participant;
import com.twilio.rest.conversations.v1.conversation.Webhook;
import com.twilio.rest.conversations.v1.conversation.message.DeliveryReceipt;
import com.twilio.rest.conversations.v1.user.UserConversation;
import java.util.List;
import java.util.stream.Collectors;

/** Walks the resources of the account, and with them those of its default service. */
final class AccountWalk {
    private final Calls calls;

    AccountWalk(Calls calls) {
        this.calls = calls;
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
        calls.delete("DeleteConversationParticipant", () -> Participant.deleter(sid, participant).delete());
        calls.call("CreateConversationWithParticipants",
            () -> ConversationWithParticipants.creator().setParticipant(List.of("{\"identity\":\"bob\"}")).create());
        calls.delete("DeleteConversation", () -> Conversation.deleter(sid).delete());
        calls.rejected("FetchConversation", 404, 20404, () -> Conversation.fetcher(sid).fetch());
        calls.delete("DeleteUser", () -> User.deleter(user).delete());
        calls.delete("DeleteRole", () -> Role.deleter(role).delete());
        receipts();
    }

    private String roles() {
        Role role = calls.call("CreateRole",
            () -> Role.creator("r", Role.RoleType.CONVERSATION, List.of("sendMessage")).create());
        String sid = role.getSid();
        calls.list("ListRole", () -> Role.reader().pageSize(2).read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(sid)));
        calls.call("FetchRole", () -> Role.fetcher(sid).fetch(),
            it -> it.getPermissions().equals(List.of("sendMessage")));
        calls.call("UpdateRole", () -> Role.updater(sid, List.of("leaveConversation")).update(),
            it -> it.getPermissions().equals(List.of("leaveConversation")));
        return sid;
    }

    private String users() {
        User user = calls.call("CreateUser", () -> User.creator("alice").setAttributes("{\"a\":1}").create());
        String sid = user.getSid();
        calls.list("ListUser", () -> User.reader().read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(sid)));
        calls.call("FetchUser", () -> User.fetcher("alice").fetch(), it -> it.getSid().equals(sid));
        calls.call("UpdateUser", () -> User.updater(sid).setFriendlyName("Alice Ä.").update(),
            it -> it.getFriendlyName().equals("Alice Ä."));
        return sid;
    }

    private Conversation conversations() {
        Conversation conversation = calls.call("CreateConversation",
            () -> Conversation.creator().setUniqueName("order").setTimersInactive("PT1H").create());
        String sid = conversation.getSid();
        calls.rejected("CreateConversation", 409, 50353,
            () -> Conversation.creator().setUniqueName("order").create());
        calls.list("ListConversation", () -> Conversation.reader().read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(sid)));
        calls.call("FetchConversation", () -> Conversation.fetcher("order").fetch(),
            it -> it.getSid().equals(sid) && it.getUrl().getHost().equals("conversations.twilio.com"));
        calls.call("UpdateConversation", () -> Conversation.updater(sid).setFriendlyName("Order").update(),
            it -> it.getFriendlyName().equals("Order"));
        return conversation;
    }

    private String participants(String conversation) {
        Participant participant = calls.call("CreateConversationParticipant",
            () -> Participant.creator(conversation).setIdentity("alice").create());
        String sid = participant.getSid();
        calls.list("ListConversationParticipant", () -> Participant.reader(conversation).read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(sid)));
        calls.call("FetchConversationParticipant", () -> Participant.fetcher(conversation, sid).fetch(),
            it -> it.getIdentity().equals("alice"));
        calls.call("UpdateConversationParticipant",
            () -> Participant.updater(conversation, sid).setAttributes("{}").update(),
            it -> it.getAttributes().equals("{}"));
        return Participant.creator(conversation).setIdentity("carol").create().getSid();
    }

    private void webhooks(String conversation) {
        Webhook webhook = calls.call("CreateConversationScopedWebhook",
            () -> Webhook.creator(conversation, Webhook.Target.WEBHOOK)
                .setConfigurationUrl("https://example.com/hook")
                .setConfigurationFilters(List.of("onMessageRemoved")).create());
        String sid = webhook.getSid();
        calls.list("ListConversationScopedWebhook", () -> Webhook.reader(conversation).read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(sid)));
        calls.call("FetchConversationScopedWebhook", () -> Webhook.fetcher(conversation, sid).fetch(),
            it -> it.getTarget().equals("webhook"));
        calls.call("UpdateConversationScopedWebhook",
            () -> Webhook.updater(conversation, sid).setConfigurationMethod(Webhook.Method.GET).update(),
            it -> it.getConfiguration().get("method").toString().equalsIgnoreCase("get"));
        calls.delete("DeleteConversationScopedWebhook", () -> Webhook.deleter(conversation, sid).delete());
    }

    private void messages(String conversation) {
        for (int number = 0; number < 5; number += 1) {
            String body = "number " + number;
            calls.call("CreateConversationMessage",
                () -> Message.creator(conversation).setAuthor("alice").setBody(body).create());
        }
        List<Message> messages = calls.list("ListConversationMessage",
            () -> Message.reader(conversation).setOrder(Message.OrderType.DESC).pageSize(2).read(),
            items -> items.stream().map(Message::getIndex).collect(Collectors.toList()).equals(List.of(4, 3, 2, 1, 0)));
        String sid = messages.get(0).getSid();
        calls.call("FetchConversationMessage", () -> Message.fetcher(conversation, sid).fetch(),
            it -> it.getBody().equals("number 4"));
        calls.call("UpdateConversationMessage",
            () -> Message.updater(conversation, sid).setBody("changed").update(),
            it -> it.getBody().equals("changed"));
        calls.delete("DeleteConversationMessage", () -> Message.deleter(conversation, sid).delete());
    }

    /** Walks the conversations of a user. */
    private void memberships(String conversation, String participant) {
        calls.list("ListUserConversation", () -> UserConversation.reader("alice").read(),
            items -> items.size() == 1 && items.get(0).getConversationSid().equals(conversation));
        calls.call("FetchUserConversation", () -> UserConversation.fetcher("alice", conversation).fetch(),
            it -> it.getConversationSid().equals(conversation) && !it.getParticipantSid().equals(participant));
        calls.call("UpdateUserConversation",
            () -> UserConversation.updater("alice", conversation)
                .setNotificationLevel(UserConversation.NotificationLevel.MUTED).update(),
            it -> it.getNotificationLevel() == UserConversation.NotificationLevel.MUTED);
        calls.list("ListParticipantConversation",
            () -> ParticipantConversation.reader().setIdentity("alice").read(),
            items -> items.size() == 1 && items.get(0).getConversationSid().equals(conversation));
        calls.delete("DeleteUserConversation", () -> UserConversation.deleter("alice", conversation).delete());
    }

    /** Reads a receipt, which no REST call makes. */
    private void receipts() {
        String conversation = System.getenv("CONVERSATION_SID");
        String message = System.getenv("MESSAGE_SID");
        String receipt = System.getenv("RECEIPT_SID");
        calls.list("ListConversationMessageReceipt", () -> DeliveryReceipt.reader(conversation, message).read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(receipt)));
        calls.call("FetchConversationMessageReceipt",
            () -> DeliveryReceipt.fetcher(conversation, message, receipt).fetch(),
            it -> it.getStatus() == DeliveryReceipt.DeliveryStatus.DELIVERED);
    }
}
