import com.twilio.Twilio;
import com.twilio.rest.conversations.v1.AddressConfiguration;
import com.twilio.rest.conversations.v1.Configuration;
import com.twilio.rest.conversations.v1.Credential;
import com.twilio.rest.conversations.v1.Service;
import com.twilio.rest.conversations.v1.configuration.Webhook;
import com.twilio.rest.conversations.v1.service.Binding;
import com.twilio.rest.conversations.v1.service.configuration.Notification;
import java.util.List;

/** Calls every operation with the vendor's Java library, which is configured by system properties alone. */
final class Life {
    private static final Calls calls = new Calls();

    public static void main(String[] arguments) {
        Twilio.init(System.getenv("TWILIO_ACCOUNT_SID"), System.getenv("TWILIO_AUTH_TOKEN"));
        account();
        new AccountWalk(calls).walk();
        services();
        boolean passed = calls.report();
        Twilio.destroy();
        System.exit(passed ? 0 : 1);
    }

    /** Walks the resources that only the account has. */
    private static void account() {
        calls.call("FetchConfiguration", () -> Configuration.fetcher().fetch());
        calls.call("UpdateConfiguration", () -> Configuration.updater().setDefaultInactiveTimer("PT10M").update(),
            it -> it.getDefaultInactiveTimer().equals("PT10M"));
        calls.call("FetchConfigurationWebhook", () -> Webhook.fetcher().fetch());
        List<String> filters = List.of("onMessageRemoved", "onUserUpdated");
        calls.call("UpdateConfigurationWebhook", () -> Webhook.updater().setFilters(filters).update(),
            it -> it.getFilters().equals(filters));

        AddressConfiguration address = calls.call("CreateConfigurationAddress",
            () -> AddressConfiguration.creator(AddressConfiguration.Type.SMS, "+15551239999").create());
        calls.list("ListConfigurationAddress", () -> AddressConfiguration.reader().setType("sms").read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(address.getSid())));
        calls.call("FetchConfigurationAddress", () -> AddressConfiguration.fetcher("+15551239999").fetch(),
            it -> it.getSid().equals(address.getSid()));
        calls.call("UpdateConfigurationAddress",
            () -> AddressConfiguration.updater(address.getSid()).setFriendlyName("a").update(),
            it -> it.getFriendlyName().equals("a"));
        calls.delete("DeleteConfigurationAddress", () -> AddressConfiguration.deleter(address.getSid()).delete());

        Credential credential = calls.call("CreateCredential",
            () -> Credential.creator(Credential.PushType.FCM).setSecret("x").create());
        calls.list("ListCredential", () -> Credential.reader().read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(credential.getSid())));
        calls.call("FetchCredential", () -> Credential.fetcher(credential.getSid()).fetch(),
            it -> it.getType() == Credential.PushType.FCM);
        calls.call("UpdateCredential", () -> Credential.updater(credential.getSid()).setFriendlyName("c").update(),
            it -> it.getFriendlyName().equals("c"));
        calls.delete("DeleteCredential", () -> Credential.deleter(credential.getSid()).delete());
    }

    /** Walks the resources that only services have, and what they have in common with the account. */
    private static void services() {
        Service service = calls.call("CreateService", () -> Service.creator("peer").create());
        String sid = service.getSid();
        calls.list("ListService", () -> Service.reader().pageSize(1).read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(sid)));
        calls.call("FetchService", () -> Service.fetcher(sid).fetch(), it -> it.getFriendlyName().equals("peer"));
        calls.call("FetchServiceConfiguration",
            () -> com.twilio.rest.conversations.v1.service.Configuration.fetcher(sid).fetch());
        calls.call("UpdateServiceConfiguration",
            () -> com.twilio.rest.conversations.v1.service.Configuration.updater(sid).setReachabilityEnabled(true)
                .update(),
            it -> it.getReachabilityEnabled());
        calls.call("FetchServiceNotification", () -> Notification.fetcher(sid).fetch());
        calls.call("UpdateServiceNotification",
            () -> Notification.updater(sid).setNewMessageEnabled(true).update(), it -> it.getNewMessage() != null);
        calls.call("FetchServiceWebhookConfiguration",
            () -> com.twilio.rest.conversations.v1.service.configuration.Webhook.fetcher(sid).fetch());
        calls.call("UpdateServiceWebhookConfiguration",
            () -> com.twilio.rest.conversations.v1.service.configuration.Webhook.updater(sid).setMethod("GET")
                .update(),
            it -> it.getMethod().toString().equals("GET"));
        new ServiceWalk(calls, sid).walk();
        calls.delete("DeleteService", () -> Service.deleter(sid).delete());

        String usual = System.getenv("SERVICE_SID");
        String binding = System.getenv("BINDING_SID");
        ServiceWalk.receipts(calls, usual);
        calls.list("ListServiceBinding", () -> Binding.reader(usual).read(),
            items -> items.stream().anyMatch(it -> it.getSid().equals(binding)));
        calls.call("FetchServiceBinding", () -> Binding.fetcher(usual, binding).fetch(),
            it -> it.getIdentity().equals("device"));
        calls.delete("DeleteServiceBinding", () -> Binding.deleter(usual, binding).delete());
    }
}
